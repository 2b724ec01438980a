package ShareCheck::Clock;

# Milliseconds of a clock that nobody sets. perl-base has no Time::HiRes; times(2) is the coarse way out.

use v5.36;
use strict;
use warnings;

use POSIX ();

use Exporter 'import';
our @EXPORT_OK = qw(now_ms deadline_in left_ms pause_ms);

use constant CLOCK_MONOTONIC => 1;

my %CLOCK_GETTIME  = (x86_64 => 228, aarch64 => 113, i686 => 265, armv7l => 263, riscv64 => 113, s390x => 260);
my $clock_gettime  = $CLOCK_GETTIME{(POSIX::uname())[4]};
my $ticks_a_second = POSIX::sysconf(&POSIX::_SC_CLK_TCK) || 100;

sub now_ms () {
    my $timespec = pack 'l!l!', 0, 0;
    if (defined $clock_gettime && syscall($clock_gettime, CLOCK_MONOTONIC, $timespec) == 0) {
        my ($seconds, $nanoseconds) = unpack 'l!l!', $timespec;
        return $seconds * 1000 + $nanoseconds / 1e6;
    }
    return (POSIX::times())[0] * 1000 / $ticks_a_second;
}

sub deadline_in ($timeout_ms) { return now_ms() + $timeout_ms }

# What is left of a deadline; never below 0.
sub left_ms ($deadline_ms) {
    my $left = $deadline_ms - now_ms();
    return $left > 0 ? $left : 0;
}

sub pause_ms ($duration_ms) {
    select undef, undef, undef, $duration_ms / 1000;
    return;
}

1;
