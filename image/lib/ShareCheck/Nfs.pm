package ShareCheck::Nfs;

# The procedures of port mapper 2 (RFC 1833), MOUNT 3 and NFS 3 (RFC 1813) that a VCH uses, each as one function.
# `%call` holds `deadline_ms` and, but for the port mapper, `who` ({uid, gid}).

use v5.36;
use strict;
use warnings;

use ShareCheck::Fault qw(fail_call fail_status);
use ShareCheck::Rpc;
use ShareCheck::Xdr qw(uint32 uint64 opaque);

use Exporter 'import';
our @EXPORT_OK = qw(getport mnt umnt exports fsinfo getattr make_folder lookup readdirplus remove_file remove_folder
    read_file create_file write_file rename_file);

use constant {
    PORTMAP_PROGRAM => 100_000, NFS_PROGRAM => 100_003, MOUNT_PROGRAM => 100_005,
    TCP             => 6,       MAX_HANDLE  => 64,      MAX_PATH      => 4096,
    MAX_HOST        => 255,     MAX_LIST    => 4096,    MAX_FLAVORS   => 64,
    MAX_MAPPER_REPLY => 65_536, MAX_ENTRIES => 100_000,
    # The sizes that a VCH asks with.
    DIR_COUNT => 512, MAX_COUNT => 4096,
};

our %PROGRAMS = (mountd => MOUNT_PROGRAM, nfsd => NFS_PROGRAM);

# A result that the reader cannot read is the server's fault.
sub _call ($connection, $program, $version, $number, $name, $arguments, $read, %call) {
    my $target = {program => $program, version => $version, procedure => $number};
    my $reader = $connection->call($target, $arguments, %call);
    my @result;
    return @result if eval { @result = $read->($reader); 1 };
    my $error = $@;
    die $error unless ref $error && ($error->{failure} // '') eq 'garbage';
    fail_call('garbage', "$connection->{peer} answered $name with garbage: $error->{message}", answered => 1);
}

sub getport ($host, $service, %call) {
    my $port   = $call{portmap_port};
    my $mapper = ShareCheck::Rpc->connect($host, $port, deadline_ms => $call{deadline_ms}, max_reply => MAX_MAPPER_REPLY);
    my $asked  = uint32($PROGRAMS{$service}, 3, TCP, 0);
    my ($found) = _call($mapper, PORTMAP_PROGRAM, 2, 3, 'GETPORT', $asked, sub ($reader) { $reader->get_uint32 },
        deadline_ms => $call{deadline_ms});
    $mapper->close;
    # A number by now; said so for perl -T, which connects to nothing that came from outside.
    return $found =~ /^(\d+)$/ ? $1 : 0;
}

sub _mount ($connection, $number, $name, $arguments, $read, %call) {
    return _call($connection, MOUNT_PROGRAM, 3, $number, $name, $arguments, $read, %call);
}

# MNT. Returns the handle and the list of authentication flavours.
sub mnt ($connection, $path, %call) {
    my $read = sub ($reader) {
        my $status = $reader->get_uint32;
        return {status => $status} if $status != 0;
        my $handle = $reader->get_opaque(MAX_HANDLE);
        my $count  = $reader->get_uint32;
        ShareCheck::Fault::garbage("a list of $count elements exceeds the limit of " . MAX_FLAVORS) if $count > MAX_FLAVORS;
        return {status => 0, handle => $handle, flavors => [map { $reader->get_uint32 } 1 .. $count]};
    };
    my ($granted) = _mount($connection, 1, 'MNT', opaque($path), $read, %call);
    fail_status('MOUNT', 'MNT', $granted->{status}) if $granted->{status} != 0;
    return @$granted{qw(handle flavors)};
}

sub umnt ($connection, $path, %call) {
    return _mount($connection, 3, 'UMNT', opaque($path), sub ($reader) { 1 }, %call);
}

# EXPORT: what mountd lists; no sign that it can be mounted.
sub exports ($connection, %call) {
    my $name  = sub ($reader) { $reader->get_opaque(MAX_HOST) };
    my $entry = sub ($reader) {
        return {path => $reader->get_opaque(MAX_PATH), groups => [$reader->get_chain(MAX_LIST, $name)]};
    };
    delete $call{who};
    return _mount($connection, 5, 'EXPORT', '', sub ($reader) { $reader->get_chain(MAX_LIST, $entry) }, %call);
}

# One NFS procedure; what comes along with a status other than 0 is left unread.
sub _nfs ($connection, $number, $name, $arguments, $read, %call) {
    my $result = sub ($reader) {
        my $status = $reader->get_uint32;
        return ($status, $status == 0 ? $read->($reader) : ());
    };
    my ($status, @value) = _call($connection, NFS_PROGRAM, 3, $number, $name, $arguments, $result, %call);
    fail_status('NFS', $name, $status) if $status != 0;
    return @value;
}

# fattr3. Returns its type and its owner; mode, sizes and times are of no use here.
sub _whole_attributes ($reader) {
    my ($type, undef, undef, $uid, $gid) = map { $reader->get_uint32 } 1 .. 5;
    $reader->take(64);
    return {type => $type, uid => $uid, gid => $gid};
}

sub _attributes ($reader) { return _whole_attributes($reader)->{type} }

sub _post_attributes ($reader) { return $reader->get_bool ? _attributes($reader)           : undef }
sub _post_handle     ($reader) { return $reader->get_bool ? $reader->get_opaque(MAX_HANDLE) : undef }

# Returns the most that one READ and one WRITE may carry, in bytes.
sub fsinfo ($connection, $handle, %call) {
    my $read = sub ($reader) {
        _post_attributes($reader);
        my @words = map { $reader->get_uint32 } 1 .. 7;
        $reader->take(20);
        return @words[0, 3];
    };
    return _nfs($connection, 19, 'FSINFO', opaque($handle), $read, %call);
}

# Returns the type of the file: 2 is a folder.
sub getattr ($connection, $handle, %call) {
    my ($type) = _nfs($connection, 1, 'GETATTR', opaque($handle), \&_attributes, %call);
    return $type;
}

# MKDIR with the given mode and nothing else set.
sub make_folder ($connection, $dir, $name, $mode, %call) {
    my $arguments = opaque($dir) . opaque($name) . uint32(1, $mode, 0, 0, 0, 0, 0);
    my $read = sub ($reader) { _post_handle($reader); _post_attributes($reader); _wcc($reader); return 1 };
    return _nfs($connection, 9, 'MKDIR', $arguments, $read, %call);
}

sub _wcc ($reader) {
    $reader->take(24) if $reader->get_bool;
    return _post_attributes($reader);
}

# Returns the handle and the type, undef where the server sent no attributes.
sub lookup ($connection, $dir, $name, %call) {
    my $read = sub ($reader) {
        my @found = ($reader->get_opaque(MAX_HANDLE), _post_attributes($reader));
        _post_attributes($reader);
        return @found;
    };
    return _nfs($connection, 3, 'LOOKUP', opaque($dir) . opaque($name), $read, %call);
}

sub remove_file ($connection, $dir, $name, %call) {
    return _nfs($connection, 12, 'REMOVE', opaque($dir) . opaque($name), sub ($reader) { _wcc($reader); 1 }, %call);
}

sub remove_folder ($connection, $dir, $name, %call) {
    return _nfs($connection, 13, 'RMDIR', opaque($dir) . opaque($name), sub ($reader) { _wcc($reader); 1 }, %call);
}

# READ of up to `$count` bytes. Returns them, and whether this is the end of the file.
sub read_file ($connection, $handle, $offset, $count, %call) {
    my $read = sub ($reader) {
        _post_attributes($reader);
        my (undef, $eof) = ($reader->get_uint32, $reader->get_bool);
        return ($reader->get_opaque($count), $eof);
    };
    return _nfs($connection, 6, 'READ', opaque($handle) . uint64($offset) . uint32($count), $read, %call);
}

# CREATE of a file that is not there yet, with the given mode. Returns its handle, undef where the server sent none.
sub create_file ($connection, $dir, $name, $mode, %call) {
    my $arguments = opaque($dir) . opaque($name) . uint32(1, 1, $mode, 0, 0, 0, 0, 0);
    my $read = sub ($reader) { my $handle = _post_handle($reader); _post_attributes($reader); _wcc($reader); return $handle };
    return _nfs($connection, 8, 'CREATE', $arguments, $read, %call);
}

# WRITE onto stable storage. Returns how many bytes were taken.
sub write_file ($connection, $handle, $offset, $data, %call) {
    my $arguments = opaque($handle) . uint64($offset) . uint32(length $data, 2) . opaque($data);
    my $read = sub ($reader) {
        _wcc($reader);
        my ($count) = ($reader->get_uint32, $reader->get_uint32, $reader->take(8));
        return $count;
    };
    return _nfs($connection, 7, 'WRITE', $arguments, $read, %call);
}

sub rename_file ($connection, $dir, $from, $to, %call) {
    my $arguments = opaque($dir) . opaque($from) . opaque($dir) . opaque($to);
    return _nfs($connection, 14, 'RENAME', $arguments, sub ($reader) { _wcc($reader); _wcc($reader); 1 }, %call);
}

sub _entry ($reader) {
    my (undef, $name, $cookie) = ($reader->get_uint64, $reader->get_opaque(MAX_PATH), $reader->get_uint64);
    my $attributes = $reader->get_bool ? _whole_attributes($reader) : {};
    return {%$attributes, name => $name, cookie => $cookie, handle => _post_handle($reader)};
}

# READDIRPLUS, cookie by cookie to the end. Gives each entry to `$each`; `.` and `..` are among them.
sub readdirplus ($connection, $dir, $each, %call) {
    my ($cookie, $verifier, $seen) = (0, "\0" x 8, 0);
    my $read = sub ($reader) {
        _post_attributes($reader);
        my $next = $reader->get_fixed(8);
        my @entries = $reader->get_chain(MAX_LIST, \&_entry);
        return {verifier => $next, entries => \@entries, eof => $reader->get_bool};
    };
    for (;;) {
        my $arguments = opaque($dir) . uint64($cookie) . $verifier . uint32(DIR_COUNT, MAX_COUNT);
        my ($page) = _nfs($connection, 17, 'READDIRPLUS', $arguments, $read, %call);
        my @entries = @{$page->{entries}};
        $each->($_) for @entries;
        return if $page->{eof};
        if (!@entries || $entries[-1]{cookie} == $cookie) {
            fail_call('garbage', 'READDIRPLUS brought no further entry, and yet not the end of the directory');
        }
        $seen += @entries;
        fail_call('garbage', 'a directory of more than ' . MAX_ENTRIES . ' entries') if $seen > MAX_ENTRIES;
        ($cookie, $verifier) = ($entries[-1]{cookie}, $page->{verifier});
    }
}

1;
