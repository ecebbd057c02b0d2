#!/bin/sh
# compare.sh FOLDER MODEL.onnx... - compares gerund's engine with ONNX Runtime on models, as they are and as gerund
# writes them with batch norm folded or in whole numbers, on random networks that gerund writes and on a network that
# carries its state.
# FOLDER is the one in the build folder that holds the programs engine_run, random_networks and (with LibTorch)
# step_network and the scripts beside this one.
set -eu
folder=$1
shift

sh "$(dirname "$0")/install.sh" "$folder"

cd "$folder"
rm -rf models && mkdir models
for model in "$@"; do
  name=models/$(basename "$model" .onnx)
  ./engine_run "$model" "$name.safetensors" "$name.written.onnx"
done
folded=
for model in "$@"; do
  case $model in *_folded.onnx) folded="$folded $model" ;; esac
done
# shellcheck disable=SC2086
./quantized_networks models $folded
./random_networks models 20
set -- "$@" models/random*.onnx models/quantized_*.onnx
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
