#!/usr/bin/env bash
# Runs notebooks/action_recognition.ipynb as it stands, on drawn clips, and looks at what it leaves; exit code 77 where
# Jupyter's nbconvert is missing. The committed notebook must hold no outputs.
# Usage: action_recognition.sh GERUND SOURCE_FOLDER
set -euo pipefail
gerund="$(realpath "$1")" source="$(realpath "$2")"
notebook="$source/notebooks/action_recognition.ipynb"
python=/usr/bin/python3  # Debian's, which has Debian's kernel; another may come first in PATH.
"$python" - "$notebook" <<'END'
import json, sys
for cell in json.load(open(sys.argv[1]))["cells"]:
    if cell.get("outputs") or cell.get("execution_count") is not None:
        sys.exit(f"{sys.argv[1]}: cell {cell['id']} holds outputs; clear them before a commit")
END
if ! command -v jupyter-nbconvert >/dev/null || ! "$python" -c 'import ipykernel' 2>/dev/null; then
  echo "jupyter-nbconvert or python3-ipykernel is not installed (tools/install_packages.sh test): skipped"
  exit 77
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$gerund" "$work/bin/gerund"
ln -s "$python" "$work/bin/python3"
export PATH="$work/bin:$PATH" HOME="$work" XDG_CACHE_HOME="$work/cache" GERUND_CLONE="$source" GERUND_WORK="$work/made" PYDEVD_DISABLE_FILE_VALIDATION=1
unset HMDB51_ARCHIVE HMDB51_SPLITS
jupyter-nbconvert --to notebook --execute --log-level ERROR --output-dir "$work" --output executed "$notebook"
cd "$work/made"
for made in results/train/report.html results/center/evaluate/results.json results/conv/evaluate/results.json \
  model.onnx labelled.mp4 timeline.png events.jsonl tiled.mp4; do
  [ -s "$made" ] || { echo "the notebook did not make $made"; exit 1; }
done
"$python" - "$work/executed.ipynb" <<'END'
import json, sys
for view in ["center", "conv"]:
    accuracy = json.load(open(f"results/{view}/evaluate/results.json"))["accuracy"]
    print(f"{view}: {100 * accuracy:.1f} %")
    if accuracy < 0.4:  # Chance is 25 %.
        sys.exit(f"{view}: the network has hardly learnt anything")
kinds = [kind for cell in json.load(open(sys.argv[1]))["cells"] for output in cell.get("outputs", []) for kind in output.get("data", {})]
text = open(sys.argv[1]).read()
if kinds.count("image/png") < 6 or text.count("<video") < 3 or "iframe" not in text:
    sys.exit("the notebook does not show its sheets, pictures, report and videos")
END
