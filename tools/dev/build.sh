#!/usr/bin/env bash
# build.sh [--programs | --benchmarks] [TARGET…]: configures the preset $SIGNET_PRESET (dev) where
# needed and builds the targets. --programs configures no tests, so that nothing of theirs need be
# installed, --benchmarks the micro-benchmarks as well. Says how far it is; prints the compiler's
# output only when it fails. What was built when it is interrupted stays built.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

options=(SIGNET_BUILD_TESTS)
case ${1:-} in
  --programs) options=() ;;
  --benchmarks) options+=(SIGNET_BUILD_BENCHMARKS) ;;
esac
[[ ${1:-} != --* ]] || shift
trap 'say "Interrupted; the same command goes on from there."; exit 130' INT TERM

is_on() { # OPTION
  grep -q "^$1:BOOL=ON$" "$BUILD/CMakeCache.txt" 2>/dev/null
}
mkdir -p "$BUILD"
log=$BUILD/build.log
started=$SECONDS
settings=()
# What is on stays on. What is off is switched on in the same folder: what is built already fits.
[[ -e $BUILD/build.ninja ]] || settings=(-DSIGNET_BUILD_TESTS=OFF)
for option in "${options[@]}"; do
  if [[ ! -e $BUILD/build.ninja ]] || ! is_on "$option"; then settings+=("-D$option=ON"); fi
done
if ((${#settings[@]})); then
  [[ ! -t 2 ]] || say "Configuring ($PRESET) …"
  (cd "$ROOT" && cmake --preset "$PRESET" "${settings[@]}") >"$log" 2>&1 ||
    { cat "$log" >&2; die "cmake could not configure preset $PRESET"; }
fi
if ! NINJA_STATUS='[%f/%t] ' cmake --build "$BUILD" --target "${@:-all}" 2>&1 | tee "$log" |
  sed -un 's|^\[\([0-9]*\)/\([0-9]*\)\].*|step \1 of \2|p' | show_progress "Building ($PRESET)"; then
  grep -E -A12 'error|FAILED|undefined' "$log" | head -n 80 >&2
  die "the build failed; all of its output is in $log"
fi
say "Built ($PRESET) in $((SECONDS - started)) s"
