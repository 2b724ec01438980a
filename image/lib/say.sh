# shellcheck shell=bash disable=SC2006
# What the container says. Narration goes to stdout, faults and warnings to stderr.

say() { printf 'nfs-server: %s\n' "$*"; }
warn() { printf 'nfs-server: warning: %s\n' "$*" >&2; }
fault() { printf 'nfs-server: error: %s\n' "$*" >&2; }

# The exit code says what is wrong, the one line says it in words.
die() {
  local code=$1
  shift
  fault "$*"
  exit "$code"
}

# The last line of a program's own words, for the end of ours.
last_words() { tail -n 1 "$1" 2>/dev/null | tr -d '\r' | cut -c 1-300; }
