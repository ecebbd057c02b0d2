#!/usr/bin/env bash
# Clips per second of two training processes of one thread against one process of two threads with the whole batch, 3D ResNet-18 of 32 channels on drawn clips: one JSON object per repeat.
# Usage: peers.sh GERUND [CLIPS_OF_EACH_PROCESS [REPEATS]], on a machine with two idle cores.
set -euo pipefail
gerund="$(realpath "$1")" clips="${2:-16}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
"$gerund" synth clips --actions pushup,pullup,situp --clips 40 --train 1 --val 0 --seed 1 >/dev/null 2>&1
echo '{}' >spec.yaml
train() {
  "$gerund" train -e spec.yaml model.model_type=rgb model.input_type=3d model.rgb_seq_length=16 model.width=32 model.input_width=112 model.input_height=112 \
    'dataset.label_map={pullup: 0, pushup: 1, situp: 2}' dataset.train_dataset_dir=clips/train dataset.workers=1 "dataset.cache_dir=$work/cache" \
    dataset.augmentation_config.crop_smaller_edge=120 train.num_epochs=3 train.keep_checkpoints=0 train.seed=1 "$@" >/dev/null 2>&1
}
rate() { # Median of the epochs after the first.
  awk -F, 'NR == 1 {for (i = 1; i <= NF; ++i) if ($i == "clips_per_second") column = i} NR > 2 {print $column}' "$1/train/metrics.csv" | sort -n |
    awk '{value[NR] = $1} END {print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2}'
}
for _ in $(seq "${3:-3}"); do
  rm -rf one two
  train -r one train.num_threads=2 "dataset.batch_size=$((2 * clips))"
  for rank in 0 1; do RANK=$rank WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29513 train -r two train.num_threads=1 "dataset.batch_size=$clips" & done
  wait
  awk -v clips="$clips" -v one="$(rate one)" -v two="$(rate two)" \
    'BEGIN {printf "{\"clips_of_each\": %d, \"one_process\": %.2f, \"two_processes\": %.2f, \"ratio\": %.3f}\n", clips, one, 2 * two, 2 * two / one}'
done
