#!/usr/bin/env bash
# Loading speed against the reference toolkit's way, as JSON. Usage: bench/loading.sh [BUILD_FOLDER [RUNS [CLIPS]]]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
build="${1:-$here/../build/release}"
/usr/bin/python3 "$here/load/loading.py" "$build" "$work" "${@:2}"
