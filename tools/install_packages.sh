#!/usr/bin/env bash
# Installs the Debian packages of the named groups (packages.txt) that are not there yet. Uses sudo only when not root.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
for group in "$@"; do
  while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done < <(awk -v group="$group" '$1 == group {print $2}' packages.txt)
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
