#!/usr/bin/env bash
# Runs the gerund commands of README.md and of deploy.md, streaming.md, import.md, sealing.md, flow.md, catalogue.md, training.md and datasets.md in docs, as they stand there, on a few drawn clips.
# Usage: commands.sh GERUND SOURCE_FOLDER. Training is made short by settings at the end of its line; lines of make and
# cd are left to those who run them (make test runs this). docs/results.md and models/README.md take too long for CI.
set -euo pipefail
gerund="$1" source="$2"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$gerund" "$work/bin/gerund"
export PATH="$work/bin:$PATH"
cd "$work"
ln -s "$source/specs" specs

gerund synth clips --actions wave,walk --clips 6 --seed 1 --train 0.5 --val 0.2 >/dev/null 2>&1
gerund synth long.mp4 --seed 2 --story wave:2,walk:2 >/dev/null 2>&1
cp long.mp4 match.mp4
cp long.mp4 holiday.mp4

quick="train.num_epochs=1 train.num_threads=1 dataset.batch_size=2 dataset.workers=1 model.width=4"
commands_of() { awk '/^```sh$/ {inside = 1; next} /^```/ {inside = 0} inside && /^gerund /' "$1"; }

run_commands() {
  local count=0
  while IFS= read -r line; do
    line="${line%%  #*}"
    case "$line" in
      "gerund train "*) line="$line $quick $2" ;;
    esac
    echo "\$ $line"
    eval "$line" >output.txt 2>&1 </dev/null || { cat output.txt; echo "failed: $line"; exit 1; }
    count=$((count + 1))
  done < <(commands_of "$1")
  [ "$count" -ge 4 ] || { echo "$1: only $count commands were found"; exit 1; }
}

run_commands "$source/README.md" ""
for made in results/evaluate/results.json model.onnx labelled.mp4 timeline.png; do
  [ -s "$made" ] || { echo "README.md: its commands did not make $made"; exit 1; }
done
run_commands "$source/docs/deploy.md" ""
for made in events.jsonl tiled.mp4 app.yaml again.jsonl; do
  [ -s "$made" ] || { echo "docs/deploy.md: its commands did not make $made"; exit 1; }
done
diff -q <("$gerund" deploy --reference) "$source/docs/deploy-config.md" ||
  { echo "docs/deploy-config.md: gerund deploy --reference > docs/deploy-config.md"; exit 1; }
run_commands "$source/docs/streaming.md" \
  "dataset.train_dataset_dir=clips/train dataset.val_dataset_dir=clips/val 'dataset.label_map={wave: 0, walk: 1}'"
cp "$source/tests/nets/golden/import/torchvision.pth" resnet18.pth
data="dataset.train_dataset_dir=clips/train dataset.val_dataset_dir=clips/val 'dataset.label_map={wave: 0, walk: 1}'"
run_commands "$source/docs/import.md" "model.width=2 $data"
run_commands "$source/docs/sealing.md" "$data"
run_commands "$source/docs/flow.md" "model.rgb_seq_length=8 $data"
run_commands "$source/docs/catalogue.md" ""
[ -s base.onnx ] && [ -s weights/drawn_base_3d.safetensors ] || { echo "docs/catalogue.md: its commands did not make base.onnx"; exit 1; }
[ -s causal.step.onnx ] || { echo "docs/streaming.md: its commands did not make causal.step.onnx"; exit 1; }
run_commands "$source/docs/training.md" ""
for made in train/report.html train/status.json train/metrics.csv evaluate/report.html evaluate/status.json inference/status.json export/status.json; do
  [ -s "runs/first/$made" ] || { echo "docs/training.md: its commands did not make runs/first/$made"; exit 1; }
done
ls runs/first/train/tensorboard/events.out.tfevents.* >/dev/null
mkdir datasets && cd datasets
"$gerund" synth drawn --actions wave,walk,pushup --clips 8 --seed 3 --train 1 --val 0 >/dev/null 2>&1
mkdir -p downloaded && cp -r drawn/train/walk drawn/train/wave downloaded/  # As the guide says, but without gerund.
run_commands "$source/docs/datasets.md" ""
for made in sheets/walk.png clips_of_mine/walk halves/train/walk frames/walk/walk_0000/rgb/000001.png frames/walk/walk_0000/u/000001.jpg \
  flow/walk/walk_0000/v/000001.jpg kept/pushup/pushup_0000/flo/flow_00000_gerund.flo from_flo/pushup/pushup_0000/u/000001.png; do
  [ -e "$made" ] || { echo "docs/datasets.md: its commands did not make $made"; exit 1; }
done
