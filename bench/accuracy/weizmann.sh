#!/usr/bin/env bash
# Accuracy on the Weizmann actions of people that were not seen in training: one JSON object per network and seed.
# Usage: weizmann.sh GERUND WEIZMANN_FOLDER [WIDTHS [SEEDS]], e.g. "16 64" "1 2 3". Train: persons 0-3, test: 4 and 5;
# a person and its mirror image stay on one side.
set -euo pipefail
gerund="$(realpath "$1")" clips="$(realpath "$2")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
for path in "$clips"/*/*.mp4; do
  class="$(basename "$(dirname "$path")")"
  case "$(basename "$path")" in person[45]*) side=test ;; *) side=train ;; esac
  mkdir -p "$side/$class" && ln -s "$path" "$side/$class/"
done
for width in ${3:-16 64}; do
  for type in 2d 3d; do
    for seed in ${4:-1 2 3}; do
      results="$width/$type/$seed"
      echo '{}' >spec.yaml
      "$gerund" train -e spec.yaml -r "$results" model.model_type=rgb "model.input_type=$type" model.rgb_seq_length=16 \
        model.input_width=64 model.input_height=64 "model.width=$width" model.dropout_ratio=0 \
        'dataset.label_map={bend: 0, jack: 1, wave1: 2, wave2: 3}' dataset.train_dataset_dir=train dataset.batch_size=8 \
        dataset.workers=1 dataset.clips_per_video=2 dataset.augmentation_config.crop_smaller_edge=72 \
        dataset.augmentation_config.val_center_crop=true train.num_threads=1 train.num_epochs=30 train.optim.lr=0.02 \
        'train.optim.lr_steps=[22]' "train.seed=$seed" train.keep_checkpoints=0 >log.txt 2>&1 || { cat log.txt >&2; exit 1; }
      "$gerund" evaluate "$results/train/last.safetensors" test -r "$results" --threads 1 >/dev/null 2>&1
      accuracy="$(sed -n 's/^ *"accuracy": \([0-9.]*\),*$/\1/p' "$results/evaluate/results.json" | head -1)"
      echo "{\"width\": $width, \"input_type\": \"$type\", \"seed\": $seed, \"test_clips\": 16, \"accuracy\": $accuracy}"
    done
  done
done
