/** Size of the file whose checksum is compared. */
const DATA_BYTES = 16 * 1024 * 1024
const BLOCK_BYTES = 65_536
/** Lines that each container appends while the other one does the same. */
export const LINES = 50
/** How the script says that it waits for the other container while it has the volume. */
export const HOLDS = 'holds'

/**
 * Whether the two can meet is decided by the container's own table of mounts: where its folder is an NFS mount, it
 * stays until the other one has answered; elsewhere it ends, and is started again. Names are relative, since no other
 * name means the same on every engine (DESIGN § 7).
 *
 * Each look at a file opens it anew, which makes an NFS client ask the server for its attributes (close-to-open);
 * files that are waited for are made before the other one is told, so that no client remembers them as missing.
 */
const COMMON = `set -e
here=$(pwd)
meets=no
while read -r from at type options rest; do
  if [ "$at" = "$here" ]; then
    printf 'mount:%s %s %s\\n' "$type" "$options" "$from"
    case $type in nfs*) meets=yes ;; *) meets=no ;; esac
  fi
done < /proc/mounts
printf 'fs:%s\\n' "$(stat -f -c %T .)"
deadline=$(($(date +%s) + VICNFS_SECONDS))
doze() { sleep 0.1 2>/dev/null || sleep 1; }
until_last() {
  while [ "$(tail -n 1 "$1")" != "$2" ]; do
    if [ "$(date +%s)" -ge "$deadline" ]; then printf 'late:%s\\n' "$2"; exit 3; fi
    doze
  done
}
sum_of() { sum=$(sha256sum < "$1"); printf 'sum:%s\\n' "\${sum%% *}"; }
write_lines() {
  i=0
  while [ "$i" -lt ${LINES} ]; do
    i=$((i + 1))
    printf '%s %s\\n' "$1" "$i" >> "lines-$1"
    printf '%s %s\\n' "$1" "$i" >> both
  done
}
read_lines() {
  until_last "lines-$1" "$1 ${LINES}"
  printf 'lines:%s\\n' "$(grep -c "^$1 [0-9]*$" "lines-$1")"
}
`

/** Writes, and waits for B or ends; after B has written, reads that. */
export const SCRIPT_A = `${COMMON}
if [ ! -f from-a ]; then
  printf '%s\\n' "$VICNFS_TEXT" > from-a
  dd if=/dev/urandom of=data bs=${BLOCK_BYTES} count=${DATA_BYTES / BLOCK_BYTES} 2>/dev/null
  sum_of data
  : > lines-a
  : > both
  echo a1 >> turns
  if [ "$meets" = no ]; then exit 0; fi
  echo ${HOLDS}
  until_last turns b1
fi
printf 'read:%s\\n' "$(cat from-b)"
echo a2 >> turns
if [ "$meets" = yes ]; then
  write_lines a
  read_lines b
  until_last turns b2
  printf 'kept:%s\\n' "$(sort -u both | grep -c '^[ab] [0-9]*$')"
fi
printf 'turns:%s\\n' "$(tr '\\n' ' ' < turns)"
`

/** Reads what A has written and writes back; while A is there, too, goes on with it. */
export const SCRIPT_B = `${COMMON}
printf 'read:%s\\n' "$(cat from-a)"
sum_of data
rm data
printf '%s\\n' "$VICNFS_TEXT" > from-b
: > lines-b
echo b1 >> turns
if [ "$meets" = yes ]; then
  until_last turns a2
  write_lines b
  read_lines a
  echo b2 >> turns
fi
`

export const SCRIPT_NON_ROOT = 'printf "%s\\n" "$VICNFS_TEXT" > from-non-root\n'
