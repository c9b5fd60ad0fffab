#!/usr/bin/env bash
# debian_13.sh DIR PACKAGE…: unpacks packages of Debian 13 below DIR, without installing them: tools
# that Debian 12 has only in versions that are too old. apt checks the archive's signature. Does
# nothing where they are there already.
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/dev/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

(($# >= 2)) || die "usage: debian_13.sh DIR PACKAGE…"
dir=$(realpath -m "$1")
shift
missing=()
for package in "$@"; do [[ -e $dir/.have-$package ]] || missing+=("$package"); done
((${#missing[@]})) || exit 0

apt=$dir/apt
mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) trixie main" >"$apt/etc/sources.list"
options=(-o Dir::Etc::SourceList="$apt/etc/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$apt/lists"
  -o Dir::State::Status=/dev/null -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0)
apt-get "${options[@]}" update -qq >"$apt/log" 2>&1 || { cat "$apt/log" >&2; die "apt could not read Debian 13's list of packages"; }
cd "$apt"
apt-get "${options[@]}" download -qq "${missing[@]}" >>"$apt/log" 2>&1 || { cat "$apt/log" >&2; die "apt could not download ${missing[*]}"; }
for package in "${missing[@]}"; do
  dpkg-deb -x "$package"_*.deb "$dir"
  touch "$dir/.have-$package"
done
rm -rf "$apt"
