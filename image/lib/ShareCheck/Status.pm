package ShareCheck::Status;

# The statuses of MOUNT (mountstat3, RFC 1813 § 5.1.5), NFS (nfsstat3, § 2.6) and RPC (auth_stat, RFC 5531 § 9), what they
# mean to an operator, and the codes of vicnfs's error table for them. The texts are those of src/nfs/wire/status.ts.

use v5.36;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(status_name status_meaning status_code auth_status_name);

my %MOUNT = (
    1     => ['PERM',        'The server lets only its own administrator mount this path.'],
    2     => ['NOENT',       'The path does not exist on the server.'],
    5     => ['IO',          'The server could not read the exported folder: its disk reported an error.'],
    13    => ['ACCES',       'The server does not let this client mount this path.'],
    20    => ['NOTDIR',      'The path exists on the server but is not a folder.'],
    22    => ['INVAL',       'The server rejects the request as invalid.'],
    63    => ['NAMETOOLONG', 'The path is longer than the server accepts.'],
    10004 => ['NOTSUPP',     'The server does not support this mount request.'],
    10006 => ['SERVERFAULT', 'The server failed inside while it handled the mount.'],
);

my %NFS = (
    1     => ['PERM',        'Only the owner or root may do this.', 'DENIED'],
    2     => ['NOENT',       'The file or folder does not exist.'],
    5     => ['IO',          q(The server's disk reported an error.), 'SERVER-FAULT'],
    6     => ['NXIO',        'The device behind the file does not exist.'],
    13    => ['ACCES', 'The user and group that were sent may not do this; root may have been squashed to nobody.', 'DENIED'],
    17    => ['EXIST',       'A file or folder of this name exists already.'],
    18    => ['XDEV',        'A hard link or rename would cross from one file system to another.'],
    19    => ['NODEV',       'The device does not exist.'],
    20    => ['NOTDIR',      'It is not a folder.', 'NOT-A-DIRECTORY'],
    21    => ['ISDIR',       'It is a folder.'],
    22    => ['INVAL',       'The server rejects an argument of the request.'],
    27    => ['FBIG',        'The file would grow larger than the server allows.'],
    28    => ['NOSPC',       'The volume behind the share is full.', 'FULL'],
    30    => ['ROFS',        'The share is exported read-only, or its file system is mounted read-only.', 'READ-ONLY'],
    31    => ['MLINK',       'The file has too many hard links.'],
    63    => ['NAMETOOLONG', 'The name is longer than the server accepts.'],
    66    => ['NOTEMPTY',    'The folder is not empty.'],
    69    => ['DQUOT',       q(The user's disk quota on the server is used up.), 'FULL'],
    70    => [
        'STALE', 'The file handle is no longer known: the file or the whole file system behind the share was exchanged.',
        'STALE',
    ],
    71    => ['REMOTE',      'The file lies on another server.'],
    10001 => ['BADHANDLE',   'The server cannot make sense of the file handle.', 'STALE'],
    10002 => ['NOT_SYNC',    'The file changed meanwhile.'],
    10003 => ['BAD_COOKIE',  'The folder changed while it was listed.'],
    10004 => ['NOTSUPP',     'The server does not support this request.'],
    10005 => ['TOOSMALL',    'The reply does not fit into the size that was asked for.'],
    10006 => ['SERVERFAULT', 'The server failed inside while it handled the request.', 'SERVER-FAULT'],
    10007 => ['BADTYPE',     'The server does not support files of this type.'],
    10008 => ['JUKEBOX',     'The server is not ready to answer yet and asks to be called again later.', 'BUSY'],
);

my @AUTH = qw(AUTH_OK AUTH_BADCRED AUTH_REJECTEDCRED AUTH_BADVERF AUTH_REJECTEDVERF AUTH_TOOWEAK AUTH_INVALIDRESP
    AUTH_FAILED);

sub _row ($fault) {
    return ($fault->{protocol} eq 'MOUNT' ? \%MOUNT : \%NFS)->{$fault->{status}};
}

sub status_name ($fault) {
    my $row = _row($fault) or return "status $fault->{status}";
    return ($fault->{protocol} eq 'MOUNT' ? 'MNT3ERR_' : 'NFS3ERR_') . $row->[0];
}

sub status_meaning ($fault) {
    my $row = _row($fault);
    return $row ? $row->[1] : 'The server answered with a status that the protocol does not know.';
}

sub status_code ($fault) {
    my $row = _row($fault);
    return $row ? "VN-NFS-MNT-$row->[0]" : 'VN-NFS-MNT-UNKNOWN' if $fault->{protocol} eq 'MOUNT';
    return 'VN-NFS-' . ($row && $row->[2] || 'STATUS');
}

sub auth_status_name ($number) { return $AUTH[$number] // "auth status $number" }

1;
