#!/usr/bin/env bash
# postgres_backup.sh base BACKUPS | restore BASE ARCHIVE DATA [TIME] | list BACKUPS
# base     takes a base backup of the running server (libpq's environment says which: PGHOST,
#          PGUSER, …; the user needs REPLICATION)
#          into BACKUPS/<UTC time>, verified; prints its folder.
# restore  lays a base backup out as DATA, an empty folder, so that the server that starts on it
#          replays the archive of WAL to its end, or to TIME ("2026-11-27 10:15:00+00"), and opens
#          for writing there. The backup is not changed.
# list     the folders of the base backups, oldest first.
set -euo pipefail

die() {
  printf 'postgres_backup.sh: %s\n' "$*" >&2
  exit 1
}
server() { # PROGRAM
  local dir
  command -v "$1" && return
  for dir in /usr/lib/postgresql/{17,16,15}/bin; do [[ ! -x $dir/$1 ]] || { echo "$dir/$1"; return; }; done
  die "there is no $1; install Postgres 15 or later"
}

base() { # BACKUPS
  local folder
  folder=$1/$(date -u +%Y%m%dT%H%M%SZ)
  [[ ! -e $folder ]] || die "$folder is there already"
  umask 077
  mkdir -p "$1"
  "$(server pg_basebackup)" --pgdata "$folder.new" --format plain --wal-method fetch --checkpoint fast --manifest-checksums SHA256 --no-password
  "$(server pg_verifybackup)" --quiet "$folder.new" || die "$folder.new does not verify"
  sync -f "$folder.new"
  mv "$folder.new" "$folder"
  echo "$folder"
}

restore() { # BASE ARCHIVE DATA [TIME]
  local base=$1 archive data=$3 time=${4:-}
  archive=$(realpath "$2")
  [[ -e $base/backup_manifest ]] || die "$base is no base backup; give one that \`base\` printed"
  [[ ! -e $data || -z $(ls -A "$data") ]] || die "$data is not empty; move what is there away, never restore over it"
  "$(server pg_verifybackup)" --quiet --no-parse-wal "$base" || die "$base is damaged"
  umask 077
  mkdir -p "$data"
  cp -a "$base/." "$data/"
  chmod 700 "$data"
  {
    echo "restore_command = 'cp \"$archive/%f\" \"%p\"'"
    echo "recovery_target_action = 'promote'"
    # Its own history from here on must not mix with the old one's.
    echo "archive_mode = off"
    [[ ! $time ]] || printf "recovery_target_time = '%s'\n" "$time"
  } >>"$data/postgresql.auto.conf"
  touch "$data/recovery.signal"
  echo "start a server on $data; it is restored once pg_is_in_recovery() is false. Then: signetctl ledger verify"
}

# Called as plain commands: where the shell asks how one ended, `set -e` does not hold inside it.
case "${1:-} $#" in
  "base 2") base "$2" ;;
  "restore 4" | "restore 5") restore "${@:2}" ;;
  "list 2") find "$2" -mindepth 2 -maxdepth 2 -name backup_manifest ! -path '*.new/*' -printf '%h\n' | sort ;;
  *) die "usage: base BACKUPS | restore BASE ARCHIVE DATA [TIME] | list BACKUPS" ;;
esac
