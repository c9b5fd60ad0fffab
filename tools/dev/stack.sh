#!/usr/bin/env bash
# stack.sh up DIR [--pinentry DEVICE=PROGRAM] | start|restart DIR SERVICE… | down DIR | wipe DIR A
# whole Signet on loopback, in DIR: Postgres, a server token, a PKI, the three services, and two
# devices (alice, who pays; coffee, the corner coffee shop), each with a token, an agent and a
# terminal. Keys are throwaway. After `up`, DIR/alice, DIR/coffee and DIR/signetctl are commands,
# and DIR/stack.env holds every address. SIGNET_REPLICAS=2 starts two of each service (platform and
# platform-2, …), each of which uses both of the next. `restart` ends services as an orchestrator
# does, one after the other, each in order, and starts them again where they listened; `start`
# starts those that were ended otherwise.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

BIN=${SIGNET_BIN_DIR:-$BUILD/bin}
# Hardware modules in software: SoftHSM for the devices, NSS's softoken for the server, which has
# thousands of devices' keys to derive.
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

# Starts a program, writes its process id to DIR/run/NAME.pid and waits until it says that it
# serves.
start() { # NAME TOKEN_FOLDER|- PROGRAM ARGS...
  local name=$1 token=$2 ready=$DIR/run/$1.ready
  shift 2
  ! is_running "$name" || return 0
  rm -f "$ready" "$DIR/run/$name.exit"
  (
    [[ $token == - ]] || export SOFTHSM2_CONF=$token/softhsm2.conf
    setsid "$@" --ready-file "$ready" &
    echo "$!" >"$DIR/run/$name.pid"
    code=0
    wait "$!" || code=$?
    echo "$code" >"$DIR/run/$name.exit"
  ) </dev/null >>"$DIR/log/$name.log" 2>&1 &
  local waited=0 tick
  exec {tick}<> <(:)
  until [[ -s $ready ]]; do
    if [[ -e $DIR/run/$name.exit ]] || ((++waited > 1500)); then
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

# The names of a service's replicas, and their addresses as one for gRPC.
replicas() { # SERVICE
  local i
  echo "$1"
  for ((i = 2; i <= REPLICAS; ++i)); do echo "$1-$i"; done
}
all_addresses() { # SERVICE KEY
  local name list=''
  for name in $(replicas "$1"); do list+=,$(ready_value "$name" "$2"); done
  ((REPLICAS == 1)) || list=,ipv4:${list#,}
  echo "${list#,}"
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

start_service() { # NAME: gateway, gateway-2, …
  local name=$1 service=${1%-*} token=- program options
  program=("$BIN/signet-$service")
  options=(--listen "$(address "$name" listen)" --admin-listen "$(address "$name" admin)")
  case $service in
    platform)
      program+=(run)
      options+=(--database "host=$DIR/postgres/socket user=signet dbname=signet")
      ;;
    crypto)
      server_token
      token=$DIR/hsm
      program+=(run)
      options+=(--platform-address "$(all_addresses platform listen)" "${SERVER_TOKEN[@]}" --device-ca "$DIR/hsm/device-ca.pem")
      ;;
    gateway)
      options+=(--enrollment-listen "$(address "$name" enrollment)" --crypto-address "$(all_addresses crypto listen)"
        --device-ca "$DIR/hsm/device-ca.pem")
      ;;
    *) die "there is no service $name; it is gateway, crypto or platform, or one of their replicas" ;;
  esac
  # shellcheck disable=SC2046
  start "$name" "$token" "${program[@]}" "${options[@]}" $(tls "$DIR/$service")
}

start_server_side() {
  "$ROOT/tools/dev/postgres.sh" up "$DIR/postgres"
  [[ -e $DIR/pki/ca.pem ]] || step "make the service CA" "$BIN/signetctl" pki init "$DIR/pki"
  local name
  for name in gateway crypto platform operator/dev; do
    [[ -e $DIR/${name#operator/}/tls.pem ]] || issue_certificate "$name" "$DIR/${name#operator/}"
  done

  for name in $(replicas platform); do start_service "$name"; done
  server_token
  if [[ ! -e $DIR/hsm/device-ca.pem ]]; then
    make_token_folder "$DIR/hsm"
    make_pin "$DIR/hsm/pin"
    make_pin "$DIR/hsm/so-pin"
    SOFTHSM2_CONF=$DIR/hsm/softhsm2.conf step "set up the server's HSM" "$BIN/signet-crypto" init \
      "${SERVER_TOKEN[@]}" --so-pin-file "$DIR/hsm/so-pin" --device-ca "$DIR/hsm/device-ca.pem" --receipt-key "$DIR/hsm/receipt-key.pem"
  fi
  for name in $(replicas crypto) $(replicas gateway); do start_service "$name"; done

  write_command signetctl "SIGNET_PLATFORM=$(all_addresses platform listen)" \
    "SIGNET_TLS_CERTIFICATE=$DIR/dev/tls.pem" "SIGNET_TLS_KEY=$DIR/dev/tls.key" "SIGNET_TLS_ROOTS=$DIR/dev/ca.pem" \
    "SIGNET_DEVICE_CA=$DIR/hsm/device-ca.pem" -- "$BIN/signetctl"
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
    "SIGNET_GATEWAY=$(all_addresses gateway listen)" "SIGNET_ENROLLMENT_GATEWAY=$(all_addresses gateway enrollment)" \
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
    step "open the account $1" "$DIR/signetctl" account create "$1" EUR --name "$2" --kind "$3" --deposit "$4" \
      --limit 1000.00
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
    printf 'PLATFORM=%s\nCRYPTO=%s\nGATEWAY=%s\nENROLLMENT=%s\n' "$(all_addresses platform listen)" \
      "$(all_addresses crypto listen)" "$(all_addresses gateway listen)" "$(all_addresses gateway enrollment)"
    printf 'REPLICAS=%s\n' "$REPLICAS"
    printf 'PLATFORM_ADMIN=%s\nCRYPTO_ADMIN=%s\nGATEWAY_ADMIN=%s\n' "$(ready_value platform admin)" \
      "$(ready_value crypto admin)" "$(ready_value gateway admin)"
  } >"$DIR/stack.env"
}

# Ends what this stack started, by process id.
down() {
  local name pid pids=()
  for name in agent-alice agent-coffee $(replicas gateway) $(replicas crypto) $(replicas platform); do
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

restart() { # SERVICE…
  local name pid tick
  for name in "$@"; do
    is_running "$name" || die "$name does not run"
    pid=$(<"$DIR/run/$name.pid")
    kill "$pid"
    timeout 30 tail --pid="$pid" -f /dev/null || die "$name did not end within 30 s"
    exec {tick}<> <(:)
    until [[ -s $DIR/run/$name.exit ]]; do read -rt 0.02 -u "$tick" || true; done
    exec {tick}>&-
    [[ $(<"$DIR/run/$name.exit") == 0 ]] || die "$name ended with $(<"$DIR/run/$name.exit"), not 0; its log is $DIR/log/$name.log"
    start_service "$name"
    # As long as an orchestrator lets a replica settle (minReadySeconds): its clients come back to
    # it by and by.
    sleep 6
  done
}

wipe() {
  down
  rm -rf "$DIR"
}

(($# >= 2)) || die "usage: stack.sh up|start|restart|down|wipe DIR [SERVICE…] [--pinentry DEVICE=PROGRAM]"
COMMAND=$1
DIR=$(realpath -m "$2")
shift 2
REPLICAS=${SIGNET_REPLICAS:-$(sed -n 's/^REPLICAS=//p' "$DIR/stack.env" 2>/dev/null || true)}
REPLICAS=${REPLICAS:-1}
case $COMMAND in
  restart)
    restart "$@"
    exit
    ;;
  start)
    for name in "$@"; do start_service "$name"; done
    exit
    ;;
esac
while (($#)); do
  [[ $1 == --pinentry && ${2:-} == *=* ]] || die "unknown option $1"
  PINENTRY[${2%%=*}]=${2#*=}
  shift 2
done
[[ ! -e $DIR || -O $DIR ]] || die "$DIR belongs to another user; set SIGNET_STACK_DIR to a folder of your own"
case $COMMAND in
  up | down | wipe) "$COMMAND" ;;
  *) die "unknown command $COMMAND; it is up, start, restart, down or wipe" ;;
esac
