#!/usr/bin/env bash
# Stops the stack of this checkout and removes all of it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[[ -d $STACK ]] || { say "No stack of this checkout is there."; exit 0; }
"$ROOT/tools/dev/stack.sh" wipe "$STACK"
say "Stopped and removed $STACK"
