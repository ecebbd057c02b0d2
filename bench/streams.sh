#!/usr/bin/env bash
# What stands around the network in live video: overhead per frame, streams in real time, a chain of stock elements, latency. One JSON object.
# Usage: bench/streams.sh [BUILD_FOLDER [OPTIONS]]; a part, quickly: bench/streams.sh build/release --parts overhead,latency --rounds 3; --help.
# The build needs -DGERUND_BENCH=ON (make bench sees to that), and its program gerund or that of build/release; some 10 minutes.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="$(cd "${1:-$here/../build/release}" && pwd)"
onnxruntime="${GERUND_ONNXRUNTIME:-$build/tests/onnxruntime}"
if [ -z "${GERUND_ONNXRUNTIME:-}" ] && [ -d "$onnxruntime" ]; then
  "$here/../tests/onnxruntime/install.sh" "$onnxruntime" || echo "ONNX Runtime is left out" >&2
fi
exec /usr/bin/python3 "$here/streams/streams.py" "$build" --onnxruntime "$onnxruntime" "${@:2}"
