#!/usr/bin/env bash
# What is installed lies where it belongs, says nothing of where it was built, and runs. Usage: files.sh PREFIX LIBDIR WORK
set -euo pipefail
prefix=$1 libdir=$2 work=$3
cd "$prefix"
for file in bin/gerund bin/gerund-runtime include/gerund/serve/loaded_model.h "$libdir"/libgerund{,-runtime}.so \
  "$libdir"/cmake/gerund/gerund-config{,-version}.cmake "$libdir"/pkgconfig/gerund{,-runtime}.pc "$libdir/gstreamer-1.0/libgstgerund.so" \
  share/man/man1/gerund{,-runtime}.1 share/bash-completion/completions/gerund{,-runtime} \
  share/zsh/site-functions/_gerund{,_runtime} share/fish/vendor_completions.d/gerund{,-runtime}.fish \
  lib/systemd/system/gerund-deploy@.service share/doc/gerund/{LICENSE,README.md,CHANGELOG.md,docs/install.md,examples/embed/main.cc} \
  share/gerund/specs/demo.yaml share/gerund/models/{drawn_base_3d.safetensors,index.json,index.json.minisig}; do
  [ -e "$file" ] || { echo "$file is not installed"; exit 1; }
done
if grep -rIl "$prefix" .; then echo "the files above name the prefix"; exit 1; fi

version=$(bin/gerund --version)
[ "$(bin/gerund-runtime --version)" = "$version" ]
if ldd bin/gerund-runtime "$libdir/libgerund-runtime.so" "$libdir/gstreamer-1.0/libgstgerund.so" | grep -i torch; then
  echo "the runtime is linked with LibTorch"; exit 1
fi
GST_PLUGIN_PATH=$libdir/gstreamer-1.0 GST_REGISTRY=$work/registry.bin gst-inspect-1.0 gerund >"$work/plugin"
grep -q "Version *${version#gerund }$" "$work/plugin"
bin/gerund-runtime deploy "$work/model.onnx" "$work/clip.mp4" --no-display --events - >"$work/events"
grep -q '"schema":"gerund.event/1"' "$work/events"
env -u GERUND_CATALOGUE bin/gerund models verify | grep -q 'models/drawn_base_3d.safetensors: right'
if ldd bin/gerund-runtime | grep -i curl; then echo "the runtime is linked with libcurl"; exit 1; fi
code=0
bin/gerund-runtime train 2>"$work/message" || code=$?
[ $code = 2 ] && grep -q 'gerund-runtime --help' "$work/message"
