package ShareCheck::Ladder;

# The calls by which a VCH brings an NFS store online, and a container VM's mount of a folder below the export, in the
# order of src/nfs/preflight/ladder.ts; same ids, titles and findings.

use v5.36;
use strict;
use warnings;

use ShareCheck::Clock qw(deadline_in);
use ShareCheck::Diagnosis qw(diagnose);
use ShareCheck::Fault qw(fail_call finding);
use ShareCheck::Nfs qw(getport mnt umnt exports fsinfo getattr make_folder lookup readdirplus remove_file);
use ShareCheck::Rpc;

use constant {FOLDER => 2, FOLDER_MODE => oct 755, ASK_TIMEOUT_MS => 1000, CLEAN_UP_TIMEOUT_MS => 1000};

my @FOLDERS = ('volumes', 'volumes_metadata');
# AUTH_SYS, and AUTH_NONE, of which servers that squash everybody speak.
my %UNIX_FLAVORS = (0 => 1, 1 => 1);
# Container VMs mount as root.
my $ROOT = {uid => 0, gid => 0};

# id, title, whether it changes the share or needs what the change made, the climb.
our @LADDER = (
    ['portmap',     'Ask the port mapper for mountd',                            0, \&_find_mountd],
    ['mountd',      'Mount the export',                                          0, \&_mount_export],
    ['nfsd',        'Connect to NFS version 3',                                  0, \&_connect_nfsd],
    ['fsinfo',      'Read the limits of the file system',                        0, \&_read_fsinfo],
    ['write',       'Make the folders of a volume store',                        1, \&_make_folders],
    ['unmount',     'Unmount',                                                   0, \&_unmount_root],
    ['remount',     'Mount once more',                                           1, \&_open_again],
    ['lookup',      'Find the folders',                                          1, \&_look_up_folders],
    ['readdirplus', 'List the volumes with attributes and handles',              1, \&_list_volumes],
    ['subfolder',   'Mount a folder below the export, as container VMs do',      1, \&_mount_subfolder],
);

# `%options`: host, path, uid, gid, portmap_port, timeout_ms (of each rung).
sub new ($class, %options) {
    return bless {%options, who => {uid => $options{uid}, gid => $options{gid}}, sources => [], ports => {},
        service => 'port mapper', port => $options{portmap_port}}, $class;
}

sub _call ($self) { return (deadline_ms => $self->{deadline_ms}, who => $self->{who}) }

sub is_privileged ($self) {
    my @sources = @{$self->{sources}};
    return @sources && !grep { !$_ } @sources;
}

# One rung. Returns the finding, or undef, the code and the finding.
sub climb ($self, $id, $step) {
    $self->{deadline_ms} = deadline_in($self->{timeout_ms});
    my $found;
    return $found if eval { $found = $step->($self); 1 };
    my $fault = $@;
    die $fault unless ref $fault eq 'ShareCheck::Fault';
    my $stand = {%$self, rung => $id, privileged => $self->is_privileged};
    return (undef, diagnose($fault, $stand, sub { $self->_ask_after_refusal }));
}

sub _ask_after_refusal ($self) {
    my $timeout_ms = $self->{timeout_ms} < ASK_TIMEOUT_MS ? $self->{timeout_ms} : ASK_TIMEOUT_MS;
    my %after;
    my $ask = sub ($question) {
        die $@ if !eval { $question->(deadline_ms => deadline_in($timeout_ms)); 1 } && ref $@ ne 'ShareCheck::Fault';
    };
    $ask->(sub (%call) { $after{exports} = [exports($self->{mountd}, %call)] }) if $self->{mountd};
    $ask->(sub (%call) { $after{nfs_port} = getport($self->{host}, 'nfsd', %call, portmap_port => $self->{portmap_port}) });
    return \%after;
}

sub _find_port ($self, $service) {
    @$self{qw(service port)} = ('port mapper', $self->{portmap_port});
    my $port = getport($self->{host}, $service, portmap_port => $self->{portmap_port}, deadline_ms => $self->{deadline_ms});
    @$self{qw(service port)} = ($service, $port);
    fail_call('not-registered', "$service is not registered") if $port == 0;
    return $self->{ports}{$service} = $port;
}

sub _connect ($self, $service) {
    my $port = $self->{ports}{$service};
    @$self{qw(service port)} = ($service, $port);
    my $connection = ShareCheck::Rpc->connect($self->{host}, $port, deadline_ms => $self->{deadline_ms}, privileged => 1);
    push @{$self->{sources}}, $connection->is_privileged;
    return $connection;
}

sub _find_mountd ($self) {
    my ($host, $path) = @$self{qw(host path)};
    if ($host =~ /^\[/ ? $host !~ /\]$/ : ($host =~ tr/:/:/) == 1) {
        finding('VN-NFS-PORT-IN-URL', qq(the host "$host" carries a port; a VCH would dial "$host:111" and fail));
    }
    finding('VN-NFS-ROOT-EXPORT', 'the root "/" of a server cannot be a volume store') if $path =~ m{^/*$};
    return 'mountd version 3 at port ' . $self->_find_port('mountd');
}

# A VCH sends AUTH_SYS and looks at no list of flavours; a server that names others only refuses it later on.
sub _mount_root ($self) {
    $self->{mountd} = $self->_connect('mountd');
    ($self->{root}, my $flavors) = mnt($self->{mountd}, $self->{path}, $self->_call);
    return if !@$flavors || grep { $UNIX_FLAVORS{$_} } @$flavors;
    finding('VN-NFS-AUTH', 'mountd grants the mount for other credentials than AUTH_SYS only (flavours '
            . join(', ', @$flavors) . '; 390003 to 390005 are Kerberos), and a VCH has no other');
}

sub _mount_export ($self) {
    $self->_mount_root;
    return 'mount granted, asked from ' . ($self->is_privileged ? 'a privileged' : 'an unprivileged') . ' source port';
}

sub _connect_nfsd ($self) {
    my $port = $self->_find_port('nfsd');
    $self->{nfsd} = $self->_connect('nfsd');
    return "NFS version 3 at port $port";
}

sub _read_fsinfo ($self) {
    my ($reads, $writes) = fsinfo($self->{nfsd}, $self->{root}, $self->_call);
    return "reads up to $reads bytes, writes up to $writes";
}

sub _make_folders ($self) {
    my @findings;
    for my $name (@FOLDERS) {
        my $made = eval { make_folder($self->{nfsd}, $self->{root}, $name, FOLDER_MODE, $self->_call) };
        if (!$made) {
            my $error = $@;
            die $error unless ref $error && $error->{kind} eq 'status' && $error->{status} == 17;
        }
        push @findings, $made ? "$name made" : "$name was there";
    }
    return join ', ', @findings;
}

sub _unmount_root ($self) {
    @$self{qw(service port)} = ('mountd', $self->{ports}{mountd});
    umnt($self->{mountd}, $self->{path}, $self->_call);
    $self->_forget;
    return 'unmounted';
}

sub _open_again ($self) {
    $self->_find_port('mountd');
    $self->_mount_root;
    $self->_connect_nfsd;
    $self->_read_fsinfo;
    return 'the whole opening passed again';
}

sub _look_up_folder ($self, $name) {
    my ($handle, $type) = lookup($self->{nfsd}, $self->{root}, $name, $self->_call);
    $type //= getattr($self->{nfsd}, $handle, $self->_call);
    finding('VN-NFS-NOT-A-DIRECTORY', qq("$name" in the export is not a folder; rename or remove it on the share))
        if $type != FOLDER;
    return $handle;
}

sub _look_up_folders ($self) {
    $self->_look_up_folder($_) for @FOLDERS;
    return join(' and ', @FOLDERS) . ' are folders';
}

sub _list_volumes ($self) {
    my ($count, $bare) = (0);
    my $each = sub ($entry) {
        $bare //= $entry if !defined $entry->{handle} || !defined $entry->{type};
        $count++         if $entry->{name} ne '.'     && $entry->{name} ne '..';
    };
    readdirplus($self->{nfsd}, $self->_look_up_folder($FOLDERS[0]), $each, $self->_call);
    if (defined $bare) {
        my $lacking = defined $bare->{handle} ? 'attributes' : 'handle';
        my $name    = substr $bare->{name}, 0, 255;
        my $what = qq(READDIRPLUS brought "$name" without $lacking);
        finding('VN-NFS-READDIRPLUS-BARE', "$what, which a VCH needs for every entry");
    }
    return $count == 1 ? '1 volume' : "$count volumes";
}

sub volumes_path ($self) { return $self->{path} =~ s{/+$}{}r . "/$FOLDERS[0]" }

sub _mount_subfolder ($self) {
    $self->_find_port('mountd');
    my $mountd = $self->_connect('mountd');
    my $path   = $self->volumes_path;
    my %call   = (deadline_ms => $self->{deadline_ms}, who => $ROOT);
    mnt($mountd, $path, %call);
    umnt($mountd, $path, %call);
    $mountd->close;
    return "$path can be mounted";
}

sub _forget ($self) {
    $_->close for grep { defined } delete @$self{qw(mountd nfsd)};
    delete $self->{root};
    return;
}

# Leaves nothing open: UMNT if something is mounted and mountd still answers; never dies.
sub release ($self) {
    my %call = (deadline_ms => deadline_in(CLEAN_UP_TIMEOUT_MS), who => $self->{who});
    eval { umnt($self->{mountd}, $self->{path}, %call) } if $self->{mountd} && defined $self->{root};
    eval { $self->_forget };
    return;
}

# Removes a file in the export's root through NFS calls of our own, where the kernel's client could not.
sub remove_from_root ($self, $name) {
    return eval {
        $self->{deadline_ms} = deadline_in($self->{timeout_ms});
        $self->_open_again;
        remove_file($self->{nfsd}, $self->{root}, $name, $self->_call);
        $self->release;
        1;
    };
}

1;
