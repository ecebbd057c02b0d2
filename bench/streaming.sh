#!/usr/bin/env bash
# A causal network on one stream against runtimes that recompute the centered one, as one JSON object.
# Usage: bench/streaming.sh [BUILD_FOLDER [OPTIONS]]; options: --help.
# The build needs -DGERUND_BENCH=ON and the packages of group bench (make bench sees to both).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="$(cd "${1:-$here/../build/release}" && pwd)"
"$here/../tests/onnxruntime/install.sh" "$build/tests/onnxruntime" || echo "ONNX Runtime is left out" >&2
exec /usr/bin/python3 "$here/engine/streaming.py" "$build" "${@:2}"
