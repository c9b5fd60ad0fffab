#!/usr/bin/env bash
# Builds and runs every test through CTest: first those labelled unit or local under
# AddressSanitizer and UndefinedBehaviorSanitizer, then all of them. With --preset P: only that
# preset's tests. --no-containers leaves out those that need a container engine (as root, with
# minutes to spare). Other options go to CTest (-R name, -L unit, …).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

presets=(asan dev)
without=()
while [[ ${1:-} == --preset || ${1:-} == --no-containers ]]; do
  if [[ $1 == --no-containers ]]; then
    without=(-LE containers)
    say "Without the tests that need a container engine"
  else
    presets=("${2:?--preset needs a name}")
    shift
  fi
  shift
done

# Every server and token of a test lives below one folder of this run, which is removed at the end;
# what a test that was cut off left running is stopped first.
run=$(mktemp -d /tmp/signet-test-XXXXXX)
chmod 711 "$run"
export TMPDIR=$run
finish() {
  local stack
  for stack in "$run"/*/run; do
    [[ ! -d $stack ]] || "$ROOT/tools/dev/stack.sh" down "${stack%/run}" || true
  done
  rm -rf "$run"
}
trap finish EXIT

for preset in "${presets[@]}"; do
  export SIGNET_PRESET=$preset
  labels=()
  targets=(all)
  if [[ $preset != dev ]]; then
    labels=(-L '^(unit|local)$')
    targets=(sanitized_tests)
  fi
  "$ROOT/tools/dev/build.sh" "${targets[@]}"
  say "Testing ($preset)"
  ctest --test-dir "$ROOT/build/$preset" --output-on-failure --no-tests=error -j "$(nproc)" "${labels[@]}" "${without[@]}" "$@"
done
