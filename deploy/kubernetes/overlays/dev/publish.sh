#!/bin/sh
# publish.sh pki | device-ca | accounts: makes what is not there yet and publishes it through the
# API server, with the Job's own service account. What is there already is left as it is, so that it
# may run any number of times.
# publish.sh end: waits until the three are complete, and removes the Role by which they did it.
set -eu
umask 077

account=/var/run/secrets/kubernetes.io/serviceaccount
namespace=$(cat "$account/namespace")
server=https://kubernetes.default.svc
api=$server/api/v1/namespaces/$namespace

say() { echo "bootstrap: $*"; }

# The token is read anew for each call, and kept off the command line.
call() { # METHOD PATH|URL CURL_OPTIONS…
  method=$1 path=$2
  shift 2
  case $path in https:*) ;; *) path=$api/$path ;; esac
  printf 'Authorization: Bearer %s' "$(cat "$account/token")" >authorization
  curl -sS --max-time 20 --retry 5 --retry-all-errors --cacert "$account/ca.crt" -X "$method" -H @authorization -H 'Content-Type: application/json' "$@" "$path"
}

have() { # secrets/NAME
  code=$(call GET "$1" -o /dev/null -w '%{http_code}')
  case $code in
    200) return 0 ;;
    404) return 1 ;;
    *) echo "bootstrap: the API server answered $code for $1" >&2; exit 1 ;;
  esac
}

create() { # secrets|configmaps NAME TYPE KEY=FILE…
  kind=$1 name=$2 type=$3
  shift 3
  field=binaryData meta=''
  [ "$kind" = configmaps ] || { field=data meta="\"type\":\"$type\","; }
  entries=''
  for entry in "$@"; do
    entries="$entries${entries:+,}\"${entry%%=*}\":\"$(base64 -w0 "${entry#*=}")\""
  done
  printf '{%s"metadata":{"name":"%s","labels":{"app.kubernetes.io/part-of":"signet"}},"%s":{%s}}' "$meta" "$name" "$field" "$entries" >body
  code=$(call POST "$kind" --data-binary @body -o answer -w '%{http_code}')
  case $code in
    201) say "made $kind/$name" ;;
    409) say "$kind/$name is there already" ;;
    *) cat answer >&2; echo "bootstrap: the API server answered $code for $kind/$name" >&2; exit 1 ;;
  esac
}

fetch() { # secrets/NAME KEY FILE
  call GET "$1" | tr -d ' \n' | sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p" | base64 -d >"$3"
  [ -s "$3" ] || { echo "bootstrap: $1 has no $2" >&2; exit 1; }
}

random_pin() { od -An -N4 -tu4 /dev/urandom | tr -d ' \n' | cut -c1-8 >"$1"; }

pki() {
  have secrets/signet-ca || {
    rm -rf new-ca
    signetctl --quiet pki init new-ca
    create secrets signet-ca Opaque ca.pem=new-ca/ca.pem ca.key=new-ca/ca.key
  }
  # Kubernetes may run a Job's pod twice at once: the CA is whichever was there first.
  mkdir -p ca
  fetch secrets/signet-ca 'ca[.]pem' ca/ca.pem
  fetch secrets/signet-ca 'ca[.]key' ca/ca.key
  have configmaps/signet-service-ca || create configmaps signet-service-ca '' service-ca.pem=ca/ca.pem
  for who in gateway crypto platform operator auditor; do
    have "secrets/tls-$who" && continue
    identity=$who
    case $who in operator | auditor) identity=$who/kubernetes ;; esac
    signetctl --quiet pki issue "$identity" --ca ca --out "$who"
    create secrets "tls-$who" kubernetes.io/tls "tls.crt=$who/tls.pem" "tls.key=$who/tls.key" "ca.crt=$who/ca.pem"
  done
  for token in hsm device-alice device-coffee; do
    have "secrets/$token-pin" && continue
    random_pin pin
    random_pin so-pin
    create secrets "$token-pin" Opaque pin=pin so-pin=so-pin
  done
  if ! have secrets/database; then
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >password
    echo "*:*:*:*:$(cat password)" >pgpass
    create secrets database Opaque password=password pgpass=pgpass
  fi
}

device_ca() {
  have configmaps/signet-device-ca ||
    create configmaps signet-device-ca '' device-ca.pem=/var/lib/signet/hsm/device-ca.pem receipt-key.pem=/var/lib/signet/hsm/receipt-key.pem
}

# Kubernetes would start the Job again and again, each time later.
await_platform() {
  tries=0
  until signetctl --quiet status >/dev/null 2>platform-error; do
    tries=$((tries + 1))
    [ "$tries" -lt 150 ] || { cat platform-error >&2; exit 1; }
    sleep 2
  done
}

accounts() {
  await_platform
  for device in alice coffee; do
    mkdir -p "activation/$device"
    # A device that has its code is not added again.
    ! have "secrets/activation-$device" || touch "activation/$device/code"
  done
  /usr/lib/signet/bootstrap.sh accounts
  for device in alice coffee; do
    [ ! -s "activation/$device/code" ] || create secrets "activation-$device" Opaque "code=activation/$device/code"
  done
}

is_complete() { # JOB
  call GET "$server/apis/batch/v1/namespaces/$namespace/jobs/$1" | tr -d ' \n' | grep -q '"succeeded":[1-9]'
}

# A Job that is complete stays for some minutes, and this looks every two seconds.
end() {
  for job in bootstrap-pki bootstrap-hsm bootstrap-accounts; do
    until is_complete "$job"; do sleep 2; done
  done
  code=$(call DELETE "$server/apis/rbac.authorization.k8s.io/v1/namespaces/$namespace/roles/bootstrap" -o answer -w '%{http_code}')
  [ "$code" = 200 ] || { cat answer >&2; echo "bootstrap: the API server answered $code when the Role was to be removed" >&2; exit 1; }
  say "everything is published; the Role that allowed it is removed"
}

cd /bootstrap
case ${1:-} in
  pki) pki ;;
  device-ca) device_ca ;;
  accounts) accounts ;;
  end) end ;;
  *) echo "usage: publish.sh pki | device-ca | accounts | end" >&2; exit 2 ;;
esac
