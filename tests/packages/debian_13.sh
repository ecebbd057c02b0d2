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
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' git clone -q "$source" "$root/gerund"
environment="HOME=/root LC_ALL=C.UTF-8 ${GERUND_CCACHE:+CCACHE_DIR=/ccache}"
mkdir "$root/ccache"
# npm must trust whom this machine trusts: a proxy on the way may have a certificate of its own.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  cp /etc/ssl/certs/ca-certificates.crt "$root/trusted.crt"
  environment="$environment NODE_EXTRA_CA_CERTS=/trusted.crt"
fi
# Mounts of the machine's own folders end with the shell that makes them, however it ends.
# shellcheck disable=SC2016 # The inner shell expands.
unshare --mount sh -euc '
  mount --bind /dev "$1/dev"
  [ -z "$3" ] || mount --bind "$3" "$1/ccache"
  exec chroot "$1" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $2 sh -euc "
    apt-get install -y -qq --no-install-recommends ca-certificates git make
    cd /gerund
    make test
    test -z \"\$(git status --porcelain)\""' sh "$root" "$environment" "${GERUND_CCACHE:-}"
echo "== done"
