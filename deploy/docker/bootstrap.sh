#!/bin/sh
# bootstrap.sh pki | accounts: what a fresh demonstration needs before and after its services start,
# in folders below /bootstrap. Does only what is not done yet, so that it may run any number of
# times. The keys are throwaway: a real operator makes each where it belongs (docs/operations.md).
set -eu
umask 077
cd /bootstrap

say() { echo "bootstrap: $*"; }

random_pin() { # FILE
  [ -s "$1" ] || { od -An -N4 -tu4 /dev/urandom | tr -d ' \n' | cut -c1-8 >"$1.new" && mv "$1.new" "$1"; }
}

certificate() { # IDENTITY FOLDER
  # Renewed once it is 30 days old: they are valid for a year.
  [ -z "$(find "$2/tls.pem" -mtime -30 2>/dev/null)" ] || return 0
  signetctl --quiet pki issue "$1" --ca ca --out "$2"
  say "issued the certificate of $1"
}

pki() {
  [ -e ca/ca.pem ] || { signetctl --quiet pki init ca && say "made the service CA"; }
  for service in gateway crypto platform; do certificate "$service" "tls/$service"; done
  certificate operator/demo tls/operator
  cp ca/ca.pem public/service-ca.pem.new && chmod 644 public/service-ca.pem.new && mv public/service-ca.pem.new public/service-ca.pem
  for token in hsm alice coffee; do
    random_pin "$token/pin"
    random_pin "$token/so-pin"
  done
  mkdir -p hsm/tokens alice/tokens coffee/tokens
  if [ ! -s database/password ]; then
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >database/password.new
    echo "*:*:*:*:$(cat database/password.new)" >database/pgpass
    # The database's own user reads it; nobody else has this folder.
    chmod 755 database && chmod 444 database/password.new && mv database/password.new database/password
  fi
  say "certificates, PINs and the database's password are in place"
}

account() { # HANDLE NAME KIND DEPOSIT
  signetctl --quiet account show "$1" >/dev/null 2>&1 ||
    signetctl --quiet account create "$1" EUR --name "$2" --kind "$3" --deposit "$4" --limit 1000.00 >/dev/null
}

device() { # ACCOUNT NAME
  # A code is used once; the file stays, so that a device is added once.
  [ -e "activation/$2/code" ] ||
    signetctl --quiet device add "$1" --name "$2's phone" --ttl 7d --code-file "activation/$2/code" >/dev/null
}

accounts() {
  account alice "Alice Martin" customer 100.00
  account corner-coffee "Corner Coffee" merchant 0.00
  device alice alice
  device corner-coffee coffee
  say "accounts and devices are in place"
}

case ${1:-} in
  pki | accounts) "$1" ;;
  *) echo "usage: bootstrap.sh pki | accounts" >&2; exit 2 ;;
esac
