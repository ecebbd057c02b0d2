#!/usr/bin/env bash
# What a newcomer with Debian 13 does: a clone, and `make test` in it. The mirror is the one that apt has here; exits with 77 (skipped) where such a root cannot be made.
# Usage: debian_13.sh SOURCE. What is committed in SOURCE is tested. The compiler cache in GERUND_CCACHE, if that is set, is lent.
set -euo pipefail
source=$1
. "$(dirname "$0")/debian_root.sh"

work=$(mktemp -d)
root=$work/root
trap 'remove_roots "$work"' EXIT
check_roots_can_be_made "$work"
make_debian_root "$root" trixie
mount --bind /dev "$root/dev"
git clone -q "$source" "$root/root/gerund"
environment="HOME=/root LC_ALL=C.UTF-8"
if [ -n "${GERUND_CCACHE:-}" ]; then
  mkdir "$root/ccache"
  mount --bind "$GERUND_CCACHE" "$root/ccache"
  environment+=" CCACHE_DIR=/ccache"
fi
# shellcheck disable=SC2086 # The environment is words.
chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $environment sh -euc "
  apt-get install -y -qq --no-install-recommends ca-certificates git make
  cd /root/gerund
  make test
  test -z \"\$(git status --porcelain)\""
echo "== done"
