#!/usr/bin/env bash
# Accuracy on real clips of people, sequences or scenes that were not seen in training: one JSON object per set, network and seed, with the accuracy of the checkpoint and of the model exported in whole numbers.
# Usage: real.sh GERUND DATA_FOLDER [SETS [NETWORKS [SEEDS [WIDTH]]]], e.g. "weizmann ut_interaction" "2d 3d causal flow joint" "1 2 3" 16
#   weizmann:       persons 0-3 to learn from, 4 and 5 to test with; a person and its mirror image stay on one side
#   ut_interaction: sequences 1-6 to learn from, 7-10 to test with
#   gestures:       person 1 to learn from, person 2 to test with
#   table_tennis:   about 70 % of each class to learn from, by scene_group of clips.csv; clips are not mirrored: that changes their class
# Networks see 16 frames spread over the clip (of flow: 16 pairs), learn for 30 epochs from fresh weights and are not chosen by the test clips.
set -euo pipefail
gerund="$(realpath "$1")" data="$(realpath "$2")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >spec.yaml

part() { # SET: makes SET/train and SET/test of links
  case "$1" in
    table_tennis)
      { echo path,group; awk -F, -v OFS=, '$1 ~ /^table_tennis\// {sub("table_tennis/", "", $1); print $1, $7}' "$data/clips.csv"; } >groups.csv
      "$gerund" dataset split "$data/table_tennis" table_tennis --ratio 0.3 --groups groups.csv >/dev/null 2>&1
      ;;
    *)
      for path in "$data/$1"/*/*.*; do
        class="$(basename "$(dirname "$path")")"
        case "$1 $(basename "$path")" in
          weizmann\ person[45]* | gestures\ *P2T* | ut_interaction\ *_[789]_*.avi | ut_interaction\ *_10_*.avi) side=test ;;
          *) side=train ;;
        esac
        mkdir -p "$1/$side/$class" && ln -s "$path" "$1/$side/$class/"
      done
      ;;
  esac
}

settings_of() { # SET: sizes
  case "$1" in
    weizmann) echo model.input_width=64 model.input_height=64 dataset.augmentation_config.crop_smaller_edge=72 ;;
    table_tennis)
      echo model.input_width=144 model.input_height=80 dataset.augmentation_config.crop_smaller_edge=84 \
        dataset.augmentation_config.horizontal_flip_prob=0
      ;;
    gestures) echo model.input_width=112 model.input_height=84 dataset.augmentation_config.crop_smaller_edge=92 dataset.augmentation_config.horizontal_flip_prob=0 ;;
    *) echo model.input_width=112 model.input_height=84 dataset.augmentation_config.crop_smaller_edge=92 ;;
  esac
}

network_of() { # NETWORK
  case "$1" in
    2d) echo model.model_type=rgb model.input_type=2d ;;
    3d) echo model.model_type=rgb model.input_type=3d ;;
    causal) echo model.model_type=rgb model.input_type=3d model.temporal=causal ;;
    flow) echo model.model_type=of model.input_type=3d model.of_seq_length=16 ;;
    joint) echo model.model_type=joint model.input_type=3d model.of_seq_length=16 ;;
  esac
}

accuracy_of() { # MODEL FOLDER
  "$gerund" evaluate "$1" "$2" -r judged --threads 1 >/dev/null 2>&1
  sed -n 's/^ *"accuracy": \([0-9.]*\),*$/\1/p' judged/evaluate/results.json | head -1
}

width="${6:-16}"
for set in ${3:-weizmann ut_interaction table_tennis gestures}; do
  part "$set"
  labels="$(ls "$set/train" | awk '{printf "%s%s: %d", (NR > 1 ? ", " : ""), $1, NR - 1}')"
  for network in ${4:-2d 3d causal flow joint}; do
    for seed in ${5:-1 2 3}; do
      results="runs/$set/$network/$seed"
      # shellcheck disable=SC2046
      "$gerund" train -e spec.yaml -r "$results" $(network_of "$network") $(settings_of "$set") model.rgb_seq_length=16 "model.width=$width" \
        model.dropout_ratio=0 "dataset.label_map={$labels}" "dataset.train_dataset_dir=$set/train" dataset.batch_size=8 dataset.workers=1 \
        dataset.clips_per_video=2 dataset.augmentation_config.val_center_crop=true "dataset.cache_dir=$work/cache" train.num_threads=1 \
        train.num_epochs=30 train.optim.lr=0.02 'train.optim.lr_steps=[22]' "train.seed=$seed" train.keep_checkpoints=0 >log.txt 2>&1 ||
        { cat log.txt >&2; exit 1; }
      accuracy="$(accuracy_of "$results/train/last.safetensors" "$set/test")"
      "$gerund" export "$results/train/last.safetensors" "$results/int8.onnx" --int8 --calibrate "$set/train" >/dev/null 2>&1
      int8="$(accuracy_of "$results/int8.onnx" "$set/test")"
      clips="$(find -L "$set/test" -type f | wc -l)"
      echo "{\"set\": \"$set\", \"network\": \"$network\", \"width\": $width, \"seed\": $seed, \"test_clips\": $clips, \"accuracy\": $accuracy, \"int8\": $int8}"
    done
  done
done
