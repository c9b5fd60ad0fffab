#!/usr/bin/env bash
# postgres.sh up DIR | down DIR: a throwaway Postgres cluster in DIR, reachable only through its Unix socket in
# DIR/socket. Durability is on (fsync, full_page_writes, synchronous_commit): Signet refuses a server without.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_server() {
  local dir
  for dir in /usr/lib/postgresql/{17,16,15}/bin; do
    [[ -x $dir/initdb ]] && { echo "$dir"; return; }
  done
  die "no Postgres server found under /usr/lib/postgresql; install postgresql-15"
}

# Postgres refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
  else
    "$@"
  fi
}

up() {
  local dir=$1 server
  server=$(find_server)
  mkdir -p "$dir/socket"
  ((EUID != 0)) || chown -R postgres:postgres "$dir"
  chmod 700 "$dir/socket"
  if [[ ! -e $dir/data/PG_VERSION ]]; then
    (cd / && as_postgres "$server/initdb" -D "$dir/data" -U signet --auth=trust --encoding=UTF8 --locale=C --no-instructions) \
      >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; die "initdb failed in $dir"; }
    cat >>"$dir/data/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$dir/socket'
max_connections = 128
shared_buffers = 64MB
fsync = on
full_page_writes = on
synchronous_commit = on
EOF
  fi
  (cd / && as_postgres "$server/pg_ctl" -D "$dir/data" status >/dev/null 2>&1) && return
  (cd / && as_postgres "$server/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 -s start) ||
    { cat "$dir/data/server.log" >&2; die "Postgres did not start in $dir"; }
  as_postgres "$server/createdb" -h "$dir/socket" -U signet signet 2>/dev/null || true
}

down() {
  local dir=$1 server
  server=$(find_server)
  [[ -e $dir/data/postmaster.pid ]] || return 0
  (cd / && as_postgres "$server/pg_ctl" -D "$dir/data" -m fast -w -s stop)
}

[[ $# == 2 && ($1 == up || $1 == down) ]] || die "usage: postgres.sh up|down DIR"
mkdir -p "$2"
"$1" "$(cd "$2" && pwd)"
