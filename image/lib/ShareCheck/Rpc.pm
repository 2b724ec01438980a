package ShareCheck::Rpc;

# ONC RPC over TCP (RFC 5531): one connection to one service, one call at a time. Replies are bounded in bytes and in
# fragments before they are buffered, and every call has a deadline, so that no server can hang or bloat us.

use v5.36;
use strict;
use warnings;

use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use Socket qw(AF_INET6 sockaddr_family unpack_sockaddr_in unpack_sockaddr_in6);

use ShareCheck::Clock qw(left_ms);
use ShareCheck::Dial qw(dial);
use ShareCheck::Fault qw(fail_call);
use ShareCheck::Status qw(auth_status_name);
use ShareCheck::Xdr qw(uint32 opaque);

use constant {
    LAST_FRAGMENT   => 0x80000000,
    MAX_FRAGMENTS   => 1024,
    MAX_REPLY_BYTES => 262_144,
    MAX_AUTH_BYTES  => 400,
    READ_BYTES      => 16_384,
};

my @ACCEPT_WORDS = (
    undef,
    'the server does not offer this program on this port',
    undef,
    'the server does not know this procedure',
    'the server could not read the arguments',
    'the server failed inside',
);
my @ACCEPT = ('success', 'prog-unavail', 'prog-mismatch', 'proc-unavail', 'garbage-args', 'system-err');

sub connect ($class, $host, $port, %options) {
    my $socket = dial($host, $port, %options);
    return bless {
        socket     => $socket,
        peer       => "$host port $port",
        buffer     => '',
        answered   => 0,
        privileged => _is_privileged($socket),
        xid        => int rand 2**32,
        max_reply  => $options{max_reply} // MAX_REPLY_BYTES,
    }, $class;
}

sub _is_privileged ($socket) {
    my $name = getsockname $socket or return 0;
    my ($port) = sockaddr_family($name) == AF_INET6 ? unpack_sockaddr_in6($name) : unpack_sockaddr_in($name);
    return $port < 1024;
}

sub is_privileged ($self) { return $self->{privileged} }
sub close         ($self) { return close $self->{socket} }

sub _closed ($self, $how) {
    fail_call('closed', "$self->{peer} $how the connection", answered => $self->{answered});
}

sub _late ($self) {
    fail_call('reply-timeout', "$self->{peer} did not answer in time");
}

# Waits until the socket can be written or read.
sub _wait_for ($self, $what, $deadline_ms) {
    my $bits = '';
    vec($bits, fileno $self->{socket}, 1) = 1;
    my $timeout = left_ms($deadline_ms) / 1000;
    my $ready   = $what eq 'write' ? select undef, $bits, undef, $timeout : select $bits, undef, undef, $timeout;
    $self->_late if $ready == 0;
    return;
}

sub _send ($self, $bytes, $deadline_ms) {
    my $sent = 0;
    while ($sent < length $bytes) {
        my $wrote = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        if    (defined $wrote)                        { $sent += $wrote }
        elsif ($! == EAGAIN || $! == EWOULDBLOCK)     { $self->_wait_for('write', $deadline_ms) }
        elsif ($! != EINTR)                           { return }    # The read says how the connection ended.
    }
    return;
}

# One read. A peer that never stops sending does not get beyond the deadline either.
sub _fill ($self, $deadline_ms) {
    for (;;) {
        $self->_late if left_ms($deadline_ms) <= 0;
        my $got = sysread $self->{socket}, $self->{buffer}, READ_BYTES, length $self->{buffer};
        if (defined $got) {
            $self->_closed('closed') if $got == 0;
            $self->{answered} = 1;
            return;
        }
        if    ($! == EAGAIN || $! == EWOULDBLOCK) { $self->_wait_for('read', $deadline_ms) }
        elsif ($! != EINTR)                       { $self->_closed('broke') }
    }
}

sub _no_reply ($self, $why) {
    fail_call('garbage', "$self->{peer} sent what is no RPC reply: $why", answered => 1);
}

# One record (RFC 5531 § 11), whatever its number of fragments.
sub _record ($self, $deadline_ms) {
    my ($record, $fragments) = ('', 0);
    for (;;) {
        $self->_fill($deadline_ms) while length $self->{buffer} < 4;
        my $header = unpack 'N', $self->{buffer};
        my $length = $header & ~LAST_FRAGMENT & 0xFFFFFFFF;
        $self->_no_reply("a record of more than $self->{max_reply} bytes") if length($record) + $length > $self->{max_reply};
        $self->_no_reply('a record of more than ' . MAX_FRAGMENTS . ' fragments') if ++$fragments > MAX_FRAGMENTS;
        $self->_fill($deadline_ms) while length $self->{buffer} < 4 + $length;
        $record .= substr $self->{buffer}, 4, $length;
        substr($self->{buffer}, 0, 4 + $length) = '';
        return $record if $header & LAST_FRAGMENT;
    }
}

# A record as a reply: its xid and either the body or how the server rejected the call.
sub _decode ($self, $record) {
    my $reader = ShareCheck::Xdr->reader($record);
    my $xid    = $reader->get_uint32;
    $self->_no_reply('an answer that is no RPC reply') if $reader->get_uint32 != 1;
    if ($reader->get_uint32 != 0) {
        my $why = $reader->get_uint32;
        return {xid => $xid, status => 'auth-error', auth => $reader->get_uint32} if $why != 0;
        return {xid => $xid, status => 'rpc-mismatch', low => $reader->get_uint32, high => $reader->get_uint32};
    }
    $reader->get_uint32;
    $reader->get_opaque(MAX_AUTH_BYTES);
    my $code   = $reader->get_uint32;
    my $status = $ACCEPT[$code] // $self->_no_reply("an unknown accept status $code");
    my $reply  = {xid => $xid, status => $status, words => $ACCEPT_WORDS[$code]};
    @$reply{qw(low high)} = ($reader->get_uint32, $reader->get_uint32) if $status eq 'prog-mismatch';
    $reply->{body} = $reader->rest if $status eq 'success';
    return $reply;
}

sub _rejection ($reply) {
    return $reply->{words} if defined $reply->{words};
    return 'the server refused the credential: ' . auth_status_name($reply->{auth}) if $reply->{status} eq 'auth-error';
    my $of = $reply->{status} eq 'rpc-mismatch' ? 'speaks RPC versions' : 'offers versions';
    return "the server $of $reply->{low} to $reply->{high}" . ($of eq 'offers versions' ? ' of this program' : '');
}

# AUTH_NONE, or AUTH_SYS (RFC 5531 appendix A) with the machine name and the groups that a VCH sends.
sub _credential ($who) {
    return uint32(0, 0) unless defined $who;
    return uint32(1) . opaque(uint32(0) . opaque('vic') . uint32($who->{uid}, $who->{gid}, 1, 0));
}

# Calls `{program, version, procedure}` with XDR arguments. Returns a reader of the result.
sub call ($self, $target, $arguments, %options) {
    my $deadline_ms = $options{deadline_ms};
    my $xid         = $self->{xid} = ($self->{xid} + 1) % 2**32;
    my $message     = uint32($xid, 0, 2, @$target{qw(program version procedure)}) . _credential($options{who});
    $message .= uint32(0, 0) . $arguments;
    $self->_send(uint32(LAST_FRAGMENT | length $message) . $message, $deadline_ms);
    for (;;) {
        my $record = $self->_record($deadline_ms);
        my $reply  = eval { $self->_decode($record) };
        if (!defined $reply) {
            die $@ if ($@->{message} // '') =~ /no RPC reply/;
            $self->_no_reply($@->{message} // $@);
        }
        next if $reply->{xid} != $xid;
        return ShareCheck::Xdr->reader($reply->{body}) if $reply->{status} eq 'success';
        fail_call('rejected', "$self->{peer}: " . _rejection($reply), answered => 1, reply => $reply);
    }
}

1;
