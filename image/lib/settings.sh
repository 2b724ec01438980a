# shellcheck shell=bash disable=SC2006
# The settings of the image: defaults, and every fault of theirs, before anything is started.

readonly PORTMAP_PORT=111 NFSD_PORT=2049

# Faults are collected, so that one start shows them all; the first one's code ends the container.
fault_code=0
setting_fault() {
  local code=$1
  shift
  fault "$*"
  ((fault_code != 0)) || fault_code=$code
}

# An empty variable counts as one that is not set.
set_defaults() {
  EXPORT_FOLDER=${EXPORT_FOLDER:-/home/nfs}
  MOUNTD_PORT=${MOUNTD_PORT:-32767}
  LOCKD_PORT=${LOCKD_PORT:-32768}
  EXPORT_OPTS=${EXPORT_OPTS:-'*(rw,no_root_squash,no_subtree_check)'}
  NFS_BACKEND=${NFS_BACKEND:-auto}
  NFSD_THREADS=${NFSD_THREADS:-8}
  REQUIRE_MOUNT=${REQUIRE_MOUNT:-0}
  PARKED=${PARKED:-0}
  PARKED_DIRECTORIES=${PARKED_DIRECTORIES:-}
  EXPORT_UID=${EXPORT_UID:-}
  EXPORT_GID=${EXPORT_GID:-}
  EXPORT_MODE=${EXPORT_MODE:-}
  EXPORT_FSID=${EXPORT_FSID:-}
}

is_number() {
  local text=$1 low=$2 high=$3
  [[ $text =~ ^(0|[1-9][0-9]{0,9})$ ]] && ((text >= low && text <= high))
}

# Control characters would break lines of ours and of the programs that read them.
shown() { printf '%s' "$1" | tr '\000-\037\177' '?' | cut -c 1-200; }

# A client asks for the path that it was told, and a server knows the folder by its own.
link_in() {
  local folder
  folder=`readlink -m -- "$1"` || true
  [[ $folder == "$1" ]] || printf 'must not lead over a symbolic link, to "%s"' "`shown "$folder"`"
}

check_folder() {
  local folder=$EXPORT_FOLDER why=''
  while [[ $folder == *//* ]]; do folder=${folder//\/\//\/}; done
  [[ $folder == / ]] || folder=${folder%/}
  case $folder in
    *[[:cntrl:]]*) why='must not hold control characters' ;;
    *[\"\\]*) why='must not hold a double quote or a backslash' ;;
    [!/]*) why='must be an absolute path' ;;
    /) why='must not be the root folder' ;;
    */./* | */../* | */. | */..) why='must not have "." or ".." in it' ;;
    /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /run | /run/* | /etc | /usr | /bin | /sbin | /lib | /lib64 | /boot | /var)
      why='must not be a folder of the system'
      ;;
  esac
  [[ -n $why ]] || why=`link_in "$folder"`
  [[ -z $why ]] || setting_fault 10 "EXPORT_FOLDER $why, it is \"`shown "$EXPORT_FOLDER"`\""
  EXPORT_FOLDER=$folder
}

check_port() {
  local code=$1 name=$2 value=$3
  is_number "$value" 1 65535 && return
  setting_fault "$code" "$name must be a port number from 1 to 65535, it is \"`shown "$value"`\""
  return 1
}

check_ports() {
  local good=yes
  check_port 11 MOUNTD_PORT "$MOUNTD_PORT" || good=no
  check_port 12 LOCKD_PORT "$LOCKD_PORT" || good=no
  [[ $good == yes ]] || return 0
  local name port taken=" $PORTMAP_PORT $NFSD_PORT "
  for name in MOUNTD_PORT LOCKD_PORT; do
    port=${!name}
    [[ $taken != *" $port "* ]] ||
      setting_fault 13 "$name is $port, but 111, 2049, MOUNTD_PORT and LOCKD_PORT must all be different"
    taken+="$port "
  done
}

check_owner() {
  local name
  for name in EXPORT_UID EXPORT_GID; do
    [[ -z ${!name} ]] || is_number "${!name}" 0 4294967294 ||
      setting_fault 18 "$name must be a whole number from 0 to 4294967294, it is \"`shown "${!name}"`\""
  done
  [[ -z $EXPORT_MODE || $EXPORT_MODE =~ ^[0-7]{3,4}$ ]] ||
    setting_fault 18 "EXPORT_MODE must be an octal mode such as 0755, it is \"`shown "$EXPORT_MODE"`\""
}

check_switch() {
  local name=$1
  [[ ${!name} == [01] ]] || setting_fault 17 "$name must be 0 or 1, it is \"`shown "${!name}"`\""
}

# Directories of the share that are stores of their own; relative, with ":" between them.
check_parked_directories() {
  local why=''
  case /${PARKED_DIRECTORIES//:/\/:\/}/ in
    //) return ;;
    *[[:cntrl:]]*) why='must not hold control characters' ;;
    *[\"\\]*) why='must not hold a double quote or a backslash' ;;
    *//*) why='must be relative paths with ":" between them' ;;
    */./* | */../*) why='must not have "." or ".." in it' ;;
  esac
  [[ -z $why ]] || setting_fault 17 "PARKED_DIRECTORIES $why, it is \"`shown "$PARKED_DIRECTORIES"`\""
}

check_settings() {
  set_defaults
  check_folder
  check_ports
  check_export_options
  [[ $NFS_BACKEND =~ ^(auto|kernel|ganesha)$ ]] ||
    setting_fault 15 "NFS_BACKEND must be auto, kernel or ganesha, it is \"`shown "$NFS_BACKEND"`\""
  is_number "$NFSD_THREADS" 1 256 ||
    setting_fault 16 "NFSD_THREADS must be a whole number from 1 to 256, it is \"`shown "$NFSD_THREADS"`\""
  check_switch REQUIRE_MOUNT
  check_switch PARKED
  check_parked_directories
  check_owner
  [[ -z $EXPORT_FSID || $EXPORT_FSID =~ ^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$ ]] ||
    setting_fault 19 "EXPORT_FSID must be a UUID, it is \"`shown "$EXPORT_FSID"`\""
  ((fault_code == 0)) || exit "$fault_code"
}
