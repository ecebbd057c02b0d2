#!/usr/bin/env bash
# Projects outside find the installed libraries with CMake. Usage: find_package.sh PREFIX WORK SOURCE COMPILER
set -euo pipefail
prefix=$1 work=$2 source=$3 compiler=$4
build() {
  cmake -S "$1" -B "$work/$2" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" >"$work/$2.log" 2>&1 &&
    cmake --build "$work/$2" >>"$work/$2.log" 2>&1 || { cat "$work/$2.log"; exit 1; }
}
build "$source/examples/embed" embed
diff "$source/tests/install/expected.txt" <("$work/embed/embed" "$work/model.onnx" "$work/clip.mp4")
build "$source/examples/frames" frames
GST_REGISTRY=$work/registry.bin gst-launch-1.0 -q filesrc location="$work/clip.mp4" ! decodebin ! videoconvert ! video/x-raw,format=I420 ! filesink location="$work/frames.i420"
diff "$source/tests/install/expected_frames.txt" <("$work/frames/frames" "$work/model.onnx" 64 48 25 <"$work/frames.i420")
build "$source/tests/install/training" training
example=("$prefix/share/gerund/models/drawn_base_3d.safetensors" "$work/clip.mp4")
"$work/training/training" "${example[@]}" >"$work/label"
"$prefix/bin/gerund" infer "${example[@]}" 2>/dev/null | diff - "$work/label"

# Without libgerund there is the runtime, and a message for those who ask for more.
cp -r "$prefix" "$work/without"
rm "$work"/without/lib*/*/libgerund.so* "$work"/without/lib*/libgerund.so* 2>/dev/null || true
prefix=$work/without
build "$source/examples/embed" embed_without
if (build "$source/tests/install/training" training_without) >/dev/null; then echo "training was found where it is not"; exit 1; fi
grep -q 'libgerund is not installed' "$work/training_without.log"
