#!/usr/bin/env bash
# token_backup.sh save TOKENS FILE | restore FILE TOKENS
# A software token's folder (NSS's softoken, SoftHSM) as one file, to be kept as safe as the keys in
# it: it holds them, encrypted under the PIN alone. Whoever uses the token must be stopped. Never
# for a device's token in use: its counter would go back; enroll a new device instead. A vendor's
# HSM has its own backup.
set -euo pipefail

die() {
  printf 'token_backup.sh: %s\n' "$*" >&2
  exit 1
}

in_use() { # FOLDER
  local link
  for link in /proc/[0-9]*/fd/*; do
    [[ $(readlink "$link" 2>/dev/null) != "$1"/* ]] || { echo "${link%/fd/*}"; return; }
  done
}

save() { # TOKENS FILE
  local tokens user
  tokens=$(realpath "$1")
  user=$(in_use "$tokens")
  [[ ! $user ]] || die "$tokens is used by process ${user#/proc/} ($(tr -d '\0' <"$user/comm")); stop it first"
  [[ -n $(ls -A "$tokens") ]] || die "$tokens is empty"
  [[ ! -e $2 ]] || die "$2 is there already"
  umask 077
  tar -C "$tokens" --numeric-owner -czf "$2.new" .
  tar -tzf "$2.new" >/dev/null
  sync "$2.new"
  mv "$2.new" "$2"
  sha256sum "$2"
}

restore() { # FILE TOKENS
  [[ ! -e $2 || -z $(ls -A "$2") ]] || die "$2 is not empty; move what is there away, never restore over it"
  umask 077
  mkdir -p "$2"
  tar -C "$2" --numeric-owner -xzpf "$1"
}

(($# == 3)) || die "usage: save TOKENS FILE | restore FILE TOKENS"
case $1 in
  save | restore) "$@" ;;
  *) die "usage: save TOKENS FILE | restore FILE TOKENS" ;;
esac
