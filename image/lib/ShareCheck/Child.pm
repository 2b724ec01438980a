package ShareCheck::Child;

# Work in a child process that is given up at a deadline. A child that the kernel does not let go (a hard mount, a
# resolver) is killed and left behind: it holds neither our input nor our output.

use v5.36;
use strict;
use warnings;

use POSIX qw(WNOHANG _exit);

use ShareCheck::Clock qw(left_ms deadline_in pause_ms);

use Exporter 'import';
our @EXPORT_OK = qw(output_of output_of_command);

use constant {MAX_OUTPUT_BYTES => 65_536, KILL_GRACE_MS => 1000, POLL_MS => 10, NOT_STARTED => 127};

# The pipe's content until its end, the bound or the deadline.
sub _read_all ($pipe, $deadline_ms) {
    my $output = '';
    while (length $output < MAX_OUTPUT_BYTES) {
        my $readable = '';
        vec($readable, fileno $pipe, 1) = 1;
        my $ready = select $readable, undef, undef, left_ms($deadline_ms) / 1000;
        last if $ready == 0;
        next if $ready < 0;
        my $got = sysread $pipe, $output, 4096, length $output;
        return $output unless $got;
    }
    return $output;
}

# Waits for the child's end. Returns its exit code (128 + signal), or undef when the deadline passed.
sub _wait ($pid, $deadline_ms) {
    for (;;) {
        my $ended = waitpid $pid, WNOHANG;
        return $? & 127 ? 128 + ($? & 127) : $? >> 8 if $ended == $pid;
        return NOT_STARTED if $ended < 0;
        return if left_ms($deadline_ms) <= 0;
        pause_ms(POLL_MS);
    }
}

sub _start ($work) {
    pipe my $from, my $to or die "no pipe: $!\n";
    defined(my $pid = fork) or die "no child process: $!\n";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP PIPE);
        close $from;
        open STDIN,  '<', '/dev/null' or _exit(NOT_STARTED);
        open STDOUT, '>&', $to        or _exit(NOT_STARTED);
        open STDERR, '>&', $to        or _exit(NOT_STARTED);
        close $to;
        $| = 1;
        my $done = eval { $work->(); 1 };
        print $@ if !$done;
        STDOUT->flush;
        _exit($done ? 0 : 1);
    }
    close $to;
    return ($pid, $from);
}

# Runs `$work` in a child. Returns its exit code, undef when it was given up, and what it printed.
sub run_child ($work, $deadline_ms) {
    my ($pid, $from) = _start($work);
    my ($code, $output);
    my $waited = eval {
        $output = _read_all($from, $deadline_ms);
        $code   = _wait($pid, $deadline_ms);
        1;
    };
    my $interruption = $@;
    if (!defined $code) {
        kill KILL => $pid;
        _wait($pid, deadline_in(KILL_GRACE_MS));
    }
    die $interruption if !$waited;
    return ($code, $output);
}

# Whether the work ended well in time, and its output.
sub output_of ($work, $deadline_ms) {
    my ($code, $output) = run_child($work, $deadline_ms);
    return (defined $code && $code == 0, $output);
}

# A program, without a shell. Returns its exit code, undef when it was given up, and its output.
sub output_of_command ($deadline_ms, @command) {
    my $start = sub {
        { no warnings 'exec'; exec {$command[0]} @command; }
        _exit(NOT_STARTED);
    };
    return run_child($start, $deadline_ms);
}

1;
