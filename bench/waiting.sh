#!/usr/bin/env bash
# Share of the time that a training of the full 3D ResNet-18 waits for clips, by kind of file and threads of arithmetic.
# Usage: waiting.sh GERUND. PNG frames are made with ffmpeg, where it is installed.
set -euo pipefail
gerund="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
kinds="mpeg4 h264"
for codec in $kinds; do
  "$gerund" synth "$codec" --actions wave,walk --clips 12 --seed 3 --train 0.7 --val 0.15 --size 320x240 --codec "$codec" >/dev/null 2>&1
done
if command -v ffmpeg >/dev/null; then
  kinds="$kinds png"
  for video in mpeg4/train/*/*.avi; do
    frames="png/${video#mpeg4/}"
    mkdir -p "${frames%.avi}/rgb"
    ffmpeg -loglevel error -i "$video" "${frames%.avi}/rgb/%06d.png" </dev/null
  done
fi
echo '{}' >spec.yaml
for kind in $kinds; do
  for threads in 1 2; do
    "$gerund" train -e spec.yaml -r "results/$kind$threads" model.model_type=rgb model.input_type=3d model.rgb_seq_length=16 \
      model.input_width=112 model.input_height=112 "dataset.train_dataset_dir=$kind/train" 'dataset.label_map={wave: 0, walk: 1}' \
      dataset.batch_size=8 dataset.workers=1 "train.num_threads=$threads" train.num_epochs=3 \
      dataset.augmentation_config.crop_smaller_edge=128 2>&1 | sed -n "s/^\(.*\) clips\/s, \(.*\) % of the time waiting for clips.*/{\"kind\": \"$kind\", \"threads\": $threads, \"clips_per_second\": \1, \"waiting_percent\": \2}/p"
  done
done
