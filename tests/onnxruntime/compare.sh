#!/bin/sh
# compare.sh FOLDER MODEL.onnx... - compares gerund's engine with ONNX Runtime on models, as they are and as gerund
# writes them with batch norm folded, on random networks that gerund writes and on a network that carries its state.
# FOLDER is the one in the build folder that holds the programs engine_run, random_networks and (with LibTorch)
# step_network and the scripts beside this one.
set -eu
folder=$1
shift

for tool in node npm; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "onnxruntime.parity: '$tool' is not installed; it is needed to run ONNX Runtime (Debian: apt-get install nodejs npm)" >&2
    exit 1
  fi
done

cd "$folder"
# Installed once, and again where the lock file has changed.
if ! cmp -s package-lock.json installed-lock.json; then
  npm ci --onnxruntime-node-install=skip || {
    echo "onnxruntime.parity: npm could not install onnxruntime-node $(node -p 'require("./package.json").dependencies["onnxruntime-node"]'); is a package registry within reach?" >&2
    exit 1
  }
  cp package-lock.json installed-lock.json
fi

rm -rf models && mkdir models
for model in "$@"; do
  name=models/$(basename "$model" .onnx)
  ./engine_run "$model" "$name.safetensors" "$name.written.onnx"
done
./random_networks models 20
set -- "$@" models/random*.onnx
if [ -x step_network ]; then
  ./step_network models
  set -- "$@" models/step*.onnx
fi
pairs=
for model in "$@"; do
  name=models/$(basename "$model" .onnx)
  pairs="$pairs $model $name.safetensors"
  [ -f "$name.written.onnx" ] && pairs="$pairs $name.written.onnx $name.safetensors"
done
# Names of models must hold no spaces.
# shellcheck disable=SC2086
node compare.mjs $pairs
