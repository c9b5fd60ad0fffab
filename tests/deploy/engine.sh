#!/usr/bin/env bash
# engine.sh up DIR | down DIR: a container engine for tests. Uses the one that runs; where none
# does, installs Debian's docker.io and starts it with all of its data below DIR, with Compose and
# buildx of Debian 13. Where no registry can be reached, makes the base images itself, from Debian's
# packages, under the names that .env pins. Prints the environment to use it with.
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/dev/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

HERE=$ROOT/tests/deploy
(($# == 2)) || die "usage: engine.sh up|down DIR"
DIR=$(realpath -m "$2")

install_engine() {
  local missing=() package
  for package in docker.io iptables debootstrap; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || die "a container engine must be started as root; start one yourself, or leave these tests out with --no-containers"
  say "Installing ${missing[*]}"
  apt-get update -qq >"$DIR/apt.log" 2>&1 || true
  without_services env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >>"$DIR/apt.log" 2>&1 || { tail -n 20 "$DIR/apt.log" >&2; die "apt-get could not install ${missing[*]}"; }
}

start_engine() {
  install_engine
  # A socket's path is limited to 107 bytes.
  RUN=$(mktemp -d /tmp/signet-engine-XXXXXX)
  echo "$RUN" >"$DIR/run"
  /usr/sbin/dockerd --data-root "$DIR/data" --exec-root "$RUN/exec" --pidfile "$RUN/pid" -H "unix://$RUN/docker.sock" \
    </dev/null >"$DIR/dockerd.log" 2>&1 &
  echo "$!" >"$DIR/pid"
  local tick waited=0
  exec {tick}<> <(:)
  until docker -H "unix://$RUN/docker.sock" info >/dev/null 2>&1; do
    if ! kill -0 "$(<"$DIR/pid")" 2>/dev/null || ((++waited > 300)); then
      tail -n 15 "$DIR/dockerd.log" >&2
      die "no container engine can run here; leave these tests out with ./dev test --no-containers"
    fi
    read -rt 0.2 -u "$tick" || true
  done
  exec {tick}>&-
  export DOCKER_HOST=unix://$RUN/docker.sock
}

have_plugins() { docker compose version && docker buildx version; }
find_plugins() {
  ! have_plugins >/dev/null 2>&1 || return 0
  "$HERE/debian_13.sh" "$DIR/debian-13" docker-compose docker-buildx
  export DOCKER_CONFIG=$DIR/config
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  find "$DIR/debian-13" -path '*/cli-plugins/docker-*' -type f -exec install -m 755 {} "$DOCKER_CONFIG/cli-plugins/" \;
  have_plugins >&2 || die "Compose v2 and buildx cannot be used"
}

have_image() { docker image inspect "$1" >/dev/null 2>&1; }
pull_image() { have_image "$1" || timeout 60 docker pull -q "$1" >/dev/null 2>&1; }

base_image() {
  pull_image "$BASE_IMAGE" && return
  say "Making $BASE_IMAGE"
  local root=$DIR/bookworm
  rm -rf "$root"
  debootstrap --variant=minbase bookworm "$root" "$(debian_mirror)" >"$DIR/debootstrap.log" 2>&1 ||
    { tail -n 15 "$DIR/debootstrap.log" >&2; die "debootstrap failed"; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  tar -C "$root" -c . | docker import - "$BASE_IMAGE" >/dev/null
  rm -rf "$root"
}

stand_in() { # IMAGE FOLDER
  pull_image "$1" && return
  say "Making a stand-in for $1"
  docker build -q --build-arg BASE_IMAGE="$BASE_IMAGE" -t "$1" "$HERE/images/$2" >"$DIR/stand-in.log" 2>&1 || { tail -n 20 "$DIR/stand-in.log" >&2; die "cannot make $1"; }
}

up() {
  mkdir -p "$DIR"
  docker info >/dev/null 2>&1 || start_engine
  find_plugins
  # shellcheck source=/dev/null
  source "$ROOT/.env"
  base_image
  stand_in "$POSTGRES_IMAGE" postgres
  stand_in "$PROMETHEUS_IMAGE" prometheus
  echo "DOCKER_HOST='${DOCKER_HOST:-}' DOCKER_CONFIG='${DOCKER_CONFIG:-}'"
}

# Ends what `up` started.
down() {
  [[ -e $DIR/pid ]] || return 0
  local pid
  pid=$(<"$DIR/pid")
  if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]; then
    kill "$pid"
    timeout 60 tail --pid="$pid" -f /dev/null || kill -9 "$pid"
  fi
  # A container in the host's own network leaves that mounted.
  local run mount
  run=$(<"$DIR/run")
  for mount in "$run"/exec/netns/*; do ! mountpoint -q "$mount" || umount "$mount"; done
  rm -rf "$DIR/pid" "$run"
}

case $1 in
  up | down) "$1" ;;
  *) die "unknown command $1; it is up or down" ;;
esac
