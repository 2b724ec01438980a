package ShareCheck::Dial;

# A TCP connection within a deadline, from a source port below 1024 where that is allowed, as a VCH opens it.

use v5.36;
use strict;
use warnings;

use Errno qw(EACCES EPERM EADDRINUSE EADDRNOTAVAIL ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH EINPROGRESS EINTR
    ENETDOWN ENETUNREACH ETIMEDOUT);
use Socket qw(AF_INET6 IPPROTO_TCP NI_NUMERICHOST NI_NUMERICSERV SOCK_STREAM SOL_SOCKET SO_ERROR SO_REUSEADDR
    TCP_NODELAY AI_NUMERICHOST INADDR_ANY getaddrinfo getnameinfo pack_sockaddr_in pack_sockaddr_in6);

use ShareCheck::Clock qw(left_ms);
use ShareCheck::Child qw(output_of);
use ShareCheck::Fault qw(fail_call garbage);

use Exporter 'import';
our @EXPORT_OK = qw(dial resolve);

use constant {FIRST_PRIVILEGED_PORT => 512, FIRST_ORDINARY_PORT => 1024, PRIVILEGED_TRIES => 16, MAX_ADDRESSES => 8};

my %FAILURES = (
    ECONNREFUSED,  'refused',     EHOSTUNREACH, 'unreachable', ENETUNREACH, 'unreachable',
    EHOSTDOWN,     'unreachable', ENETDOWN,     'unreachable', ETIMEDOUT,   'connect-timeout',
    EADDRNOTAVAIL, 'unreachable', ECONNRESET,   'closed',
);

sub _lookup ($host, $flags = 0) {
    my ($error, @found) = getaddrinfo($host, undef, {socktype => SOCK_STREAM, protocol => IPPROTO_TCP, flags => $flags});
    return if $error;
    # IPv4 first: NFS server containers have no other address.
    my @sorted = sort { $a->{family} <=> $b->{family} } @found;
    return map { (getnameinfo($_->{addr}, NI_NUMERICHOST | NI_NUMERICSERV))[1] // () } @sorted;
}

# Numeric addresses of a host. The system's resolver knows no deadline, so a name is looked up by a child.
sub resolve ($host, $deadline_ms) {
    my $bare    = $host =~ s/^\[(.*)\]$/$1/r;
    my @literal = $bare =~ /^[0-9A-Fa-f.:]+(?:%\w+)?$/ ? _lookup($bare, AI_NUMERICHOST) : ();
    return @literal if @literal;
    my ($ended, $output) = output_of(sub { print map { "$_\n" } _lookup($bare) }, $deadline_ms);
    my @found = $ended ? map { /^([0-9A-Fa-f.:]+(?:%\w+)?)$/ ? $1 : () } split /\n/, $output : ();
    fail_call('name-not-resolved', "the name $host could not be resolved") unless @found;
    splice @found, MAX_ADDRESSES if @found > MAX_ADDRESSES;
    return @found;
}

# One connect. Returns the socket, or undef and the error number (undef: the deadline passed).
sub _connect ($address, $port, $deadline_ms, $local_port) {
    my ($error, $target) = getaddrinfo($address, $port, {socktype => SOCK_STREAM, flags => AI_NUMERICHOST});
    return (undef, EADDRNOTAVAIL) if $error;
    socket(my $socket, $target->{family}, SOCK_STREAM, IPPROTO_TCP) or return (undef, $!+ 0);
    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    if ($local_port) {
        my $any = $target->{family} == AF_INET6 ? pack_sockaddr_in6($local_port, "\0" x 16)
            : pack_sockaddr_in($local_port, INADDR_ANY);
        setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
        bind $socket, $any or return (undef, $! + 0);
    }
    return $socket                 if connect $socket, $target->{addr};
    return (undef, $! + 0)         if $! != EINPROGRESS && $! != EINTR;
    my $writable = '';
    vec($writable, fileno $socket, 1) = 1;
    my $ready = select undef, $writable, undef, left_ms($deadline_ms) / 1000;
    return (undef, undef) if $ready <= 0;
    my $errno = unpack 'i', getsockopt($socket, SOL_SOCKET, SO_ERROR);
    return $errno == 0 ? $socket : (undef, $errno);
}

# Tries source ports below 1024 in random order, and an ordinary one where they are not allowed.
sub _connect_privileged ($address, $port, $deadline_ms) {
    my ($socket, $errno);
    for (1 .. PRIVILEGED_TRIES) {
        my $local = FIRST_PRIVILEGED_PORT + int rand FIRST_ORDINARY_PORT - FIRST_PRIVILEGED_PORT;
        ($socket, $errno) = _connect($address, $port, $deadline_ms, $local);
        return $socket if defined $socket;
        last unless defined $errno;
        return _connect($address, $port, $deadline_ms, 0) if $errno == EACCES || $errno == EPERM;
        last unless $errno == EADDRINUSE || $errno == EADDRNOTAVAIL;
    }
    return (undef, $errno);
}

# Opens a connection to the first address of the host that takes it.
sub dial ($host, $port, %options) {
    my $deadline_ms = $options{deadline_ms};
    garbage("$port is not a TCP port") if $port < 1 || $port > 65_535;
    my $connect = $options{privileged} ? \&_connect_privileged : sub (@where) { _connect(@where, 0) };
    my $errno;
    for my $address (resolve($host, $deadline_ms)) {
        (my $socket, $errno) = $connect->($address, $port, $deadline_ms);
        return $socket if defined $socket;
    }
    fail_call('connect-timeout', "$host did not answer on port $port") unless defined $errno;
    local $! = $errno;
    fail_call($FAILURES{$errno} // 'failed', "$host port $port: $!");
}

1;
