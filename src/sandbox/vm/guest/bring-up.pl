# The part of PID 1 that brings network, file systems and volumes up; tether.pl takes the volumes down again.
use strict;
use warnings;
# Options of mount have commas.
no warnings 'qw';

my ($BOX, $TETHER) = ('/.tether/busybox', '/.tether');
my ($MS_NOATIME, $SYS_MOUNT) = (1024, 165);
# What is mounted for the container, in this order.
our @mounted;

sub box { return system($BOX, @_) }
sub put { my ($file, $text) = @_; open(my $out, '>', $file) or die "$file: $!\n"; print $out $text; close $out }

sub surroundings {
  mkdir '/dev/pts'; mkdir '/dev/shm';
  box(qw(mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts));
  box(qw(mount -t tmpfs -o mode=1777 shm /dev/shm));
  box(qw(mount -t tmpfs -o mode=755 run /run));
  box(qw(ip link set lo up));
}

sub network {
  my ($nic, $address, $gateway) = @_;
  box('ip', 'link', 'set', $nic, 'up') == 0 or die "$nic cannot be brought up\n";
  box('ip', 'address', 'add', $address, 'dev', $nic) == 0 or die "$nic does not take the address $address\n";
  return if $gateway eq '';
  box('ip', 'route', 'add', 'default', 'via', $gateway) == 0 or die "there is no route to the gateway $gateway\n";
}

sub mount_raw {
  my ($source, $target, $type, $options) = @_;
  # Buffers of their own: syscall() writes into none, yet refuses constants.
  my ($from, $to, $kind, $data) = ($source, $target, $type, $options);
  return if syscall($SYS_MOUNT, $from, $to, $kind, $MS_NOATIME, $data) == 0;
  die "$source cannot be mounted at $target: $!\n";
}

sub make_folder { my ($folder) = @_; -d $folder or box('mkdir', '-p', $folder) == 0 or die "$folder cannot be made\n" }

# A disk is mounted aside, and its data folder bound to the target, so that nobody sees lost+found (VIC's MountLabel).
sub mount_volume {
  my ($label, $target) = @_;
  chomp(my $device = `$BOX findfs LABEL=$label` // '');
  $device or die "there is no disk with the label $label\n";
  my @image = stat $target;
  my $aside = "$TETHER/.filesystem-by-label/$label";
  make_folder($_) for $target, $aside;
  mount_raw($device, $aside, 'ext4', '');
  push @mounted, $aside;
  my $data = -d "$aside/.vic.vol.data" ? "$aside/.vic.vol.data" : $aside;
  my $fresh = !grep { !/^\.\.?$/ } do { opendir(my $dir, $data) or die "$data: $!\n"; readdir $dir };
  box('cp', '-a', "$target/.", $data) if $fresh && @image;
  box('mount', '-o', 'bind', $data, $target) == 0 or die "$target cannot be mounted\n";
  push @mounted, $target;
  if (@image) { chown $image[4], $image[5], $target; chmod $image[2] & 07777, $target }
}

sub mount_nfs {
  my ($source, $target, $options) = @_;
  box('modprobe', $_) for qw(nfs nfsv3);
  make_folder($target);
  mount_raw($source, $target, 'nfs', $options);
  push @mounted, $target;
}

1;
