package ShareCheck::Kernel;

# The last two rungs: a mount by this kernel's own NFS client with the options that VIC gives for container VMs, and a
# file written, read back and removed as the store's uid. Where this kernel or container cannot mount, nothing is proven.

use v5.36;
use strict;
use warnings;

use Errno qw(EINVAL);
use Fcntl qw(O_CREAT O_DIRECT O_EXCL O_RDONLY O_WRONLY);

use ShareCheck::Child qw(output_of output_of_command);
use ShareCheck::Clock qw(deadline_in);
use ShareCheck::Dial qw(resolve);
use ShareCheck::Fault qw(finding);

use constant {
    PROOF_BYTES         => 65_536,
    CLEAN_UP_TIMEOUT_MS => 2000,
    PROBE_TIMEOUT_MS    => 2000,
    PATIENCE            => 3,
    PORTMAP_PORT        => 111,
};

# As VIC 1.2.0 to 1.5.8 mount an NFS volume in a container VM, `addr=` left open (MS_NOATIME is a flag of theirs).
use constant OPTIONS =>
    'noatime,vers=3,rsize=131072,wsize=131072,hard,proto=tcp,timeo=600,sec=sys,mountvers=3,mountproto=tcp,nolock,addr=';

our @RUNGS = (
    ['kernel-mount', q(Mount with the kernel's NFS client, with VIC's options), \&_mount_volumes],
    ['kernel-write', 'Write, read back and remove a file through that client', \&_write_file],
);

# `$ladder` has passed; its deadline is stretched, since the kernel tries a lost packet again after a second.
sub new ($class, $ladder) {
    return bless {ladder => $ladder, timeout_ms => PATIENCE * $ladder->{timeout_ms}, mounted => {}}, $class;
}

sub _program ($name) {
    my ($found) = grep { -x } map { "$_/$name" } qw(/usr/bin /bin /usr/sbin /sbin);
    return $found;
}

sub _kernel_knows_nfs () {
    open my $file, '<', '/proc/filesystems' or return 0;
    my $known = grep { /\bnfs$/ } <$file>;
    close $file;
    return $known;
}

sub _has_client () {
    return 1 if _kernel_knows_nfs();
    my $modprobe = _program('modprobe') or return 0;
    output_of_command(deadline_in(CLEAN_UP_TIMEOUT_MS), $modprobe, '-q', $_) for qw(nfs nfsv3);
    return _kernel_knows_nfs();
}

# Whether this container may mount at all: a memory file system, at once taken away again.
sub _may_mount ($self) {
    my $target = $self->_folder or return 0;
    my $mount  = _program('mount') or return 0;
    my @command = ($mount, '-i', '-t', 'tmpfs', '-o', 'size=64k', 'probe', $target);
    my ($code) = output_of_command(deadline_in(PROBE_TIMEOUT_MS), @command);
    $self->{mounted}{$target} = 1 if defined $code && $code == 0;
    $self->release;
    return defined $code && $code == 0;
}

# Why these rungs cannot be climbed here; undef when they can.
sub why_not ($self) {
    my $port = $self->{ladder}{portmap_port};
    return "not proven here: the kernel's NFS client asks port 111 only, the port mapper is at $port"
        if $port != PORTMAP_PORT;
    return 'not proven here: this kernel has no NFS client ("nfs" is not in /proc/filesystems, modprobe brings none)'
        unless _has_client();
    return 'not proven here: this container may not mount (a Docker Engine must grant SYS_ADMIN, and lift AppArmor)'
        unless $self->_may_mount;
    return;
}

# A private folder to mount on; the name says whose it is.
sub _folder ($self) {
    for my $parent (grep { -d && -w } qw(/run /tmp)) {
        my $folder = sprintf '%s/vicnfs-check-%d-%08x', $parent, $$, int rand 2**32;
        next unless mkdir $folder, oct 700;
        $self->{folders}{$folder} = 1;
        return $folder;
    }
    return;
}

# Mounts a path of the share in a child process: a `hard` mount may hang for ever. Returns the folder.
sub _mount ($self, $path) {
    my $ladder      = $self->{ladder};
    my $deadline_ms = deadline_in($self->{timeout_ms});
    my ($address)   = resolve($ladder->{host}, $deadline_ms);
    my $target      = $self->_folder // finding('VN-NFS-KERNEL-MOUNT', 'this container has no folder to mount on');
    my $source      = ($ladder->{host} =~ /^[^\[].*:/ ? "[$ladder->{host}]" : $ladder->{host}) . ":$path";
    $self->{mounted}{$target} = 1;
    my ($code, $output) =
        output_of_command($deadline_ms, _program('mount'), '-i', '-t', 'nfs', '-o', OPTIONS . $address, $source, $target);
    return $target if defined $code && $code == 0;
    my $said = join '; ', grep { length } map { s/^mount: //r =~ s/\Q$target\E: //r =~ s/\s+$//r } split /\n/, $output;
    my $why  = defined $code ? $said || "mount exited with $code" : "no answer within $self->{timeout_ms} ms";
    finding('VN-NFS-KERNEL-MOUNT', "the kernel's NFS client does not mount $source: " . substr $why, 0, 500);
}

sub _mount_volumes ($self) {
    my $path = $self->{ladder}->volumes_path;
    $self->_mount($path);
    $self->release;
    return "$path mounted with " . OPTIONS =~ s/,addr=$//r;
}

# The export's root, where a VCH looks for nothing but its two folders: a stray entry in `volumes` would hide every
# volume of a registered store from it for as long as it is there.
sub _write_file ($self) {
    my ($uid, $gid) = @{$self->{ladder}}{qw(uid gid)};
    my $name = sprintf '.vicnfs-check-%08x%08x', int rand 2**32, int rand 2**32;
    my $root = $self->_mount($self->{ladder}{path} =~ s{(?<=.)/+$}{}r);
    $self->{file} = $name;
    my ($ended, $output) =
        output_of(sub { _become($uid, $gid); _prove("$root/$name", $name) }, deadline_in($self->{timeout_ms}));
    delete $self->{file} if $output =~ s/^removed\n//m;
    finding('VN-NFS-KERNEL-WRITE', substr $output || "no answer within $self->{timeout_ms} ms", 0, 500) unless $ended;
    $self->release;
    return PROOF_BYTES . " bytes written, read back and removed as uid $uid, gid $gid";
}

sub _become ($uid, $gid) {
    $( = $gid;
    $) = "$gid $gid";
    ($<, $>) = ($uid, $uid);
    die "this container may not act as uid $uid, gid $gid\n" if $> != $uid || $< != $uid || $) + 0 != $gid;
    return;
}

# In the child: writes, reads past the cache through a second open, compares, removes.
sub _prove ($path, $name) {
    my $data = substr "$name\n" x (PROOF_BYTES / 16), 0, PROOF_BYTES;
    my $proven = eval {
        sysopen my $out, $path, O_WRONLY | O_CREAT | O_EXCL, oct 644 or die "the file cannot be made: $!\n";
        my $wrote = syswrite($out, $data) // die "the file cannot be written: $!\n";
        die "only $wrote bytes of " . PROOF_BYTES . " were written\n" if $wrote != PROOF_BYTES;
        $out->sync                                                or die "the file cannot be synced: $!\n";
        close $out                                                or die "closing the file failed: $!\n";
        my $read = _read_back($path);
        die "what was read back differs from what was written\n" if $read ne $data;
        1;
    };
    my $why = $@;
    print "removed\n" if unlink($path) || $!{ENOENT};
    die $why if !$proven;
    die "the file cannot be removed: $!\n" if -e $path;
    return;
}

sub _read_back ($path) {
    my $opened = sysopen my $in, $path, O_RDONLY | O_DIRECT;
    $opened ||= $! == EINVAL && sysopen $in, $path, O_RDONLY;
    die "the file cannot be opened again: $!\n" unless $opened;
    my $read = '';
    for (;;) {
        my $got = sysread $in, $read, PROOF_BYTES + 1 - length $read, length $read;
        die "the file cannot be read: $!\n" unless defined $got;
        last if $got == 0;
    }
    close $in;
    return $read;
}

# Leaves nothing behind: mounts, folders, and the file, through NFS calls of our own where it is still there.
sub release ($self) {
    my $umount = _program('umount');
    for my $target (keys %{$self->{mounted}}) {
        for my $options (['-i'], ['-i', '-l', '-f']) {
            my ($code) = output_of_command(deadline_in(CLEAN_UP_TIMEOUT_MS), $umount, @$options, $target);
            last if defined $code && $code == 0;
        }
    }
    $self->{mounted} = {};
    rmdir for keys %{delete $self->{folders} // {}};
    my $file = delete $self->{file};
    return defined $file ? $self->{ladder}->remove_from_root($file) : 1;
}

1;
