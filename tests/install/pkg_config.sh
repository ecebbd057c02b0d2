#!/usr/bin/env bash
# A compiler and pkg-config are enough for the example. Usage: pkg_config.sh LIBRARIES WORK SOURCE COMPILER
set -euo pipefail
libraries=$1 work=$2 source=$3 compiler=$4
export PKG_CONFIG_PATH=$libraries/pkgconfig LD_LIBRARY_PATH=$libraries
"$compiler" -std=c++20 "$source/examples/embed/main.cc" $(pkg-config --cflags --libs gerund-runtime) -o "$work/embed_by_pkg_config"
diff "$source/tests/install/expected.txt" <("$work/embed_by_pkg_config" "$work/model.onnx" "$work/clip.mp4")
[ "$(pkg-config --libs gerund | tr ' ' '\n' | grep -c '^-lgerund')" = 2 ]
