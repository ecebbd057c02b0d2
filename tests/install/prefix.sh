#!/usr/bin/env bash
# Installs a build, moves the whole to another folder, and writes a small model and clip beside it.
# Usage: prefix.sh BUILD PREFIX WORK INPUTS, INPUTS: the program gst_inputs.
set -euo pipefail
build=$1 prefix=$2 work=$3 inputs=$4
rm -rf "$prefix" "$prefix.before" "$work"
cmake --install "$build" --prefix "$prefix.before" >/dev/null
mv "$prefix.before" "$prefix"
"$inputs" "$work"
