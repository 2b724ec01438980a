# shellcheck shell=bash disable=SC2006
# NFS-Ganesha, for kernels without nfsd: files on the file system itself (FSAL VFS), never its memory back end.

readonly CONFIG=/run/vicnfs/ganesha.conf GANESHA=ganesha.nfsd
# There when it has passed over something of its configuration, which does not end it.
readonly GANESHA_FAULT=/run/vicnfs/ganesha.fault
# There when it cannot open the folder, which waiting does not change.
readonly GANESHA_DENIED=/run/vicnfs/ganesha.denied
# Bits of capabilities(7).
readonly CAP_DAC_READ_SEARCH=2 CAP_SYS_ADMIN=21

has_capability() {
  local effective
  effective=`awk '/^CapEff:/ {print $2}' /proc/self/status`
  (((16#$effective >> $1) & 1))
}

has_ganesha() { command -v "$GANESHA" >/dev/null && has_capability "$CAP_DAC_READ_SEARCH"; }

access_block() {
  local list=$1 squash=root_squash
  [[ $PARKED == 0 ]] || list=`parked_options "$list"`
  if has_option "$list" all_squash; then
    squash=all_squash
  elif has_option "$list" no_root_squash; then
    squash=no_root_squash
  fi
  if has_option "$list" rw; then printf 'Access_Type = RW; '; else printf 'Access_Type = RO; '; fi
  printf 'Squash = %s; Anonymous_Uid = %s; Anonymous_Gid = %s; ' "$squash" \
    "`option_value "$list" anonuid 65534`" "`option_value "$list" anongid 65534`"
  # Behind the port mapping of a Docker Engine source ports are not the clients' own: only an explicit `secure` counts.
  if has_option "$list" secure; then printf 'PrivilegedPort = true;'; else printf 'PrivilegedPort = false;'; fi
}

# The kernel takes the most exact entry, Ganesha the first that fits: so the most exact ones go first.
exactness() {
  case $1 in
    '*') echo 0 ;;
    *[*?[@]*) echo 1 ;;
    */*) printf '1%02d' "`prefix_length "${1#*/}"`" ;;
    *) echo 200 ;;
  esac
}

prefix_length() {
  [[ $1 =~ ^[0-9]{1,2}$ ]] && printf '%d' "$1" && return
  local part bits=0
  for part in ${1//./ }; do
    while ((part > 0)); do ((bits += part & 1, part >>= 1)) || true; done
  done
  printf '%d' "$bits"
}

# A mask it takes for the path of a file.
ganesha_client() {
  case $1 in
    *.*/*.*) printf '%s/%s' "${1%/*}" "`prefix_length "${1#*/}"`" ;;
    *) printf '%s' "$1" ;;
  esac
}

client_blocks() {
  local i
  for i in "${!clients[@]}"; do
    printf '%s\t  CLIENT { Clients = %s; Protocols = 3; %s }\n' "`exactness "${clients[i]}"`" \
      "`ganesha_client "${clients[i]}"`" \
      "`access_block "${client_options[i]}"`"
  done | sort -srn -k 1,1 | cut -f 2-
  admits_itself || printf '  CLIENT { Clients = 127.0.0.1; Protocols = 3; Access_Type = RO; Squash = root_squash; }\n'
}

# A handle carries the export's number (1 to 65535), so another EXPORT_FSID makes handles of another kind.
export_number() {
  local digest=$1
  [[ -n $EXPORT_FSID || $PARKED == 1 ]] || { printf 1 && return; }
  printf '%d' "$((16#${digest:0:4} % 65534 + 2))"
}

# Measured (facts/nfs-server.md § 4): without Graceless, truncation waits 90 s; cached attributes showed old sizes.
write_ganesha_config() {
  local digest
  digest=`printf '%s' "$identity" | sha256sum`
  cat >"$CONFIG" <<END
NFS_CORE_PARAM {
  Protocols = 3; NFS_Port = $NFSD_PORT; MNT_Port = $MOUNTD_PORT; NLM_Port = $LOCKD_PORT;
  Enable_RQUOTA = false; fsid_device = false;
}
LOG { Default_Log_Level = WARN; }
NFSV4 { Graceless = true; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
  Export_Id = `export_number "$digest"`; Path = "$EXPORT_FOLDER"; Pseudo = "$EXPORT_FOLDER";
  Filesystem_Id = $((16#${digest:0:7})).$((16#${digest:7:7}));
  Access_Type = None; SecType = sys; Protocols = 3; Transports = TCP, UDP; Attr_Expiration_Time = 0;
`client_blocks`
  FSAL { Name = VFS; }
}
END
}

start_ganesha_server() {
  ! any_client_has async || warn 'NFS-Ganesha has no async: it is served as sync'
  mkdir -p /run/ganesha /var/lib/nfs/ganesha
  rm -f "$STATE/ganesha.pipe" "$GANESHA_FAULT" "$GANESHA_DENIED"
  mkfifo "$STATE/ganesha.pipe"
  write_ganesha_config
  repeat_ganesha <"$STATE/ganesha.pipe" 9>&- &
  # Its write verifier is the second of its start: a kill and a start within one second would look to a client like none,
  # and what was not committed would not be sent again (RFC 1813 § 3.3.7). Microseconds tell every start apart.
  local epoch=$((${EPOCHREALTIME/[.,]/} & 0xffffffff))
  launch ganesha "$GANESHA" -F -E "$epoch" -L STDERR -f "$CONFIG" -p /run/ganesha/ganesha.pid >"$STATE/ganesha.pipe" 2>&1
}

# Of some sixty lines at each start only those that mean something; it ends when Ganesha does.
repeat_ganesha() {
  trap '' TERM INT
  local line
  while read -r line; do
    case $line in
      *' :CONFIG :CRIT :'*) : >"$GANESHA_FAULT" ;;
      *' :EXPORT :CRIT :'*) : >"$GANESHA_DENIED" ;;
    esac
    case $line in
      *RADOS* | *' :DBUS :'* | *' :NFS CB :'* | *gssd_refresh_krb5* | *' :LOG :NULL :'* | *' :TIRPC :WARN :'*) ;;
      *' :WARN :'* | *' :MAJ :'* | *' :CRIT :'* | *' :FATAL :'*) printf 'nfs-ganesha: %s\n' "${line#*\] }" >&2 ;;
    esac
  done
}

ganesha_hint() {
  [[ $backend == kernel ]] || has_capability "$CAP_SYS_ADMIN" ||
    printf '; NFS-Ganesha may need the capability SYS_ADMIN here, beside DAC_READ_SEARCH'
}
