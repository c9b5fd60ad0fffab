#!/usr/bin/env bash
# A whole Signet, shown: real payments on real parts, four attacks refused, the ledger checked,
# everything stopped.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$ROOT/tools/dev/build.sh" --programs demo_programs
DIR=$(mktemp -d /tmp/signet-demo-XXXXXX)
chmod 711 "$DIR"
S=$DIR/stack
finish() {
  local code=$?
  "$ROOT/tools/dev/stack.sh" wipe "$S" || code=1
  rm -rf "$DIR"
  if ((code == 0)); then
    printf '\n%sEvery step held, and everything is stopped and removed.%s\n' "$GREEN$BOLD" "$PLAIN"
  else
    printf '\n%sThe demo FAILED at the step above.%s\n' "$RED$BOLD" "$PLAIN"
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

title() { printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '  %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
held() { printf '  %s✓%s %s\n' "$GREEN" "$PLAIN" "$*"; }
# Shows a command as a user would type it, runs it, and shows what it says.
run() {
  local words='' word
  for word in "${@/#$S\//}"; do
    [[ $word != *' '* ]] || word="\"$word\""
    words+=" $word"
  done
  printf '  %s$%s%s\n' "$DIM" "$words" "$PLAIN"
  "$@" 2>&1 | sed 's/^/    /'
}
# What is booked on the account of a device, in minor units.
posted_minor() { # DEVICE
  "$S/$1" --json balance | sed -n 's/.*"posted":{[^}]*"amountMinor":"\([0-9-]*\)".*/\1/p'
}
# expect WANTED GOT WHAT
expect() {
  [[ $1 == "$2" ]] || { say "  expected $3 to be $1, found $2"; exit 1; }
  held "$3: $2"
}
attack() { # DEVICE ATTACK OPTIONS…
  "$BUILD/bin/signet-attacker" "$2" --device "$S/devices/$1" --gateway "$GATEWAY" --server-ca "$S/pki/ca.pem" "${@:3}" |
    sed "s/^/  $GREEN✓$PLAIN /"
}

cat <<EOF
${BOLD}Signet${PLAIN}: a payment is sealed by the device's hardware module, booked, and authenticated back.
${YELLOW}Development mode: throwaway keys, SoftHSM in place of the hardware, loopback only.${PLAIN}
EOF

title "1. What runs where"
# Alice is careful: her agent asks by pinentry, and she approves only the amount that she means to
# pay.
started=$EPOCHREALTIME
"$ROOT/tools/dev/stack.sh" up "$S" --pinentry "alice=$ROOT/tests/support/careful-person.sh"
# shellcheck source=/dev/null
source "$S/stack.env"
printf '  %-18s %s\n' Postgres "its own cluster, Unix socket only, fsync on" \
  signet-platform "$PLATFORM   the ledger; holds no message key" \
  signet-crypto "$CRYPTO   alone with the server's HSM" \
  signet-gateway "$GATEWAY   cannot decrypt; enrollment on $ENROLLMENT" \
  signet-agent "two: Alice's phone, the coffee shop's terminal; each alone with its module"
held "up, both devices enrolled, in $(awk "BEGIN{printf \"%.1f\", ${EPOCHREALTIME/,/.} - ${started/,/.}}") s"

title "2. The hardware module in Alice's phone"
run "$S/alice" module

title "3. A payment"
note "Alice means to pay 12.50 EUR; her agent's own prompt shows the verified payee and the amount."
echo '12.50 EUR' >"$S/devices/alice/means-to-pay"
run "$S/alice" pay 12.50 EUR --to corner-coffee --reference "two flat whites"
receipt=$(ls "$S/devices/alice/terminal/receipts/"*.json)
run "$S/alice" receipt verify "$receipt"
expect 8750 "$(posted_minor alice)" "Alice's balance in cents"
expect 1250 "$(posted_minor coffee)" "the coffee shop's balance in cents"

title "4. Attack: change a byte in flight"
note "A virus holds the sealed message and alters it, byte by byte, before it leaves the phone."
echo '1.00 EUR' >"$S/devices/alice/means-to-pay"
attack alice tamper --amount 1.00

title "5. Attack: replay"
note "It sends the captured messages again."
attack alice replay --amount 1.00

title "6. Attack: another device's channel"
note "It sends Alice's message from the coffee shop's terminal."
attack alice foreign-channel --other "$S/devices/coffee"

title "7. Attack: an app that swaps the amount"
note "The app shows Alice 1.00 EUR and asks the agent for 80.00; then it gives the module wrong authorizations."
attack alice swap-amount --amount 80.00
attack alice swap-authorization --amount 1.00

title "8. The ledger"
expect 8350 "$(posted_minor alice)" "Alice's balance in cents, after five honest payments"
run "$S/signetctl" ledger verify
run "$S/signetctl" status

title "What to try next"
cat <<EOF
  ./dev up                              the same stack, left running, with the commands to use it
  ./dev test                            every test
  docs/architecture.md                  who may know what, and what a break-in gains
EOF
