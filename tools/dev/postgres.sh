#!/usr/bin/env bash
# postgres.sh up DIR | down DIR | run DIR | follow DIR PRIMARY: a throwaway Postgres cluster in DIR,
# reachable only through its Unix socket in DIR/socket. Durability is on (fsync, full_page_writes,
# synchronous_commit): Signet refuses a server without. `run` becomes the server itself, logging to
# stderr, and ends with the thread that started it: for tests. `follow` makes a standby of the
# running cluster in PRIMARY, to be started by `run` or `up`.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_server() {
  local dir
  for dir in /usr/lib/postgresql/{17,16,15}/bin; do
    [[ -x $dir/initdb ]] && { echo "$dir"; return; }
  done
  die "no Postgres server found under /usr/lib/postgresql; install postgresql-15"
}

# Postgres refuses to run as root.
identity=()
((EUID != 0)) || identity=(setpriv --reuid=postgres --regid=postgres --clear-groups)
as_postgres() {
  "${identity[@]}" "$@"
}

init() {
  local dir=$1 server=$2
  mkdir -p "$dir/socket"
  ((EUID != 0)) || chown -R postgres:postgres "$dir"
  chmod 700 "$dir/socket"
  [[ ! -e $dir/data/PG_VERSION ]] || return 0
  (cd / && as_postgres "$server/initdb" -D "$dir/data" -U signet --auth=trust --encoding=UTF8 --locale=C --no-instructions \
    --no-sync) >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; die "initdb failed in $dir"; }
  cat >>"$dir/data/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$dir/socket'
max_connections = 128
shared_buffers = 64MB
fsync = on
full_page_writes = on
synchronous_commit = on
EOF
}

up() {
  local dir=$1 server
  server=$(find_server)
  init "$dir" "$server"
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

run() {
  local dir=$1 server
  server=$(find_server)
  init "$dir" "$server"
  cd /
  exec setpriv --pdeathsig=QUIT "${identity[@]:1}" "$server/postgres" -D "$dir/data"
}

follow() {
  local dir=$1 primary=$2 server
  server=$(find_server)
  mkdir -p "$dir/socket"
  ((EUID != 0)) || chown -R postgres:postgres "$dir"
  chmod 700 "$dir/socket"
  (cd / && as_postgres "$server/pg_basebackup" -D "$dir/data" -d "host=$primary/socket user=signet application_name=standby" \
    -R -X stream -c fast --no-sync)
  echo "unix_socket_directories = '$dir/socket'" >>"$dir/data/postgresql.conf"
}

if [[ $# == 3 && $1 == follow ]]; then
  mkdir -p "$2"
  follow "$(cd "$2" && pwd)" "$3"
  exit
fi
[[ $# == 2 && ($1 == up || $1 == down || $1 == run) ]] || die "usage: postgres.sh up|down|run DIR | follow DIR PRIMARY"
mkdir -p "$2"
"$1" "$(cd "$2" && pwd)"
