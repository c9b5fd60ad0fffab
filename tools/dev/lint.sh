#!/usr/bin/env bash
# Style is a check like any other: clang-format and shellcheck on everything, clang-tidy on
# everything that is shipped (on tests as well with --tests). --changed looks only at what differs
# from HEAD.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$ROOT"
files() { # PATTERN…
  if [[ ${ONLY_CHANGED:-} ]]; then
    { git diff --name-only --diff-filter=d HEAD -- "$@"; git ls-files -o --exclude-standard -- "$@"; } | sort -u
  else
    git ls-files -- "$@"
  fi
}
tidied=('*.cc' ':!tests/')
for option in "$@"; do
  case $option in
    --changed) ONLY_CHANGED=1 ;;
    --tests) tidied=('*.cc') ;;
    *) die "unknown option $option; it is --changed or --tests" ;;
  esac
done
failed=0

mapfile -t sources < <(files '*.cc' '*.h')
if ((${#sources[@]})); then
  clang-format --dry-run --Werror "${sources[@]}" || failed=1
fi

mapfile -t scripts < <(files dev '*.sh' .ci/run)
if ((${#scripts[@]})); then
  shellcheck -x -P SCRIPTDIR -S style "${scripts[@]}" || failed=1
fi

# clang-tidy needs the compile commands and the generated headers.
mapfile -t units < <(files "${tidied[@]}")
if ((${#units[@]})); then
  SIGNET_PRESET=dev "$ROOT/tools/dev/build.sh" --benchmarks generated_sources
  "$ROOT/tools/dev/tidy.py" build/dev "${units[@]}" || failed=1
fi

((failed == 0)) || die "lint found what is printed above; clang-format -i FILE mends the format"
say "lint: ${#sources[@]} sources, ${#scripts[@]} scripts, ${#units[@]} translation units, nothing found"
