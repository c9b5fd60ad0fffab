# shellcheck shell=bash
# Sourced. The mirror of Debian that this machine's own apt uses.
debian_mirror() {
  # shellcheck disable=SC2016 # apt's own format
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/*$' ||
    die "apt names no mirror of Debian; mend its sources and run apt-get update"
}
