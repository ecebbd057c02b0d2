#!/usr/bin/env bash
# Runs the gst-launch-1.0 line of each element's doc block, as it stands there, on a small clip and a small model.
# Usage: launch_lines.sh PLUGIN INPUTS SOURCES, INPUTS: the program gst_inputs, SOURCES: the folder gst/.
PLUGIN=$1 INPUTS=$2 SOURCES=$3
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
. "$(dirname "$0")/plugin_environment.sh"
"$INPUTS" "$FOLDER"

# The text between |[ and ]|, its lines joined.
line_of() {
  sed -n '/^ \* |\[/,/^ \* \]|/p' "$1" | sed '1d;$d;s/^ \* //' | tr '\n' ' '
}

count=0
for source in "$SOURCES"/*.cc; do
  grep -q '^ \* SECTION:element-' "$source" || continue
  element=$(sed -n 's/^ \* SECTION:element-//p' "$source")
  line=$(line_of "$source")
  [[ $line == gst-launch-1.0*"$element"* ]] || { echo "$source: no launch line that shows $element: '$line'"; exit 1; }
  line=${line//\/tmp\//$FOLDER/}
  line=${line//model=model.onnx/model=$FOLDER/model.onnx}
  echo "== $line"
  timeout 60 bash -c "$line" >"$FOLDER/output" 2>&1 || { cat "$FOLDER/output"; echo "$source: failed"; exit 1; }
  if grep -qiE 'warning|critical|erroneous' "$FOLDER/output"; then cat "$FOLDER/output"; exit 1; fi
  count=$((count + 1))
done
elements=$(grep -o 'Entry{"' "$SOURCES/plugin.cc" | wc -l)
[[ $count == "$elements" ]] || { echo "$count launch lines for $elements elements"; exit 1; }
# The line of gerundpublish writes a file.
grep -q '"schema":"gerund.event/1"' "$FOLDER/events.jsonl"
