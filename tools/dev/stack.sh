#!/usr/bin/env bash
# stack.sh up DIR [--pinentry DEVICE=PROGRAM] | down DIR | wipe DIR
# A whole Signet on loopback, in DIR: Postgres, a server token, a PKI, the three services, and two devices
# (alice, who pays; coffee, the corner coffee shop), each with a token, an agent and a terminal. Keys are throwaway.
# After `up`, DIR/alice, DIR/coffee and DIR/signetctl are commands, and DIR/stack.env holds every address.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

BIN=${SIGNET_BIN_DIR:-$BUILD/bin}
# Hardware modules in software: SoftHSM for the devices, NSS's softoken for the server, which has thousands of devices' keys to derive.
MODULE=${SIGNET_PKCS11_MODULE:-/usr/lib/softhsm/libsofthsm2.so}
SERVER_MODULE=${SIGNET_SERVER_PKCS11_MODULE:-libsoftokn3.so}
declare -A PINENTRY=()

# One step of the start: its output is kept, and shown only when it fails.
step() {
  local what=$1
  shift
  "$@" >"$DIR/log/step.log" 2>&1 || { cat "$DIR/log/step.log" >&2; die "could not $what"; }
}

make_token_folder() { # PATH
  mkdir -p "$1/tokens"
  chmod 700 "$1"
  printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n' \
    "$1/tokens" >"$1/softhsm2.conf"
}

make_pin() { # FILE
  (umask 077 && od -An -N4 -tu4 /dev/urandom | tr -d ' \n' | cut -c1-8 >"$1")
}

is_running() { # NAME
  local pid
  pid=$(cat "$DIR/run/$1.pid" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == signet-* ]]
}

# Where a program listens: any free port at first, the same one when it is started again.
address() { # NAME KEY
  [[ ! -e $DIR/run/$1.ready ]] || cp "$DIR/run/$1.ready" "$DIR/run/$1.addresses"
  local before
  before=$(sed -n "s/^$2=//p" "$DIR/run/$1.addresses" 2>/dev/null || true)
  echo "${before:-127.0.0.1:0}"
}

# Starts a program, writes its process id to DIR/run/NAME.pid and waits until it says that it serves.
start() { # NAME TOKEN_FOLDER|- PROGRAM ARGS...
  local name=$1 token=$2 ready=$DIR/run/$1.ready
  shift 2
  ! is_running "$name" || return 0
  rm -f "$ready"
  (
    [[ $token == - ]] || export SOFTHSM2_CONF=$token/softhsm2.conf
    exec setsid "$@" --ready-file "$ready" </dev/null >"$DIR/log/$name.log" 2>&1
  ) &
  local pid=$!
  echo "$pid" >"$DIR/run/$name.pid"
  local waited=0 tick
  exec {tick}<> <(:)
  until [[ -s $ready ]]; do
    if ! kill -0 "$pid" 2>/dev/null || ((++waited > 1500)); then
      tail -n 5 "$DIR/log/$name.log" >&2
      die "$name did not start; its log is $DIR/log/$name.log"
    fi
    read -rt 0.02 -u "$tick" || true
  done
  exec {tick}>&-
}

ready_value() { # NAME KEY
  sed -n "s/^$2=//p" "$DIR/run/$1.ready"
}

issue_certificate() { # IDENTITY FOLDER
  step "issue the certificate of $1" "$BIN/signetctl" pki issue "$1" --ca "$DIR/pki" --out "$2"
}

tls() { # FOLDER
  echo "--tls-certificate=$1/tls.pem --tls-key=$1/tls.key --tls-roots=$1/ca.pem"
}

write_command() { # NAME ENVIRONMENT... -- PROGRAM
  local file=$DIR/$1
  shift
  {
    echo '#!/bin/sh'
    while [[ $1 != -- ]]; do
      printf 'export %s\n' "$1"
      shift
    done
    # shellcheck disable=SC2016
    printf 'exec %q "$@"\n' "$2"
  } >"$file"
  chmod +x "$file"
}

# The options that lead to the server's token.
server_token() {
  SERVER_TOKEN=(--pkcs11-module "$SERVER_MODULE" --token-label signet-server --pin-file "$DIR/hsm/pin" --bdk-id 51900001)
  if [[ $SERVER_MODULE == *softokn3* ]]; then
    SERVER_TOKEN+=(--pkcs11-parameters
      "configdir='sql:$DIR/hsm/tokens' dbTokenDescription='signet-server' secmod='' flags=noModDB")
  fi
}

start_server_side() {
  "$ROOT/tools/dev/postgres.sh" up "$DIR/postgres"
  [[ -e $DIR/pki/ca.pem ]] || step "make the service CA" "$BIN/signetctl" pki init "$DIR/pki"
  local name
  for name in gateway crypto platform operator/dev; do
    [[ -e $DIR/${name#operator/}/tls.pem ]] || issue_certificate "$name" "$DIR/${name#operator/}"
  done

  # shellcheck disable=SC2046
  start platform - "$BIN/signet-platform" run --listen "$(address platform listen)" \
    --admin-listen "$(address platform admin)" --database "host=$DIR/postgres/socket user=signet dbname=signet" $(tls "$DIR/platform")

  server_token
  if [[ ! -e $DIR/hsm/device-ca.pem ]]; then
    make_token_folder "$DIR/hsm"
    make_pin "$DIR/hsm/pin"
    make_pin "$DIR/hsm/so-pin"
    SOFTHSM2_CONF=$DIR/hsm/softhsm2.conf step "set up the server's HSM" "$BIN/signet-crypto" init \
      "${SERVER_TOKEN[@]}" --so-pin-file "$DIR/hsm/so-pin" --device-ca "$DIR/hsm/device-ca.pem" --receipt-key "$DIR/hsm/receipt-key.pem"
  fi
  # shellcheck disable=SC2046
  start crypto "$DIR/hsm" "$BIN/signet-crypto" run --listen "$(address crypto listen)" \
    --admin-listen "$(address crypto admin)" --platform-address "$(ready_value platform listen)" \
    "${SERVER_TOKEN[@]}" --device-ca "$DIR/hsm/device-ca.pem" $(tls "$DIR/crypto")
  # shellcheck disable=SC2046
  start gateway - "$BIN/signet-gateway" --listen "$(address gateway listen)" \
    --enrollment-listen "$(address gateway enrollment)" --admin-listen "$(address gateway admin)" \
    --crypto-address "$(ready_value crypto listen)" \
    --device-ca "$DIR/hsm/device-ca.pem" $(tls "$DIR/gateway")

  write_command signetctl "SIGNET_PLATFORM=$(ready_value platform listen)" \
    "SIGNET_TLS_CERTIFICATE=$DIR/dev/tls.pem" "SIGNET_TLS_KEY=$DIR/dev/tls.key" "SIGNET_TLS_ROOTS=$DIR/dev/ca.pem" \
    -- "$BIN/signetctl"
}

start_device() { # NAME
  local dir=$DIR/devices/$1
  if [[ ! -e $dir/token/so-pin ]]; then
    make_token_folder "$dir/token"
    make_pin "$dir/token/pin"
    make_pin "$dir/token/so-pin"
    SOFTHSM2_CONF=$dir/token/softhsm2.conf step "set up the hardware module of $1" "$BIN/signet-agent" init \
      --state-dir "$dir/state" --pkcs11-module "$MODULE" --token-label "signet-$1" \
      --pin-file "$dir/token/pin" --so-pin-file "$dir/token/so-pin"
  fi
  local pin=(--pin-file "$dir/token/pin")
  if [[ ${PINENTRY[$1]:-} ]]; then
    pin=(--pinentry "${PINENTRY[$1]}")
    [[ -e $dir/means-to-pay ]] || echo >"$dir/means-to-pay"
  fi
  SIGNET_DEV_DEVICE=$dir start "agent-$1" "$dir/token" "$BIN/signet-agent" run --state-dir "$dir/state" --socket-dir "$dir/socket" \
    --pkcs11-module "$MODULE" --token-label "signet-$1" --device-ca "$DIR/hsm/device-ca.pem" "${pin[@]}"
  write_command "$1" "SIGNET_AGENT_SOCKET=$(ready_value "agent-$1" socket)" \
    "SIGNET_GATEWAY=$(ready_value gateway listen)" "SIGNET_ENROLLMENT_GATEWAY=$(ready_value gateway enrollment)" \
    "SIGNET_SERVER_CA=$DIR/pki/ca.pem" "SIGNET_STATE_DIR=$dir/terminal" -- "$BIN/signet"
}

enroll_device() { # NAME ACCOUNT
  local code=$DIR/devices/$1/activation-code
  [[ ! -e $DIR/devices/$1/terminal/terminal.pem ]] || return 0
  rm -f "$code"
  step "register the device of $2" "$DIR/signetctl" device add "$2" --name "$1's phone" --code-file "$code"
  step "enroll the device of $2" "$DIR/$1" enroll --code-file "$code"
}

open_account() { # HANDLE NAME KIND DEPOSIT
  "$DIR/signetctl" account show "$1" >/dev/null 2>&1 ||
    step "open the account $1" "$DIR/signetctl" account create "$1" EUR --name "$2" --kind "$3" --deposit "$4"
}

up() {
  mkdir -p "$DIR"/{run,log}
  chmod 711 "$DIR"
  trap 'code=$?; ((code == 0)) || down; exit $code' EXIT
  start_server_side
  start_device alice
  start_device coffee
  open_account alice "Alice Martin" customer 100.00
  open_account corner-coffee "Corner Coffee" merchant 0.00
  enroll_device alice alice
  enroll_device coffee corner-coffee
  {
    printf 'PLATFORM=%s\nCRYPTO=%s\nGATEWAY=%s\nENROLLMENT=%s\n' "$(ready_value platform listen)" \
      "$(ready_value crypto listen)" "$(ready_value gateway listen)" "$(ready_value gateway enrollment)"
    printf 'PLATFORM_ADMIN=%s\nCRYPTO_ADMIN=%s\nGATEWAY_ADMIN=%s\n' "$(ready_value platform admin)" \
      "$(ready_value crypto admin)" "$(ready_value gateway admin)"
  } >"$DIR/stack.env"
}

# Ends what this stack started, by process id.
down() {
  local name pid pids=()
  for name in agent-alice agent-coffee gateway crypto platform; do
    if is_running "$name"; then
      pids+=("$(<"$DIR/run/$name.pid")")
      kill "${pids[-1]}" 2>/dev/null || true
    fi
    rm -f "$DIR/run/$name.pid"
  done
  for pid in "${pids[@]}"; do
    timeout 15 tail --pid="$pid" -f /dev/null || kill -9 "$pid" 2>/dev/null || true
  done
  [[ ! -d $DIR/postgres ]] || "$ROOT/tools/dev/postgres.sh" down "$DIR/postgres"
}

wipe() {
  down
  rm -rf "$DIR"
}

(($# >= 2)) || die "usage: stack.sh up|down|wipe DIR [--pinentry DEVICE=PROGRAM]"
COMMAND=$1
DIR=$(realpath -m "$2")
shift 2
while (($#)); do
  [[ $1 == --pinentry && ${2:-} == *=* ]] || die "unknown option $1"
  PINENTRY[${2%%=*}]=${2#*=}
  shift 2
done
[[ ! -e $DIR || -O $DIR ]] || die "$DIR belongs to another user; set SIGNET_STACK_DIR to a folder of your own"
case $COMMAND in
  up | down | wipe) "$COMMAND" ;;
  *) die "unknown command $COMMAND; it is up, down or wipe" ;;
esac
