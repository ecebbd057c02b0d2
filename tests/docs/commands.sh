#!/usr/bin/env bash
# Runs the commands of gerund and GStreamer in README.md and in docs (all guides but performance.md, results.md, container.md, install.md and embedding.md) as they stand there, on a few drawn clips.
# Usage: commands.sh GERUND SOURCE_FOLDER PLUGIN, PLUGIN: libgstgerund.so. Training is made short by settings at the end of its line; lines of make and
# cd are left to those who run them (make test runs this). docs/results.md, docs/performance.md and models/README.md take too long for CI; what docs/install.md and
# docs/embedding.md say is done by tests/install and tests/packages. A block that begins with "```sh skip" is not run; the text beside it says why.
set -euo pipefail
gerund="$1" source="$2" plugin="$3"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$gerund" "$work/bin/gerund"
export PATH="$work/bin:$PATH"
GST_PLUGIN_PATH="$(dirname "$plugin")"
export GST_PLUGIN_PATH GST_REGISTRY="$work/registry.bin"
cd "$work"
ln -s "$source/specs" specs

gerund synth clips --actions wave,walk --clips 6 --seed 1 --train 0.5 --val 0.2 >/dev/null 2>&1
gerund synth long.mp4 --seed 2 --story wave:2,walk:2 >/dev/null 2>&1
cp long.mp4 match.mp4
cp long.mp4 holiday.mp4

quick="train.num_epochs=1 train.num_threads=1 dataset.batch_size=2 dataset.workers=1 model.width=4"
# A line that ends in a backslash goes on in the next.
commands_of() { awk '/^```sh$/ {inside = 1; next} /^```/ {inside = 0} inside' "$1" | sed -e ':next' -e '/\\$/{N;s/ *\\\n */ /;b next' -e '}' | grep -E '^(gerund|gst-launch-1.0|gst-inspect-1.0) '; }

# The block of a guide that is the file NAME: "```ini NAME".
file_in() {
  awk -v name="$2" '/^```[a-z]+ / && $2 == name {inside = 1; next} /^```/ {inside = 0} inside' "$1" >"$2"
  [ -s "$2" ] || { echo "$1: has no file $2"; exit 1; }
}
# The part of a guide that COMMAND made is what it makes now.
same_part() {
  diff <(eval "$2") <(awk -v mark="<!-- $2 -->" '$0 == mark {inside = 1; next} /^<!-- end -->$/ {inside = 0} inside' "$1") ||
    { echo "$1: write the part below '$2' anew"; exit 1; }
}

done_guides=" performance.md results.md "  # Minutes to hours: said at the top.
run_commands() {
  local count=0
  done_guides+="$(basename "$1") "
  while IFS= read -r line; do
    line="${line%%  #*}"
    case "$line" in
      "gerund train "*) line="$line $quick $2" ;;
    esac
    echo "\$ $line"
    eval "$line" >output.txt 2>&1 </dev/null || { cat output.txt; echo "failed: $line"; exit 1; }
    count=$((count + 1))
  done < <(commands_of "$1")
  [ "$count" -ge "${3:-4}" ] || { echo "$1: only $count commands were found"; exit 1; }
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
cp long.json match.json
run_commands "$source/docs/sequences.md" ""
run_commands "$source/docs/networks.md" ""
run_commands "$source/docs/live-accuracy.md" ""
run_commands "$source/docs/pipelines.md" ""
for made in regions.jsonl drawn.mp4 door.jsonl yard.jsonl live.jsonl; do
  [ -s "$made" ] || { echo "docs/pipelines.md: its commands did not make $made"; exit 1; }
done
file_in "$source/docs/pipelines.md" boxes.c
# shellcheck disable=SC2046
cc -Wall -Wextra -Werror boxes.c -o boxes $(pkg-config --cflags --libs gstreamer-video-1.0)
./boxes model.onnx match.mp4 >boxes.jsonl
grep -q '"track_id":' boxes.jsonl

for name in deepstream_action_recognition_config.txt config_preprocess_3d_custom.txt config_infer_primary_3d_action.txt; do
  file_in "$source/docs/deepstream.md" "$name"
done
sed -i 's|^uri-list=.*|uri-list=match.mp4;holiday.mp4|' deepstream_action_recognition_config.txt  # CI has no camera.
run_commands "$source/docs/deepstream.md" ""
for made in from_deepstream.yaml ds.jsonl exact.jsonl; do
  [ -s "$made" ] || { echo "docs/deepstream.md: its commands did not make $made"; exit 1; }
done
same_part "$source/docs/deepstream.md" "gerund deploy --deepstream-reference"
file_in "$source/docs/from-tao.md" old.yaml
run_commands "$source/docs/from-tao.md" ""
same_part "$source/docs/from-tao.md" "gerund spec --tao-reference"
diff <(cat "$source/examples/embed/main.cc") <(awk '/^```cpp$/ {inside = 1; next} /^```/ {inside = 0} inside' "$source/docs/embedding.md") ||
  { echo "docs/embedding.md: its first program is no longer examples/embed/main.cc"; exit 1; }
if command -v python3 >/dev/null; then
  mkdir pictures && "$source/tools/draw_sequences.py" pictures
  for picture in pictures/*.svg; do cmp "$picture" "$source/docs/images/$(basename "$picture")"; done
fi
run_commands "$source/docs/install.md" "" 1
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
for guide in "$source"/docs/*.md; do
  [ -z "$(commands_of "$guide")" ] || [[ $done_guides == *" $(basename "$guide") "* ]] || { echo "$guide: its commands are not run"; exit 1; }
done
