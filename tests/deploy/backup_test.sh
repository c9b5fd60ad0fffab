#!/usr/bin/env bash
# backup_test.sh: the drill. A stack pays; a base backup and the archive of WAL bring its ledger
# back to its end, and to a moment before a payment, each verified; what the server's token held is
# lost and brought back.
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/dev/common.sh"

BACKUP=$ROOT/deploy/backup
DIR=$(mktemp -d "${TMPDIR:-/tmp}/signet-backup-XXXXXX")
S=$DIR/stack
finish() {
  local code=$?
  "$ROOT/tools/dev/stack.sh" wipe "$S" || code=1
  rm -rf "$DIR"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

sql() { psql -h "$S/postgres/socket" -U signet -d signet -qAtX -v ON_ERROR_STOP=1 -c "$1"; }
payments() { sql 'SELECT count(*) FROM payment WHERE state = 2'; }
pay() { "$S/alice" --quiet pay "$1" EUR --to corner-coffee >/dev/null; }
as_postgres() {
  if ((EUID == 0)); then (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); else "$@"; fi
}
postgres() { "$ROOT/tools/dev/postgres.sh" "$1" "$S/postgres"; }
expect() { [[ $2 == "$3" ]] || die "$1: $2, not $3"; }

# The stack goes on on another data folder.
run_on() { # DATA
  postgres down
  mv "$S/postgres/data" "$S/postgres/data.$((++moved))"
  mv "$1" "$S/postgres/data"
  postgres up
  local tick tries=0
  exec {tick}<> <(:)
  until [[ $(sql 'SELECT pg_is_in_recovery()' 2>/dev/null) == f ]]; do
    ((++tries < 300)) || die "the restored server does not end its recovery"
    read -rt 0.1 -u "$tick" || true
  done
  exec {tick}>&-
}
verify() { # HOW_MANY
  expect "payments in the ledger" "$(payments)" "$1"
  "$S/signetctl" --quiet ledger verify >/dev/null || die "the restored ledger is not consistent"
}
moved=0

chmod 711 "$DIR"
say "A stack whose WAL is archived"
"$ROOT/tools/dev/stack.sh" up "$S"
mkdir "$DIR/archive" "$DIR/backups"
((EUID != 0)) || chown postgres:postgres "$DIR/archive" "$DIR/backups" "$S/postgres"
cp "$BACKUP"/*.sh "$DIR"
chmod 755 "$DIR"/*.sh
sql "ALTER SYSTEM SET archive_mode = on"
sql "ALTER SYSTEM SET archive_timeout = '60s'"
sql "ALTER SYSTEM SET archive_command = '$DIR/archive_wal.sh $DIR/archive %p %f'"
postgres down
postgres up

say "Two payments, a base backup, a third payment, a moment, a fourth payment"
pay 1.00
pay 2.00
base=$(PGHOST=$S/postgres/socket PGUSER=signet as_postgres "$DIR/postgres_backup.sh" base "$DIR/backups")
pay 3.00
before=$(sql 'SELECT clock_timestamp()')
pay 4.00
expect "payments" "$(payments)" 4
# What is archived is what has been switched away from; a lost disk loses what was not.
segment=$(sql 'SELECT pg_walfile_name(pg_switch_wal())')
timeout 60 bash -c "until [[ -e '$DIR/archive/$segment' ]]; do sleep 0.1; done" || die "the WAL is not archived"
code=0
usage=$("$BACKUP/archive_wal.sh" 2>&1) || code=$?
expect "archive_wal.sh without arguments" "$code ${usage%%:*}" "2 usage"
! as_postgres "$DIR/archive_wal.sh" "$DIR/archive" "$BACKUP/archive_wal.sh" "$segment" 2>/dev/null || die "the archive lets a segment be replaced"

say "All of it is restored"
as_postgres "$DIR/postgres_backup.sh" restore "$base" "$DIR/archive" "$DIR/backups/all" >/dev/null
! as_postgres "$DIR/postgres_backup.sh" restore "$base" "$DIR/archive" "$DIR/backups/all" 2>/dev/null || die "restores over what is there"
run_on "$DIR/backups/all"
verify 4
pay 1.00
verify 5

say "The moment before the fourth payment is restored"
as_postgres "$DIR/postgres_backup.sh" restore "$base" "$DIR/archive" "$DIR/backups/earlier" "$before" >/dev/null
run_on "$DIR/backups/earlier"
verify 3
pay 1.00
verify 4

say "A damaged backup is told"
as_postgres cp -a "$base" "$DIR/backups/damaged"
printf x | as_postgres dd of="$DIR/backups/damaged/PG_VERSION" conv=notrunc status=none
! as_postgres "$DIR/postgres_backup.sh" restore "$DIR/backups/damaged" "$DIR/archive" "$DIR/backups/none" 2>/dev/null || die "a damaged backup is restored"

say "A copy that fails is told, whichever step fails"
mkdir "$DIR/broken"
chmod 755 "$DIR/broken"
for program in cp mv sync; do
  printf '#!/bin/sh\nexit 1\n' >"$DIR/broken/$program"
  chmod 755 "$DIR/broken/$program"
done
! as_postgres env PATH="$DIR/broken:$PATH" "$DIR/postgres_backup.sh" restore "$base" "$DIR/archive" "$DIR/backups/uncopied" 2>/dev/null ||
  die "a restore whose copy failed ends well"
for program in sync mv; do
  ! PGHOST=$S/postgres/socket PGUSER=signet as_postgres env PATH="$DIR/broken:$PATH" "$DIR/postgres_backup.sh" base "$DIR/backups/no-$program" >/dev/null 2>&1 ||
    die "a base backup whose $program failed ends well"
  expect "base backups" "$(as_postgres "$DIR/postgres_backup.sh" list "$DIR/backups/no-$program")" ""
  rm "$DIR/broken/$program"
done
expect "the first base backup" "$(as_postgres "$DIR/postgres_backup.sh" list "$DIR/backups" | sed -n 1p)" "$base"

say "The server's token is lost and brought back"
! "$BACKUP/token_backup.sh" save "$S/hsm/tokens" "$DIR/token.tar.gz" 2>/dev/null || die "a token in use is saved"
pid=$(<"$S/run/crypto.pid")
kill "$pid"
timeout 30 tail --pid="$pid" -f /dev/null
"$BACKUP/token_backup.sh" save "$S/hsm/tokens" "$DIR/token.tar.gz" >/dev/null
rm -rf "$S/hsm/tokens"
"$BACKUP/token_backup.sh" restore "$DIR/token.tar.gz" "$S/hsm/tokens"
"$ROOT/tools/dev/stack.sh" up "$S"
pay 1.00
verify 5
say "the drill is done"
