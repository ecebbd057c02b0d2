#!/usr/bin/env bash
# Every figure of docs/performance.md, one JSON object after the other.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="${1:-$here/../build/release}"
"$here/loading.sh" "$build"
"$build/bench/bench_colours"
/usr/bin/python3 "$here/training/training.py" "$build"
"$here/engine.sh" "$build"
"$here/streaming.sh" "$build"
"$here/streams.sh" "$build"
