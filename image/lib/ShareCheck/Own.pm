package ShareCheck::Own;

# Whether this container's own export can be mounted, at 127.0.0.1: what "ready" means. mountd answering, and
# `showmount -e`, prove nothing: both succeed on a server that cannot serve.

use v5.36;
use strict;
use warnings;

use ShareCheck::Clock qw(deadline_in now_ms);
use ShareCheck::Fault qw(fault_text);
use ShareCheck::Nfs qw(getport mnt umnt fsinfo getattr);
use ShareCheck::Rpc;
use ShareCheck::Status qw(status_name status_meaning);

use Exporter 'import';
our @EXPORT_OK = qw(own_folder check_own);

use constant {
    HOST           => '127.0.0.1',
    FOLDER_FILE    => '/run/vicnfs/export-folder',
    DEFAULT_FOLDER => '/home/nfs',
    MAX_PATH_BYTES => 4096,
    FOLDER         => 2,
};

# The exported folder: as rc.local wrote it down, else as the environment has it, else the default.
sub own_folder () {
    my $folder;
    if (open my $file, '<', FOLDER_FILE) {
        sysread $file, $folder, MAX_PATH_BYTES + 1;
        close $file;
        $folder =~ s/\n.*//s;
    }
    $folder = $ENV{EXPORT_FOLDER} unless length($folder // '');
    $folder = DEFAULT_FOLDER      unless length($folder // '');
    return $folder =~ s{//+}{/}gr =~ s{(?<=.)/$}{}r;
}

# Runs one call and names it in whatever goes wrong.
sub _named ($what, $call) {
    my @result;
    return wantarray ? @result : $result[0] if eval { @result = $call->(); 1 };
    my $fault = $@;
    die $fault if !ref $fault || $fault->{kind} eq 'interruption';
    my $why = $fault->{kind} eq 'status' ? status_name($fault) . ': ' . status_meaning($fault) : fault_text($fault);
    die "$what: $why\n";
}

sub _connect ($service, $portmap_port, $deadline_ms) {
    my $port = _named("GETPORT of $service version 3",
        sub { getport(HOST, $service, portmap_port => $portmap_port, deadline_ms => $deadline_ms) });
    die "GETPORT of $service version 3: it is not registered at the port mapper\n" if $port == 0;
    my $connection = _named("connecting to $service",
        sub { ShareCheck::Rpc->connect(HOST, $port, deadline_ms => $deadline_ms, privileged => 1) });
    return ($connection, $port);
}

# Returns one line about the export; dies with one line that names the call and the status.
sub check_own (%options) {
    my ($folder, $portmap_port) = @options{qw(folder portmap_port)};
    my $started     = now_ms();
    my $deadline_ms = deadline_in($options{timeout_ms});
    my %call        = (deadline_ms => $deadline_ms, who => {uid => 0, gid => 0});
    my ($mountd, $mountd_port) = _connect('mountd', $portmap_port, $deadline_ms);
    my ($root) = _named("MNT of $folder", sub { mnt($mountd, $folder, %call) });
    my ($nfsd, $nfsd_port) = _connect('nfsd', $portmap_port, $deadline_ms);
    _named("FSINFO of $folder", sub { fsinfo($nfsd, $root, %call) });
    my $type = _named("GETATTR of $folder", sub { getattr($nfsd, $root, %call) });
    die "GETATTR of $folder: it is not a folder\n" if $type != FOLDER;
    _named("UMNT of $folder", sub { umnt($mountd, $folder, %call) });
    my $spent = int(now_ms() - $started + 0.5);
    return "$folder can be mounted (mountd $mountd_port, nfsd $nfsd_port, $spent ms)";
}

1;
