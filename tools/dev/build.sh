#!/usr/bin/env bash
# build.sh [TARGET…]: configures the preset $SIGNET_PRESET (dev) where needed and builds it. Quiet unless it fails.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mkdir -p "$BUILD"
log=$BUILD/build.log
if [[ ! -e $BUILD/build.ninja ]]; then
  (cd "$ROOT" && cmake --preset "$PRESET") >"$log" 2>&1 || { cat "$log" >&2; die "cmake could not configure preset $PRESET"; }
fi
started=$SECONDS
if [[ -t 2 || -n ${CI:-} ]]; then say "Building ($PRESET) … the first time takes some minutes"; fi
if ! cmake --build "$BUILD" --target "${@:-all}" >"$log" 2>&1; then
  grep -E -A12 'error|FAILED|undefined' "$log" | head -n 80 >&2
  die "the build failed; all of its output is in $log"
fi
say "Built ($PRESET) in $((SECONDS - started)) s"
