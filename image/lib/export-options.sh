# shellcheck shell=bash disable=SC2006
# EXPORT_OPTS: one entry per client, read once and put down for either server.

# Clients in their order, and the options of each, comma-separated.
declare -a clients=() client_options=()

option_fault() {
  local option=$1 value=${1#*=}
  case $option in
    rw | ro | sync | async | secure | insecure | root_squash | no_root_squash | all_squash | no_all_squash) ;;
    subtree_check | no_subtree_check | wdelay | no_wdelay | hide | nohide | crossmnt | acl | no_acl) ;;
    secure_locks | insecure_locks | auth_nlm | no_auth_nlm | mountpoint | mp) ;;
    anonuid=* | anongid=*) is_number "$value" 0 4294967295 || printf '%s must be a whole number' "${option%%=*}" ;;
    sec=sys) ;;
    sec=*) printf 'sec=%s is not offered, a VCH has AUTH_SYS only' "$value" ;;
    fsid=*) printf 'fsid is set by EXPORT_FSID' ;;
    *) printf 'there is no option "%s"' "$option" ;;
  esac
}

# An address, a network, a name, a pattern of names, or a netgroup, as in exports(5). What only looks like one would be
# passed over by the server, which then serves nobody and seems well.
is_client() {
  local byte='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' class='\[[0-9A-Za-z_-]+\]'
  local address="$byte(\\.$byte){3}" bits='([12]?[0-9]|3[0-2])'
  local mask='(255\.)*(255|254|252|248|240|224|192|128|0)(\.0)*'
  case $1 in
    '*') ;;
    *:::*) return 1 ;;
    *::* | *:*:*:*:*:*:*) [[ $1 =~ ^[0-9A-Fa-f:]+(:$address)?(/([1-9]?[0-9]|1[01][0-9]|12[0-8]))?$ ]] ;;
    *[!0-9./]*) [[ $1 =~ ^(@[0-9A-Za-z_.-]+|($class|[*?0-9A-Za-z_])($class|[*?0-9A-Za-z_.-])*)$ ]] ;;
    */*.*) [[ $1 =~ ^$address/$address$ && $1 =~ /$mask$ ]] ;;
    *) [[ $1 =~ ^$address(/$bits)?$ ]] ;;
  esac
}

# The one that an option takes back: of two such in a list the later one counts.
opposite_of() {
  case $1 in
    rw) REPLY=ro ;;
    ro) REPLY=rw ;;
    sync) REPLY=async ;;
    async) REPLY=sync ;;
    secure) REPLY=insecure ;;
    insecure) REPLY=secure ;;
    no_*) REPLY=${1#no_} ;;
    *) REPLY=no_$1 ;;
  esac
}

check_entry() {
  local entry=$1 client list option wrong kept=,
  if [[ ! $entry =~ ^([^\(\)\"\\]+)(\(([^\(\)]*)\))?$ ]]; then
    setting_fault 14 "EXPORT_OPTS must be entries like *(rw,sync) without a blank inside, \"`shown "$entry"`\" is none"
    return
  fi
  client=${BASH_REMATCH[1]} list=${BASH_REMATCH[3]}
  if ! is_client "$client"; then
    setting_fault 14 "EXPORT_OPTS names \"`shown "$client"`\", which is no address, network or host name"
    return
  fi
  local -a options
  IFS=, read -ra options <<<"$list"
  for option in ${options[@]+"${options[@]}"}; do
    wrong=`option_fault "$option"`
    opposite_of "$option"
    kept=${kept//,$REPLY,/,}$option,
    [[ -z $wrong ]] || setting_fault 14 "EXPORT_OPTS of the client \"$client\": `shown "$wrong"`"
  done
  clients+=("$client")
  kept=${kept#,}
  client_options+=("${kept%,}")
}

check_export_options() {
  local entry
  local -a entries
  if [[ $EXPORT_OPTS == *[[:cntrl:]]* ]]; then
    setting_fault 14 'EXPORT_OPTS must not hold control characters'
    return
  fi
  read -ra entries <<<"$EXPORT_OPTS"
  for entry in ${entries[@]+"${entries[@]}"}; do check_entry "$entry"; done
  ((${#entries[@]} > 0)) || setting_fault 14 'EXPORT_OPTS names no client'
}

has_option() { [[ ,$1, == *,$2,* ]]; }

# The value of `name=value`, else the default.
option_value() {
  local list=,$1, name=$2 default=$3
  [[ $list =~ ,$name=([^,]*), ]] && printf '%s' "${BASH_REMATCH[1]}" || printf '%s' "$default"
}

# What a parked server grants, whatever was asked for: the VCH's MKDIR must be tried to find that the folders are there.
parked_options() {
  local ports=secure
  ! has_option "$1" insecure || ports=insecure
  printf 'rw,sync,all_squash,no_subtree_check,%s' "$ports"
}

any_client_has() {
  local list
  for list in "${client_options[@]}"; do has_option "$list" "$1" && return 0; done
  return 1
}

# The start is proven by a mount from inside, which needs an entry of its own where only others are let in.
admits_itself() {
  local client
  for client in "${clients[@]}"; do
    case $client in '*' | 127.0.0.1 | 127.0.0.1/* | 127.0.0.0/8 | localhost) return 0 ;; esac
  done
  return 1
}
