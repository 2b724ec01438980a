# PID 1 of a container VM, standing in for VIC's tether: brings network and volumes up, runs the container's command,
# and serves the control channel. Speaks the frames of ../channel/frames.ts; what a record means: ../container-config.ts.
use strict;
use warnings;
# Options of mount have commas.
no warnings 'qw';
use POSIX qw(:sys_wait_h :errno_h setsid setgid setuid);
use Fcntl qw(O_RDWR O_NONBLOCK F_GETFL F_SETFL);
require '/.tether/bring-up.pl';

my $CHUNK  = 65536;
my $MAIN = 0;
our @mounted;
my (%job, %id_of, %ended);
my ($port, $inbox, $stay, $down_in) = (undef, '', 0, undef);

# Frames: type, id, length, payload; records: a list of length-prefixed strings.
sub send_frame {
  my ($type, $id, $payload) = @_;
  my $frame = pack('a N N', $type, $id, length $payload) . $payload;
  while (length $frame) {
    my $sent = syswrite($port, $frame);
    if (defined $sent) { substr($frame, 0, $sent) = ''; next }
    select(undef, undef, undef, 0.01) if $!{EAGAIN};
    die "control channel: $!\n" unless $!{EAGAIN} || $!{EINTR};
  }
}
sub records { return map { [unpack '(N/a*)*', $_] } unpack '(N/a*)*', $_[0] }

sub open_port {
  for my $entry (glob '/sys/class/virtio-ports/*') {
    open(my $in, '<', "$entry/name") or next;
    chomp(my $name = <$in> // '');
    next unless $name eq 'vicnfs.control';
    my ($device) = $entry =~ m{([^/]+)$};
    sysopen($port, "/dev/$device", O_RDWR) or die "/dev/$device: $!\n";
    return;
  }
  die "there is no control channel\n";
}

sub read_port {
  my $got = sysread($port, $inbox, $CHUNK, length $inbox);
  return unless $got;
  while (length $inbox >= 9) {
    my ($type, $id, $length) = unpack 'a N N', $inbox;
    last if length $inbox < 9 + $length;
    my $payload = substr($inbox, 9, $length);
    substr($inbox, 0, 9 + $length) = '';
    handle($type, $id, $payload);
  }
}

sub configure {
  my ($payload) = @_;
  my (@hosts, @start) = ();
  for (records($payload)) {
    my ($key, @rest) = @$_;
    if    ($key eq 'hostname') { put('/proc/sys/kernel/hostname', $rest[0]); put('/etc/hostname', "$rest[0]\n"); push @hosts, "127.0.1.1\t$rest[0]" }
    elsif ($key eq 'host')     { push @hosts, join "\t", @rest }
    elsif ($key eq 'nic')      { network(@rest) }
    elsif ($key eq 'volume')   { mount_volume(@rest) }
    elsif ($key eq 'nfs')      { mount_nfs(@rest) }
    elsif ($key eq 'stay')     { $stay = 1 }
    else                       { push @start, $_ }
  }
  put('/etc/hosts', join('', map { "$_\n" } "127.0.0.1\tlocalhost", "::1\tlocalhost", @hosts));
  return grep({ $_->[0] eq 'arg' } @start) ? \@start : undef;
}

sub start_job {
  my ($id, @records) = @_;
  my (@args, %env, $cwd, $user) = ();
  for (@records) {
    my ($key, @rest) = @$_;
    if    ($key eq 'arg')  { push @args, $rest[0] }
    elsif ($key eq 'env')  { $env{$rest[0]} = $rest[1] }
    elsif ($key eq 'cwd')  { $cwd = $rest[0] }
    elsif ($key eq 'user') { $user = $rest[0] }
  }
  pipe(my $in, my $in_end) && pipe(my $out, my $out_end) && pipe(my $err, my $err_end) or die "pipe: $!\n";
  my $pid = fork // die "fork: $!\n";
  if ($pid == 0) {
    $SIG{$_} = 'DEFAULT' for qw(CHLD TERM INT HUP PIPE);
    setsid();
    POSIX::dup2(fileno $in, 0); POSIX::dup2(fileno $out_end, 1); POSIX::dup2(fileno $err_end, 2);
    if (defined $user) { my ($uid, $gid) = split /:/, $user; $gid //= $uid; $) = "$gid $gid"; setgid($gid); setuid($uid) }
    %ENV = %env;
    if (!defined $cwd || chdir $cwd) { exec {$args[0]} @args }
    print STDERR "cannot run $args[0]: $!\n";
    POSIX::_exit($!{ENOENT} ? 127 : 126);
  }
  close $_ for $in, $out_end, $err_end;
  for ($out, $err, $in_end) { fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK) }
  $job{$id} = {pid => $pid, O => $out, S => $err, in => $in_end, pending => '', eof => 0};
  $id_of{$pid} = $id;
}

sub read_output {
  my ($id, $type) = @_;
  while ($job{$id}{$type}) {
    my $got = sysread($job{$id}{$type}, my $data, $CHUNK);
    if ($got) { send_frame($type, $id, $data); next }
    delete $job{$id}{$type} if defined $got;
    last;
  }
}

sub feed {
  my ($id) = @_;
  my $to = $job{$id}{in} or return;
  my $sent = syswrite($to, $job{$id}{pending});
  substr($job{$id}{pending}, 0, $sent) = '' if $sent;
  my $gone = !defined $sent && !$!{EAGAIN} && !$!{EINTR};
  delete $job{$id}{in} if $gone || ($job{$id}{pending} eq '' && $job{$id}{eof});
}

sub reap {
  while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
    my $id = delete $id_of{$pid};
    next unless defined $id;
    my ($code, $signal) = (WIFEXITED($?) ? WEXITSTATUS($?) : 128 + WTERMSIG($?), WIFSIGNALED($?) ? WTERMSIG($?) : 0);
    # What it wrote before it ended comes first; children that it left keep nobody waiting.
    read_output($id, $_) for qw(O S);
    send_frame('X', $id, pack 'N N', $code, $signal);
    if ($id == $MAIN) { $ended{$MAIN} = 1; $down_in //= 0 unless $stay } else { delete $job{$id} }
  }
}

sub everybody { return grep { $_ > 2 && -e "/proc/$_/exe" } map { m{/(\d+)$} } glob '/proc/[0-9]*' }
sub name_of { open(my $in, '<', "/proc/$_[0]/cmdline") or return ''; local $/; (my $line = <$in> // '') =~ tr/\0/ /; return $line }

# TERM to the command, then to all, then KILL; volumes are unmounted before the disks go (tells what stood in the way).
sub power_off {
  my ($grace) = @_;
  my @notes;
  if ($job{$MAIN} && !$ended{$MAIN}) {
    kill 'TERM', $job{$MAIN}{pid};
    for (my $waited = 0; $waited < $grace && !$ended{$MAIN}; $waited += 0.02) { pump(0.02) }
    push @notes, "the command did not end within $grace s of TERM" unless $ended{$MAIN};
  }
  push @notes, map { "still running: $_ " . name_of($_) } everybody();
  for my $signal (qw(TERM KILL)) {
    kill $signal, everybody();
    for (my $waited = 0; $waited < 1 && everybody(); $waited += 0.02) { pump(0.02) }
  }
  box('sync');
  for my $target (reverse @mounted) {
    next if box('umount', $target) == 0;
    push @notes, "still mounted: $target";
    box('mount', '-o', 'remount,ro', $target);
  }
  box(qw(umount /lib/modules));
  box(qw(mount -o remount,ro /));
  box('sync');
  send_frame('D', 0, join "\n", @notes);
  # A real tether cannot see its VM go either; what is sent must get out first.
  box(qw(poweroff -f));
  sleep 60;
}

sub handle {
  my ($type, $id, $payload) = @_;
  if ($type eq 'C') {
    my $start = eval { configure($payload) };
    if ($@) { chomp(my $why = $@); send_frame('F', 0, $why); $down_in = 0; return }
    start_job($MAIN, @$start) if $start;
    send_frame('R', 0, '');
  }
  elsif ($type eq 'E') { start_job($id, records($payload)) }
  elsif ($type eq 'I' && $job{$id}) { $job{$id}{pending} .= $payload; $job{$id}{eof} = 1 if $payload eq '' }
  elsif ($type eq 'K' && $job{$id} && !$ended{$id}) { kill $payload, $job{$id}{pid} }
  elsif ($type eq 'P') { $down_in = $payload / 1000 }
}

my ($wake, $waker);
sub pump {
  my ($seconds) = @_;
  my %source = (fileno $wake => sub { sysread($wake, my $skip, 512) }, fileno $port => \&read_port);
  my ($want_read, $want_write) = ('', '');
  for my $id (keys %job) {
    for my $type (qw(O S)) {
      my $from = $job{$id}{$type} or next;
      $source{fileno $from} = sub { read_output($id, $type) };
    }
    my $to = $job{$id}{in};
    vec($want_write, fileno $to, 1) = 1 if $to && ($job{$id}{pending} ne '' || $job{$id}{eof});
  }
  vec($want_read, $_, 1) = 1 for keys %source;
  if (select(my $readable = $want_read, my $writable = $want_write, undef, $seconds) > 0) {
    vec($readable, $_, 1) && $source{$_}->() for keys %source;
    for my $id (keys %job) { my $to = $job{$id}{in}; feed($id) if $to && vec($writable, fileno $to, 1) }
  }
  reap();
}

eval {
  pipe($wake, $waker) or die "pipe: $!\n";
  for ($wake, $waker) { fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK) }
  $SIG{CHLD} = sub { syswrite($waker, '.') };
  $SIG{$_} = 'IGNORE' for qw(TERM INT HUP PIPE);
  surroundings();
  open_port();
  send_frame('B', 0, '');
  pump(5) until defined $down_in;
  power_off($down_in);
};
print STDERR "tether: $@";
box('sync');
box(qw(poweroff -f));
