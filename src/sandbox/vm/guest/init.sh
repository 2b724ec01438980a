#!/bin/busybox sh
# What VIC's bootstrap does, in an initial RAM disk: find the container's disk, publish the kernel's modules, hand over
# to PID 1. Source of the order: facts/nfs-server.md § 6.
busybox=/bin/busybox
$busybox mkdir -p /proc /sys /dev /mnt
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sys /sys
$busybox mount -t devtmpfs dev /dev

fail() {
  echo "init: $1" >/dev/console
  $busybox poweroff -f
}

for module in virtio_pci virtio_blk virtio_scsi sd_mod virtio_net virtio_console virtio_rng; do
  $busybox modprobe "$module" || fail "the module $module cannot be loaded"
done

# By label as VIC does; a probe of the disks may still be under way.
tries=0
until root=$($busybox findfs LABEL=containerfs 2>/dev/null); do
  tries=$((tries + 1))
  [ "$tries" -lt 1200 ] || fail 'there is no disk with the label containerfs'
  $busybox usleep 50000
done
$busybox mount -t ext4 "$root" /mnt || fail "$root cannot be mounted"

$busybox mkdir -p /mnt/.tether /mnt/lib/modules /mnt/proc /mnt/sys /mnt/dev /mnt/run
$busybox mount -t tmpfs -o size=128m tether /mnt/.tether
$busybox cp -a /tether/. /lib/modules /mnt/.tether/
$busybox mount -o bind /mnt/.tether/modules /mnt/lib/modules
for folder in proc sys dev; do $busybox mount -o move "/$folder" "/mnt/$folder"; done
exec $busybox switch_root -c /dev/console /mnt /.tether/perl/loader --library-path /.tether/perl/lib \
  /.tether/perl/perl -I/.tether/perl/base /.tether/tether.pl
