#!/usr/bin/env bash
# configuration.sh [--check]: writes docs/configuration.md from what the programs say of their
# options; with --check only tells whether it is as they say.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

BIN=${SIGNET_BIN_DIR:-$BUILD/bin}
page() {
  cat <<'END'
# Configuration

Made from the code by `tools/dev/configuration.sh`; do not edit.

Every option is a flag, an environment variable and a key of the TOML file given with `--config`
(`SIGNET_CONFIG`). Flags win over the environment, the environment over the file. Unknown keys are
refused; a key at the top of the file may be an option of the program or of the command that runs, a
table `[run]` holds the options of that command alone. Secrets are never options: an option names
the file that holds one. `--check-config`, of the services and the agent and of each of their
commands, says what is wrong with options and files without starting anything.

END
  local program
  for program in signet-gateway signet-crypto signet-platform signet-agent signet signetctl; do
    env -i PATH="$PATH" "$BIN/$program" --describe-options
  done
}

case ${1:-} in
  --check)
    page | sed -e '$d' | diff -u "$ROOT/docs/configuration.md" - >&2 ||
      die "docs/configuration.md is not what the programs say; run tools/dev/configuration.sh"
    ;;
  '') page | sed -e '$d' >"$ROOT/docs/configuration.md" ;;
  *) die "unknown option $1; it is --check" ;;
esac
