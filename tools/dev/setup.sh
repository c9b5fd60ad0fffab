#!/usr/bin/env bash
# Installs the Debian packages that are missing. Does nothing, quickly, when all are there.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mapfile -t wanted < <(grep -v '^#' "$ROOT/tools/dev/packages.txt")
missing=()
for package in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null || die "Signet is built on Debian 12; install these with your own package manager: ${missing[*]}"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "missing packages: ${missing[*]}
  Run this as root once:  apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi

say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# No cluster of Debian's own is wanted: every stack makes its own.
if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
if ! "${as_root[@]}" apt-get update -qq >"$log" 2>&1 ||
  ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  tail -n 20 "$log" >&2
  die "apt-get could not install the packages above; mend apt's sources and run this again"
fi
