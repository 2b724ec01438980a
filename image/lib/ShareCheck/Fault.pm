package ShareCheck::Fault;

# What ends a rung. Three kinds: a call without a result (`failure`, as src/nfs/client/rpc-error.ts names them), a
# status other than 0 (`status`), and what a share does wrong although every call succeeded (`code`).

use v5.36;
use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(fail_call garbage fail_status finding fault_text);

sub fail_call ($failure, $message, %context) {
    die bless {kind => 'call', failure => $failure, message => $message, %context}, __PACKAGE__;
}

sub garbage ($message) {
    fail_call('garbage', $message, answered => 1);
}

sub fail_status ($protocol, $procedure, $status) {
    die bless {kind => 'status', protocol => $protocol, procedure => $procedure, status => $status}, __PACKAGE__;
}

sub finding ($code, $text) {
    die bless {kind => 'finding', code => $code, message => $text}, __PACKAGE__;
}

# Any error as text of one line.
sub fault_text ($error) {
    my $text = ref $error ? $error->{message} // "$error->{procedure}: status $error->{status}" : $error;
    $text =~ s/\s+/ /g;
    return $text =~ s/ $//r;
}

1;
