#!/bin/bash
# The part of the official image's entry point that we rely on: a first start makes the cluster, the
# user and the database.
set -euo pipefail
if [[ ${1:-} == postgres && ! -s $PGDATA/PG_VERSION ]]; then
  password=${POSTGRES_PASSWORD:-$(<"${POSTGRES_PASSWORD_FILE:?set POSTGRES_PASSWORD_FILE}")}
  user=${POSTGRES_USER:-postgres}
  # shellcheck disable=SC2086
  initdb --username="$user" --pwfile=<(echo "$password") --auth-host=scram-sha-256 --auth-local=trust ${POSTGRES_INITDB_ARGS:-}
  {
    echo "listen_addresses = '*'"
    echo "unix_socket_directories = '/var/run/postgresql'"
  } >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
  [[ ${POSTGRES_DB:-$user} == postgres ]] || createdb --username="$user" "${POSTGRES_DB:-$user}"
  pg_ctl -D "$PGDATA" -w -m fast stop
fi
exec "$@"
