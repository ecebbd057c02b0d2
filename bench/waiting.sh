#!/usr/bin/env bash
# Share of the time that a training of the full 3D ResNet-18 waits for clips, by kind of file and threads of arithmetic, in its first epoch, which
# decodes them, and in the two after it, which take them from the cache: one JSON object each.
# Usage: waiting.sh GERUND. PNG frames are made with ffmpeg, where it is installed.
set -euo pipefail
gerund="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
kinds="mpeg4 h264"
for codec in $kinds; do
  "$gerund" synth "$codec" --actions wave,walk --clips 60 --seed 3 --train 0.7 --val 0.15 --size 320x240 --codec "$codec" >/dev/null 2>&1
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
      "dataset.cache_dir=$work/cache$threads" dataset.batch_size=8 dataset.workers=1 "train.num_threads=$threads" train.num_epochs=3 \
      dataset.augmentation_config.crop_smaller_edge=128 >/dev/null 2>&1
    awk -F, -v kind="$kind" -v threads="$threads" '
      NR == 1 {for (i = 1; i <= NF; ++i) column[$i] = i; next}
      {wait[NR - 1] = 100 * $column["wait_share"]; rate[NR - 1] = $column["clips_per_second"]}
      END {printf "{\"kind\": \"%s\", \"threads\": %d, \"clips_per_second\": [%.2f, %.2f, %.2f], \"waiting_percent\": [%.2f, %.2f, %.2f]}\n",
        kind, threads, rate[1], rate[2], rate[3], wait[1], wait[2], wait[3]}' "results/$kind$threads/train/metrics.csv"
  done
done
