#!/usr/bin/env bash
# Starts the stack of this checkout and leaves it running.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$ROOT/tools/dev/build.sh" --programs shipped_programs
[[ ! -e $STACK/stack.env || ! -e $STACK/run/gateway.pid ]] || die "a stack is running in $STACK; stop it with ./dev down"
"$ROOT/tools/dev/stack.sh" up "$STACK"
# shellcheck source=/dev/null
source "$STACK/stack.env"
cat <<EOF
${YELLOW}DEVELOPMENT STACK: its keys are throwaway, its module is SoftHSM, it listens on loopback only.${PLAIN}

${BOLD}Try next${PLAIN}
  $STACK/alice pay 12.50 EUR --to corner-coffee
  $STACK/alice balance
  $STACK/coffee balance
  $STACK/alice module
  $STACK/signetctl device list
  $STACK/signetctl ledger verify
  curl -s http://$GATEWAY_ADMIN/metrics

Gateway $GATEWAY (enrollment $ENROLLMENT), crypto $CRYPTO, platform $PLATFORM; logs in $STACK/log.
./dev down stops and removes all of it.
EOF
