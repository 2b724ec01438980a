# shellcheck shell=bash disable=SC2006
# The kernel's own NFS server, started piece by piece: the init scripts of Debian end with success in any case.

readonly NFSD=/proc/fs/nfsd

# nfsd must be known to this kernel and its file system mountable here; only doing it proves it.
has_kernel_server() {
  grep -qw nfsd /proc/filesystems || modprobe -q nfsd 2>/dev/null || return 1
  grep -qw nfsd /proc/filesystems || return 1
  mountpoint -q "$NFSD" || mount -t nfsd nfsd "$NFSD" 2>/dev/null
}

# exports(5): every byte that is not plain is written as three octal digits.
exports_path() {
  local LC_ALL=C path=$1 byte i
  for ((i = 0; i < ${#path}; i++)); do
    byte=${path:i:1}
    case $byte in
      [A-Za-z0-9/._-]) printf '%s' "$byte" ;;
      *) printf '\\%03o' "'$byte" ;;
    esac
  done
}

kernel_options() {
  local list=$1
  [[ $PARKED == 0 ]] || list=`parked_options "$list"`
  has_option "$list" subtree_check || has_option "$list" no_subtree_check || list+=,no_subtree_check
  printf '%s,fsid=%s' "${list#,}" "$identity"
}

write_exports() {
  local path i
  path=`exports_path "$EXPORT_FOLDER"`
  {
    for i in "${!clients[@]}"; do
      printf '%s %s(%s)\n' "$path" "${clients[i]}" "`kernel_options "${client_options[i]}"`"
    done
    admits_itself || printf '%s 127.0.0.1(ro,insecure,no_subtree_check,fsid=%s)\n' "$path" "$identity"
  } >/etc/exports
}

# Debian's mountd drops the groups that a client sends (manage-gids), and with them shared access by group.
configure_kernel_server() {
  rm -f /etc/nfs.conf.d/*.conf
  printf '[mountd]\nmanage-gids=n\n' >/etc/nfs.conf
  modprobe -q lockd 2>/dev/null || true
  local name
  for name in nlm_tcpport nlm_udpport; do
    [[ ! -w /proc/sys/fs/nfs/$name ]] || printf '%s' "$LOCKD_PORT" >"/proc/sys/fs/nfs/$name" || true
  done
}

start_kernel_server() {
  ! any_client_has async || warn 'async: a write that was answered is lost when the server dies before it is on the volume'
  configure_kernel_server
  write_exports
  : >/var/lib/nfs/etab
  : >/var/lib/nfs/rmtab
  exportfs -ra >"$STATE/exportfs.log" 2>&1 || die 33 "exportfs refuses the export: `last_words "$STATE/exportfs.log"`"
  ! grep -q . "$STATE/exportfs.log" || warn "`last_words "$STATE/exportfs.log"`"
  grep -q . /var/lib/nfs/etab || die 33 'exportfs accepted nothing of EXPORT_OPTS'
  launch mountd rpc.mountd -F -p "$MOUNTD_PORT" -N 4 -V 3
  await_mountd
  # The NFSv4 grace time holds back locks of version 3, too.
  printf 10 >"$NFSD/nfsv4gracetime" 2>/dev/null || true
  rpc.nfsd -N 4 -V 3 -t -U -p "$NFSD_PORT" "$NFSD_THREADS" >"$STATE/nfsd.log" 2>&1 ||
    die 34 "the kernel's NFS server does not start: `last_words "$STATE/nfsd.log"`"
  threads || die 34 "the kernel's NFS server has no threads"
  launch nfsd watch_threads
}

# A client that comes back before mountd tells the kernel who may mount is denied at once, instead of waiting.
await_mountd() {
  local tries file
  for ((tries = 0; tries < 500; tries++)); do
    for file in "/proc/${pid_of[mountd]}/fd/"*; do
      [[ ! $file -ef /proc/net/rpc/nfsd.fh/channel ]] || return 0
    done
    ! ended_daemon || die 35 'rpc.mountd does not start, its own words are above'
    pause 0.02
  done
  die 35 'rpc.mountd does not listen to the kernel'
}

threads() {
  local count=0
  read -r count 2>/dev/null <"$NFSD/threads" || true
  ((count > 0))
}

# The kernel's threads are no children of ours; a read that waits is no process that could be left behind.
watch_threads() {
  trap - TERM INT
  exec 8<>"$STATE/clock"
  while threads; do read -rt 1 -u 8 || true; done
}

# Threads first: while they answer and nothing is exported, clients that wait for us would be denied for good. Then what
# the kernel remembers of the export, or the volume cannot be unmounted; all of it by bash itself, which is quick.
stop_kernel_server() {
  printf 0 2>/dev/null >"$NFSD/threads" || true
  local tries cache
  for ((tries = 0; tries < 500; tries++)); do
    threads || break
    pause 0.01
  done
  : >/var/lib/nfs/etab
  for cache in auth.unix.ip auth.unix.gid nfsd.fh nfsd.export; do
    printf '%s\n' "$((EPOCHSECONDS + 1))" 2>/dev/null >"/proc/net/rpc/$cache/flush" || true
  done
}
