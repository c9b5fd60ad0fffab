#!/usr/bin/env bash
# compose_test.sh: what a user does with docker-compose.yml, in a real engine, from a copy of the
# tree as it is checked out: up, pay, scrape, a service that dies, the self-test, up once more, down
# with nothing left.
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/dev/common.sh"

HERE=$ROOT/tests/deploy
ENGINE=$ROOT/build/containers
COPY=$(mktemp -d /tmp/signet-compose-XXXXXX)
PROJECT=signet-test-$$
started=$SECONDS

step() { say "$(printf '%4d s' $((SECONDS - started)))  $*"; }
compose() { timeout 900 docker compose --ansi never --progress plain --project-directory "$COPY" "$@"; }

finish() {
  local code=$?
  if ((code != 0)) && [[ ${UP:-} ]]; then
    compose ps -a >&2 || true
    compose logs --tail 15 --no-color >&2 || true
  fi
  [[ ! ${UP:-} ]] || compose --profile '*' down -v --remove-orphans >/dev/null 2>&1 || true
  "$HERE/engine.sh" down "$ENGINE" || code=1
  rm -rf "$COPY"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# A command that must succeed within so many seconds, tried again and again.
eventually() { # SECONDS WHAT COMMAND…
  local until=$((SECONDS + $1)) what=$2 tick
  shift 2
  exec {tick}<> <(:)
  until "$@"; do
    ((SECONDS < until)) || die "not within its time: $what"
    read -rt 0.5 -u "$tick" || true
  done
  exec {tick}>&-
}

# All but Grafana, which has no stand-in (its dashboards' queries are monitoring_test's).
up() {
  compose up -d --wait --wait-timeout 300 && compose --profile monitoring up -d --wait --wait-timeout 60 prometheus
}

pay() { # SERVICE AMOUNT PAYEE
  compose exec -T "$1" signet --quiet --json pay "$2" EUR --to "$3" 2>"$COPY/pay.log" || { cat "$COPY/pay.log" >&2; return 1; }
}
# When each one-shot was started last.
one_shots() {
  local all
  mapfile -t all < <(compose ps -qa pki hsm-init accounts agent-init-alice agent-init-coffee)
  docker inspect -f '{{.Name}} {{.State.StartedAt}}' "${all[@]}"
}
# README's commands: what they say is about the payment, and they start nothing.
expect_quiet() { # COMMAND…
  local before
  before=$(one_shots)
  "$@" >"$COPY/out" 2>"$COPY/err" || { cat "$COPY/err" >&2; die "failed: $*"; }
  [[ -s $COPY/out ]] || die "it says nothing: $*"
  ! grep -iE 'container|network|volume|bootstrap|started|waiting' "$COPY/out" "$COPY/err" || die "it says the above, which is not about what was asked: $*"
  expect "the one-shots' last starts, after $*" "$(one_shots)" "$before"
}

prometheus() { # QUERY: its value
  curl -sG --max-time 5 "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query" --data-urlencode "query=$1" |
    python3 -c 'import json, sys; r = json.load(sys.stdin)["data"]["result"]; print(r[0]["value"][1] if r else "none")'
}
value_is() { [[ $(prometheus "$1" 2>/dev/null) == "$2" ]]; }

expect() { [[ $2 == "$3" ]] || die "$1: $2, not $3"; }
container() { compose ps -q "$1"; }
state() { docker inspect -f "$1" "$(container "$2")"; }
restarted_healthy() { [[ $(state '{{.RestartCount}}' "$1") -ge 1 && $(state '{{.State.Health.Status}}' "$1") == healthy ]]; }

expect_hardened() {
  local service id
  for service in postgres platform crypto gateway agent-alice terminal; do
    id=$(container "$service")
    [[ $(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.RestartPolicy.Name}}' "$id") == \
      'true [ALL] unless-stopped' ]] || die "$service is not hardened"
    [[ $(docker inspect -f '{{.HostConfig.Memory}}' "$id") -gt 0 ]] || die "$service has no memory limit"
    [[ $(docker exec "$id" id -u) != 0 ]] || die "$service runs as root"
  done
  [[ -z $(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(container agent-alice)") ]] ||
    die "the agent has a network"
  local all environments
  mapfile -t all < <(compose ps -qa)
  environments=$(docker inspect -f '{{.Config.Env}}' "${all[@]}")
  expect "environments" "$(wc -l <<<"$environments")" "${#all[@]}"
  ! grep -iE 'password=|pin=[0-9]' <<<"$environments" || die "a secret is in an environment"
  local port
  while read -r port; do
    [[ $port == 127.0.0.1:* ]] || die "a port is open to the network: $port"
  done < <(docker ps --filter "label=com.docker.compose.project=$PROJECT" -q | xargs -n1 docker port | sed 's/.* -> //')
}

containers() { docker container ls -aq --filter "label=com.docker.compose.project=$PROJECT"; }
volumes() { docker volume ls -q --filter "label=com.docker.compose.project=$PROJECT"; }
networks() { docker network ls -q --filter "label=com.docker.compose.project=$PROJECT"; }
expect_all_there() { # what expect_nothing_left looks for, before it is gone
  [[ $(containers) && $(volumes) && $(networks) ]] || die "containers, volumes or networks cannot be listed"
}
expect_nothing_left() {
  local left
  left=$(containers; volumes; networks)
  [[ ! $left ]] || die "down -v left $left"
}

step "an engine, and the images that a registry would give"
environment=$("$HERE/engine.sh" up "$ENGINE")
eval "export $environment"
[[ $DOCKER_HOST ]] || unset DOCKER_HOST
[[ $DOCKER_CONFIG ]] || unset DOCKER_CONFIG

(cd "$ROOT" && git ls-files -co --exclude-standard -z | tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -xC "$COPY"
GATEWAY_PORT=$(free_port) ENROLLMENT_PORT=$(free_port) PROMETHEUS_PORT=$(free_port) GRAFANA_PORT=$(free_port)
export COMPOSE_PROJECT_NAME=$PROJECT GATEWAY_PORT ENROLLMENT_PORT PROMETHEUS_PORT GRAFANA_PORT DOCKER_BUILDKIT=1

step "docker compose build"
compose --profile test build >"$COPY/build.log" 2>&1 || { tail -n 40 "$COPY/build.log" >&2; die "the images cannot be built"; }
docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep '^signet/' | sort -u >&2

step "docker compose up -d --wait"
UP=1
up >"$COPY/up.log" 2>&1 || { tail -n 20 "$COPY/up.log" >&2; die "not healthy"; }
expect_hardened

step "a payment"
expect_quiet compose exec -T terminal signet pay 12.50 EUR --to corner-coffee
expect_quiet compose exec -T terminal-coffee signet balance
expect_quiet compose run --rm -T signetctl status
[[ $(compose exec -T terminal signet --json balance) == *'"amountMinor":"8750"'* ]] || die "alice does not have 87.50"

step "Prometheus scrapes every service"
for job in gateway crypto platform; do eventually 60 "Prometheus scrapes $job" value_is "up{job=\"$job\"}" 1; done
eventually 60 "the payment is in the metrics" value_is 'sum(signet_payments_total{outcome="confirmed"})' 1

step "the commands by which the runbooks look at containers"
run_documented() { # LINE
  local code=0
  (cd "$COPY" && timeout 120 bash -o pipefail -c "$1") </dev/null >"$COPY/out" 2>"$COPY/err" || code=$?
  # grep found nothing, as on a good day; or head has seen enough.
  ((code == 0 || code == 141)) || [[ $code == 1 && $1 == *grep* && ! -s $COPY/err ]] || { cat "$COPY/err" >&2; die "exit code $code: $1"; }
}
documented=0
while IFS= read -r line; do
  run_documented "$line"
  ((++documented))
done < <("$ROOT/tests/docs/documented_commands.py")
((documented > 15)) || die "only $documented commands of the runbooks were found"

step "signetctl from its image, as docs/kubernetes.md has it"
documented_signetctl=$(sed -n '/^signetctl() {/,/^}/p' "$ROOT/docs/kubernetes.md")
mkdir "$COPY/operator"
(
  cd "$COPY/operator"
  eval "$documented_signetctl"
  signetctl --quiet pki init PKI
  signetctl --quiet pki issue operator/me --ca PKI --out me
) >&2
openssl verify -CAfile "$COPY/operator/PKI/ca.pem" "$COPY/operator/me/tls.pem" >&2 || die "the operator's certificate is not of that CA"

step "each service dies once; the next payment goes through"
for service in crypto platform gateway agent-alice; do
  # As a crash, which `docker kill` is not: that counts as an order to stay down.
  kill -9 "$(state '{{.State.Pid}}' "$service")"
  eventually 90 "$service is back and healthy" restarted_healthy "$service"
  eventually 60 "a payment after $service died" pay terminal 1.00 corner-coffee >/dev/null
done
pay terminal-coffee 0.50 alice >/dev/null

step "docker compose --profile test run --rm selftest"
expect_quiet compose --profile test run --rm -T selftest
cat "$COPY/out" >&2

step "up once more changes nothing"
up >"$COPY/up.log" 2>&1 || { tail -n 20 "$COPY/up.log" >&2; die "not healthy"; }
pay terminal 1.00 corner-coffee >/dev/null
compose run --rm -T signetctl ledger verify >&2

step "docker compose down -v"
expect_all_there
compose --profile '*' down -v >"$COPY/down.log" 2>&1 || { cat "$COPY/down.log" >&2; die "down failed"; }
expect_nothing_left
step "nothing is left"
