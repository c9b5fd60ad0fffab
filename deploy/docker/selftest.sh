#!/bin/sh
# selftest.sh: does this installation do what it promises? A table of checks on stdout; exits with 1
# where one failed. It pays a few cents from alice to corner-coffee.
set -u

failed=0
output=/tmp/selftest.$$
row() { printf '%-6s  %s\n' "$1" "$2"; }

# check WHAT EXIT_CODE COMMAND…: it must end with that code.
check() {
  what=$1 wanted=$2
  shift 2
  "$@" >"$output" 2>&1
  code=$?
  if [ "$code" -eq "$wanted" ]; then
    row pass "$what"
  else
    row FAIL "$what (exit code $code, not $wanted)"
    sed 's/^/          /' "$output"
    failed=1
  fi
}

row result check
check "the gateway is ready" 0 signet --probe-ready gateway:9464
check "the crypto service is ready" 0 signet --probe-ready crypto:9464
check "the platform is ready" 0 signet --probe-ready platform:9464
check "the device's hardware module answers" 0 signet module
check "a payment is made" 0 signet --json pay 0.05 EUR --to corner-coffee
payment=$(sed -n 's/.*"paymentId" *: *"\([0-9a-f-]*\)".*/\1/p' "$output" | head -n 1)
check "the payment is known to the platform" 0 signet show "${payment:-none}"
check "its receipt verifies offline" 0 signet receipt verify "/var/lib/signet/terminal/receipts/${payment:-none}.json"
check "more money than there is, is declined" 3 signet pay 100000.00 EUR --to corner-coffee
check "an unknown payee is declined" 3 signet pay 0.05 EUR --to nobody-here
check "an amount of nothing is a usage error" 2 signet pay 0.00 EUR --to corner-coffee
check "nothing is left open" 0 signet resume
check "the platform's status" 0 signetctl status
check "the ledger is consistent" 0 signetctl ledger verify
rm -f "$output"
exit "$failed"
