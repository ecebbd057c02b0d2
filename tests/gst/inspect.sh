#!/usr/bin/env bash
# gst-inspect-1.0 on the plugin and on each of its elements. Usage: inspect.sh PLUGIN SOURCES, SOURCES: the folder gst/.
PLUGIN=$1 SOURCES=$2
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
. "$(dirname "$0")/plugin_environment.sh"

gst-inspect-1.0 gerund >"$FOLDER/plugin"
grep -q 'Names what people are doing' "$FOLDER/plugin"
for element in $(grep -o 'Entry{"[a-z]*"' "$SOURCES/plugin.cc" | cut -d'"' -f2); do
  gst-inspect-1.0 "$element" >"$FOLDER/$element" 2>"$FOLDER/complaints"
  [[ ! -s $FOLDER/complaints ]] || { cat "$FOLDER/complaints"; exit 1; }
  grep -q 'Element Properties' "$FOLDER/$element"
  grep -q "^  $element:" "$FOLDER/plugin" || { echo "$element is not in the plugin"; exit 1; }
done
