#!/usr/bin/env bash
# Engines against LibTorch, ONNX Runtime and OpenCV, as JSON lines. Usage: bench/engine.sh [BUILD_FOLDER [OPTIONS]]
# One row, quickly: bench/engine.sh build/release --rows 'r18_3d_16x112/b1/t2' --rounds 3; all options: --help.
# The build needs -DGERUND_BENCH=ON and the packages of group bench (make bench sees to both).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
build="$(cd "${1:-$here/../build/release}" && pwd)"
"$here/../tests/onnxruntime/install.sh" "$build/tests/onnxruntime" || echo "ONNX Runtime is left out" >&2
exec /usr/bin/python3 "$here/engine/engine.py" "$build" "${@:2}"
