#!/usr/bin/env bash
# setup.sh SECTION…: installs what is missing of the Debian packages in these sections of
# packages.txt. Does nothing, quickly, when all are there.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wanted=()
for section in "$@"; do
  before=${#wanted[@]}
  mapfile -t -O "$before" wanted < <(sed -n "/^\[$section\]/,/^\$/{/^\[/d; /./p}" "$ROOT/tools/dev/packages.txt")
  ((${#wanted[@]} > before)) || die "packages.txt has no section [$section]"
done
missing=()
for package in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null || die "Signet is built on Debian 12; install these with your own package manager: ${missing[*]}"
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
apt_percent() { sed -un 's/^dlstatus:[^:]*:\([0-9]*\).*/downloading, \1 %/p; s/^pmstatus:[^:]*:\([0-9]*\).*/installing, \1 %/p'; }
install_missing() {
  # A run that was interrupted may have left packages unpacked and not set up.
  "${as_root[@]}" dpkg --configure -a >"$log" 2>&1 && "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      -o APT::Status-Fd=1 "${missing[@]}" 2>&1 | tee -a "$log" | apt_percent | show_progress "Installing"
}
if ! without_services install_missing; then
  tail -n 20 "$log" >&2
  die "apt-get could not install the packages above; mend apt's sources and run this again"
fi
