# shellcheck shell=bash
# What every script of tools/dev shares. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PRESET=${SIGNET_PRESET:-dev}
BUILD=$ROOT/build/$PRESET
# The stack of `./dev up`: one for each checkout. Under /tmp because a Unix socket's path is limited
# to 107 bytes and because Postgres' own user, when we are root, must be able to reach its folder.
STACK=${SIGNET_STACK_DIR:-/tmp/signet-dev-$(cksum <<<"$ROOT" | cut -d' ' -f1)}
export ROOT PRESET BUILD STACK
as_root=()  # sudo, where it is needed
# Checkouts in different folders share what ccache keeps; it keeps nothing that uses precompiled
# headers unless told that no source asks for the time or relies on a macro's order of definition.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' GREEN='' RED='' YELLOW='' PLAIN=''
fi
export BOLD DIM GREEN RED YELLOW PLAIN

say() { printf '%s\n' "$*" >&2; }
# Shows the last line of what it reads: on a terminal as one line that moves, elsewhere every so
# many seconds.
show_progress() { # WHAT [SECONDS]
  local line='' latest='' shown=$SECONDS code
  while :; do
    code=0
    IFS= read -r -t 1 line || code=$?
    ((code == 0 || code > 128)) || break
    ((code != 0)) || latest=$line
    [[ $latest ]] || continue
    if [[ -t 2 ]]; then
      printf '\r\e[K%s: %s' "$1" "$latest" >&2
    elif ((SECONDS - shown >= ${2:-10})); then
      say "$1: $latest"
      shown=$SECONDS
    fi
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
}
# Runs a command while no package that it installs may start a service of its own: what Signet
# needs, it starts itself. As root, or with the words of "$as_root" before each command.
without_services() { # COMMAND…
  local policy=/usr/sbin/policy-rc.d code=0
  [[ ! -e $policy ]] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  "$@" || code=$?
  "${as_root[@]}" rm -f "$policy"
  return "$code"
}
die() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
  exit 1
}
