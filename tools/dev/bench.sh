#!/usr/bin/env bash
# bench.sh [--quick | --smoke]: what Signet does on this machine, beside what its Postgres does.
# Prints a table and writes build/bench.json. Starts a stack of its own with the shipped defaults
# and removes it. tests/bench/README.md says what the figures mean. Ten minutes, or two with
# --quick, once it is built; it gives up after fifteen, or four. --smoke runs every phase and every
# micro-benchmark for an instant, in the preset dev: that they run, within a minute. What it
# measures is nobody's figure, and goes to build/bench-smoke.json.
# bench.sh --micro [OPTIONS]: the micro-benchmarks, with Google Benchmark's options.
mode=${1:-}
[[ $mode == --smoke ]] || SIGNET_PRESET=release
export SIGNET_PRESET=${SIGNET_PRESET:-dev}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

micro() { # OPTIONS…
  timeout --foreground 600 "$BUILD/bin/signet-micro-bench" "$@"
  say "The module's operations once more, in NSS's softoken:"
  SIGNET_TEST_MODULE=nss timeout --foreground 600 "$BUILD/bin/signet-micro-bench" "$@" --benchmark_filter=module/
}
if [[ $mode == --micro ]]; then
  "$ROOT/tools/dev/build.sh" --benchmarks signet-micro-bench
  micro "${@:2}"
  exit
fi
(($# <= 1)) || die "usage: ./dev bench [--quick | --smoke | --micro]"
build=(signet-bench shipped_programs) load=() report=$ROOT/build/bench.json
case $mode in
  '') accounts=100000 devices=10000 seconds=8 pgbench_seconds=5 pgbench_scale=50 rows=10000000 limit=900 ;;
  --quick) accounts=10000 devices=2500 seconds=3 pgbench_seconds=2 pgbench_scale=50 rows=200000 limit=240 ;;
  --smoke)
    accounts=200 devices=100 seconds=0.5 pgbench_seconds=1 pgbench_scale=1 rows=1500 limit=240
    load=(--connections 8 --overload-connections 24 --crypto-in-flight 8 --ledger-in-flight 32)
    build=(--benchmarks "${build[@]}" signet-micro-bench) report=$ROOT/build/bench-smoke.json
    ;;
  *) die "usage: ./dev bench [--quick | --smoke | --micro]" ;;
esac

"$ROOT/tools/dev/build.sh" "${build[@]}"
DIR=$(mktemp -d /tmp/signet-bench-XXXXXX)
chmod 711 "$DIR"
S=$DIR/stack
finish() {
  local code=$? pid
  for pid in $(jobs -p); do kill "$pid" 2>/dev/null || true; done
  "$ROOT/tools/dev/stack.sh" wipe "$S" || code=1
  rm -rf "$DIR"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Thousands of connections at a time.
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
started=$SECONDS
# Nothing runs on for ever: what is left of the limit is each step's.
bounded() {
  local left=$((limit - SECONDS + started))
  ((left > 0)) || die "this took longer than $limit s; is the machine busy?"
  timeout --foreground "$left" "$@"
}
step() { say "${DIM}$(printf '%4d s' $((SECONDS - started)))${PLAIN}  $*"; }

database() { # DATABASE PROGRAM OPTIONS…
  local name=$1 program=$2
  shift 2
  bounded "$program" -h "$S/postgres/socket" -U signet "$@" "$name"
}
sql() { database signet psql -X -q -v ON_ERROR_STOP=1 "$@"; }
bench() { # PHASES OPTIONS…
  bounded "$BUILD/bin/signet-bench" --stack "$S" --report "$report" --accounts "$accounts" --devices "$devices" \
    --seconds "$seconds" "${load[@]}" --pkcs11-module "${SIGNET_SERVER_PKCS11_MODULE:-libsoftokn3.so}" --phases "$@"
}

# The best of three numbers of clients, and what one client waits for a transaction.
pgbench_figures() {
  local clients tps best=0
  database pgbench createdb
  database pgbench pgbench -i -s "$pgbench_scale" -q >"$DIR/pgbench.log" 2>&1 || { cat "$DIR/pgbench.log" >&2; die "pgbench -i failed"; }
  database pgbench psql -X -q -c CHECKPOINT
  for clients in 8 32 64; do
    tps=$(database pgbench pgbench -M prepared -n -c "$clients" -j 2 -T "$pgbench_seconds" 2>/dev/null |
      sed -n 's/^tps = \([0-9.]*\).*/\1/p')
    best=$(printf '%s\n' "$best" "${tps:?pgbench printed no tps}" | sort -g | tail -n 1)
  done
  (cd "$DIR" && database pgbench pgbench -M prepared -n -c 1 -T "$pgbench_seconds" -l --log-prefix=latency >/dev/null 2>&1)
  local middle
  middle=$(cut -d' ' -f3 "$DIR"/latency.* | sort -n | awk '{us[NR] = $1} END {print us[int((NR + 1) / 2)] / 1000}')
  printf '{"pgbench_tps": %s, "pgbench_ms_p50": %s}\n' "$best" "$middle" >"$report"
}

fill() {
  local payments entries
  sql -v payments="$rows" -f "$ROOT/tests/bench/sql/fill_payments.sql" &
  payments=$!
  sql -v payments="$rows" -f "$ROOT/tests/bench/sql/fill_entries.sql" &
  entries=$!
  wait "$payments"
  wait "$entries"
  sql -v payments="$rows" -f "$ROOT/tests/bench/sql/fill_done.sql"
}

step "a stack of its own"
"$ROOT/tools/dev/stack.sh" up "$S"
mkdir -p "$(dirname "$report")"
step "pgbench: TPC-B, prepared, 8, 32 and 64 clients"
pgbench_figures
step "$accounts accounts, $devices devices enroll; then they pay"
bench accounts,enroll,payments,verify,half,verify,hot,verify,idle,crypto,verify,overload,verify
step "$devices devices enroll for the ledger; ledger, hot and cold"
bench ledger-devices,ledger,verify
step "every signature of every device is verified"
bounded "$S/signetctl" ledger verify >&2
step "$rows payments of the past"
fill
step "the ledger again"
bench growth --growth-rows "$rows"
if [[ $mode == --smoke ]]; then
  step "the single operations"
  micro --benchmark_min_time=0.001 >"$DIR/micro.log" 2>&1 || { cat "$DIR/micro.log" >&2; die "the micro-benchmarks failed"; }
fi
step "done"
bench table
say "The figures are in $report"
[[ $mode != --smoke ]] || say "${YELLOW}This was a smoke run: every phase ran, and none long enough for its figure to mean anything.${PLAIN}"
