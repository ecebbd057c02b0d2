# tests/packages/debian_root.sh - clean roots of Debian for the scripts beside it. Source it; it wants `set -euo pipefail`.
# The mirror is the one that apt has here. Whoever cannot make such a root ends with 77 (skipped).
# shellcheck shell=bash

skip() { echo "skipped: $*"; exit 77; }

# "URI suite component" of each Debian source for this release.
debian_sources() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $3 ~ /^bookworm/ {print $2, $3, $4}' | sort -u
}

# WORK: a folder for roots, empty.
check_roots_can_be_made() {
  [ "$(id -u)" = 0 ] || skip "only root may make a Debian root"
  command -v debootstrap >/dev/null || skip "debootstrap is not installed (tools/install_packages.sh package)"
  debian_sources | grep -q ' bookworm main$' || skip "apt has no source for Debian 12 here"
  mkdir "$1/proc"
  unshare --mount true 2>/dev/null && mount -t proc proc "$1/proc" 2>/dev/null || skip "nothing may be mounted here"
  umount "$1/proc" && rmdir "$1/proc"
}

# ROOT [RELEASE]: made here, of Debian 12 by default; /proc is mounted in it, and apt has its lists.
make_debian_root() {
  local root=$1 release=${2:-bookworm} mirror
  mirror=$(debian_sources | awk '$2 == "bookworm" && $3 == "main" {print $1; exit}')
  debootstrap --variant=minbase "$release" "$root" "$mirror" >"$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  if [ "$release" = bookworm ]; then debian_sources; else echo "$mirror $release main"; fi | awk '{print "deb", $1, $2, $3}' >"$root/etc/apt/sources.list"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  chroot "$root" apt-get update -qq
}

# WORK: nothing is removed while something is mounted below.
remove_roots() {
  awk -v below="$1/" 'index($2, below) == 1 {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount 2>/dev/null || true
  grep -q " $1/" /proc/mounts || rm -rf --one-file-system "$1"
}
