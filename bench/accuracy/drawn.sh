#!/usr/bin/env bash
# Accuracy of the demo's training over several training seeds on drawn clips that it has not seen, at T = 16 and T = 1: one JSON object per seed.
# Usage: drawn.sh GERUND [TRAINING_SEEDS [SEEDS_OF_TEST_SETS]], in the clone. The first test sets were looked at when the demo's epochs were chosen; 103 was not.
set -euo pipefail
gerund="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
exercises=pushup,pullup,situp
"$gerund" synth "$work/clips" --actions "$exercises" --clips 40 --train 0.8 --val 0.05 --seed 7 >/dev/null 2>&1
for seed in ${3:-99 101 103}; do
  "$gerund" synth "$work/test$seed" --actions "$exercises" --clips 60 --train 0.05 --val 0.05 --seed "$seed" >/dev/null 2>&1
done
accuracy_of() {
  "$gerund" evaluate "$1" "$2" -r "$work/evaluated" --threads 1 >/dev/null 2>&1
  sed -n 's/^ *"accuracy": \([0-9.]*\),*$/\1/p' "$work/evaluated/evaluate/results.json" | head -1
}
for seed in ${2:-1234 1 2}; do
  for frames in 16 1; do
    "$gerund" train -e specs/demo.yaml -r "$work/$seed/$frames" "dataset.train_dataset_dir=$work/clips/train" \
      "dataset.val_dataset_dir=$work/clips/val" "train.seed=$seed" "model.rgb_seq_length=$frames" >"$work/log.txt" 2>&1 ||
      { cat "$work/log.txt" >&2; exit 1; }
    for set in ${3:-99 101 103}; do
      accuracy="$(accuracy_of "$work/$seed/$frames/train/last.safetensors" "$work/test$set/test")"
      echo "{\"training_seed\": $seed, \"frames\": $frames, \"test_set\": $set, \"test_clips\": 162, \"accuracy\": $accuracy}"
    done
  done
done
