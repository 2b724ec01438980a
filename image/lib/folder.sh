# shellcheck shell=bash disable=SC2006
# The exported folder: is it the volume that was promised, whose is it, and by what name do clients know it for good.

readonly STATE=/run/vicnfs

mount_point_of() { stat -c %m -- "$1"; }
file_system_of() { stat -f -c %T -- "$1"; }
is_empty() { [[ -z `find "$1" -mindepth 1 -maxdepth 1 -print -quit` ]]; }

make_folder() {
  [[ ! -e $EXPORT_FOLDER || -d $EXPORT_FOLDER ]] || die 21 "EXPORT_FOLDER $EXPORT_FOLDER is no folder"
  [[ -d $EXPORT_FOLDER ]] || mkdir -p -- "$EXPORT_FOLDER" || die 21 "the folder $EXPORT_FOLDER cannot be made"
}

is_own_memory() { [[ `findmnt -n -o SOURCE -M "$EXPORT_FOLDER"` == vicnfs-scratch ]]; }
is_memory() { [[ `file_system_of "$EXPORT_FOLDER"` =~ ^(tmpfs|ramfs)$ ]]; }
is_mounted() { [[ `mount_point_of "$EXPORT_FOLDER"` != / ]] && ! is_own_memory; }

demand_volume() {
  if [[ $PARKED == 1 ]]; then
    ! is_mounted || die 23 "a parked server must not have the volume, but one is mounted at $EXPORT_FOLDER"
  elif [[ $REQUIRE_MOUNT == 1 ]]; then
    is_mounted || die 20 "no volume is mounted at $EXPORT_FOLDER, and REQUIRE_MOUNT=1 demands one"
    ! is_memory || die 20 "only memory is mounted at $EXPORT_FOLDER, and REQUIRE_MOUNT=1 demands a volume"
  fi
}

# Memory instead of the folder; it has lasting file handles as long as the container runs.
mount_memory() { mount -t tmpfs -o "$1" vicnfs-scratch "$EXPORT_FOLDER" 2>"$STATE/mount.log"; }

# A file system of layers has no lasting file handles.
leave_layers() {
  [[ `file_system_of "$EXPORT_FOLDER"` == overlayfs ]] || return 0
  # What was promised to last is not replaced by memory.
  [[ $REQUIRE_MOUNT == 0 || $PARKED == 1 ]] ||
    die 22 "the volume at $EXPORT_FOLDER lies on an overlay file system, which cannot be exported"
  is_empty "$EXPORT_FOLDER" ||
    die 22 "$EXPORT_FOLDER lies on an overlay file system, which cannot be exported, and it is not empty"
  mount_memory mode=0755 ||
    die 22 "$EXPORT_FOLDER lies on an overlay file system, which cannot be exported: mount a volume there, or add the capability SYS_ADMIN for scratch space in memory"
  warn "$EXPORT_FOLDER is scratch space in memory: its files go when this container stops"
}

set_owner() {
  [[ -z $EXPORT_UID ]] || chown -- "$EXPORT_UID" "$EXPORT_FOLDER" || die 21 "the owner of $EXPORT_FOLDER cannot be set"
  [[ -z $EXPORT_GID ]] || chgrp -- "$EXPORT_GID" "$EXPORT_FOLDER" || die 21 "the group of $EXPORT_FOLDER cannot be set"
  [[ -z $EXPORT_MODE ]] || chmod -- "$EXPORT_MODE" "$EXPORT_FOLDER" || die 21 "the mode of $EXPORT_FOLDER cannot be set"
}

# Everybody passes and nobody makes anything in the two folders of a store.
furnish_store() {
  local store=$1
  mkdir -p -- "$store/volumes" "$store/volumes_metadata"
  chmod 0555 -- "$store/volumes" "$store/volumes_metadata"
  chown 0:0 -- "$store" "$store/volumes" "$store/volumes_metadata"
  chmod 1777 -- "$store"
}

# The VCH finds the two folders of a store and boots; whatever it then wants to make is refused. New memory at every
# start, and little of it: what clients may have left in the open root is gone, and nothing of ours is deleted.
furnish_parked() {
  local directories directory
  IFS=: read -r -a directories <<<"$PARKED_DIRECTORIES"
  ! is_own_memory || umount "$EXPORT_FOLDER" || die 22 "the folder $EXPORT_FOLDER of the parked server is in use"
  if ! mount_memory "mode=1777,size=1m,nr_inodes=$((64 + 16 * ${#directories[@]}))"; then
    is_empty "$EXPORT_FOLDER" || die 22 "a parked server needs an empty folder, and $EXPORT_FOLDER is not empty"
    leave_layers
  fi
  furnish_store "$EXPORT_FOLDER"
  for directory in "${directories[@]}"; do furnish_store "$EXPORT_FOLDER/$directory"; done
}

as_uuid() { sha256sum | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/'; }

# What clients hold file handles by: it must outlive restarts, new containers and other device numbers.
find_identity() {
  local source kind uuid
  source=`findmnt -n -o SOURCE -T "$EXPORT_FOLDER" 2>/dev/null || true`
  kind=`file_system_of "$EXPORT_FOLDER"`
  uuid=`blkid -p -o value -s UUID -- "${source%%[[]*}" 2>/dev/null || true`
  if [[ ${#uuid} != 36 ]]; then
    uuid=''
    # These make the number that statfs shows from the file system's UUID; others from the number of the device.
    [[ ! $kind =~ ^(ext2/ext3|btrfs)$ ]] || uuid=`stat -f -c %i -- "$EXPORT_FOLDER" | as_uuid`
  fi
  identity_from="of the file system ($kind)"
  if [[ $PARKED == 1 ]]; then
    identity=`cat /proc/sys/kernel/random/uuid` identity_from='new, since parked'
  elif [[ -n $EXPORT_FSID ]]; then
    identity=${EXPORT_FSID,,} identity_from='EXPORT_FSID'
  elif [[ -n $uuid ]]; then
    identity=$uuid
  else
    identity=`printf '%s' "vicnfs $EXPORT_FOLDER" | as_uuid` identity_from="of the folder's name"
  fi
  [[ -n $uuid || $PARKED == 1 ]] || is_own_memory || warn_of_identity "$kind"
}

# Measured with XFS: the handles of NFS-Ganesha have the number of the device in them, whatever EXPORT_FSID says.
warn_of_identity() {
  if [[ $backend == ganesha ]]; then
    warn "the file system ($1) has no UUID that can be read here: file handles are stale once its device has another number"
  elif [[ -z $EXPORT_FSID ]]; then
    warn "the file system ($1) has no UUID that can be read here; set EXPORT_FSID to one of your own"
  fi
}

find_folder() {
  make_folder
  demand_volume
}

prepare_folder() {
  if [[ $PARKED == 1 ]]; then
    furnish_parked
  else
    leave_layers
    set_owner
  fi
  ! any_client_has rw || [[ -w $EXPORT_FOLDER ]] ||
    die 21 "$EXPORT_FOLDER is mounted read-only, but EXPORT_OPTS says rw"
  find_identity
  printf '%s' "$EXPORT_FOLDER" >"$STATE/export-folder"
}
