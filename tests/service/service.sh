#!/usr/bin/env bash
# The commands of contrib/gerund-deploy@.service and compose.yaml are lines that gerund takes, with the config where the
# files put it; systemd, where it is installed, finds the unit right and well fenced in.
# Usage: service.sh GERUND SOURCE_FOLDER
set -euo pipefail
gerund="$(realpath "$1")" source="$(realpath "$2")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
unit="$source/contrib/gerund-deploy@.service"
cat >"$work/door.yaml" <<'END'
model: /etc/gerund/model.onnx
sources: ["rtsp://viewer:${CAMERA_PASSWORD}@camera/live"]
events: {threshold: 0.625}
END
export CAMERA_PASSWORD=secret

# Runs "PROGRAM deploy ..." with --print-config instead, and looks for the config's value and the expected ones.
expect_config() {
  local name="$1" line="$2" wanted
  shift 2
  line="${line#* }"
  line="${line//\/etc\/gerund\//$work/}"
  # shellcheck disable=SC2086
  "$gerund" $line --print-config >"$work/printed.yaml" || { echo "$name: gerund does not take: $line"; exit 1; }
  for wanted in "threshold: 0.625" "viewer:secret@camera" "model: \"\?/etc/gerund/model.onnx" "$@"; do
    grep -q -- "$wanted" "$work/printed.yaml" || { echo "$name: no '$wanted' in:"; cat "$work/printed.yaml"; exit 1; }
  done
}
command_of_unit="$(sed -n 's/^ExecStart=//p' "$unit" | sed 's/%i/door/g')"
expect_config "$unit" "$command_of_unit" "events: \"\?/var/lib/gerund/door.jsonl" "display: false" "fps_line: false"
cp "$work/door.yaml" "$work/app.yaml"
command_of_compose="$(sed -n 's/^ *command: \[\(.*\)\]$/gerund \1/p' "$source/compose.yaml" | tr -d ',"')"
expect_config compose.yaml "$command_of_compose" "events: \"\?-" "display: false" "fps_line: false"

if command -v systemd-analyze >/dev/null; then
  # Where the program is not installed, verify would say so of any unit.
  sed "s|^ExecStart=[^ ]*|ExecStart=$gerund|; s|man:gerund(1)|file:$source/docs/container.md|" "$unit" >"$work/gerund-deploy@.service"
  found="$(systemd-analyze verify "$work/gerund-deploy@.service" 2>&1 | grep gerund-deploy || true)"
  [ -z "$found" ] || { echo "systemd-analyze verify: $found"; exit 1; }
  systemd-analyze security --offline=true --threshold=20 "$work/gerund-deploy@.service" >"$work/security.txt" 2>&1 ||
    { echo "systemd-analyze security: exposed to more than 2.0"; cat "$work/security.txt"; exit 1; }
else
  echo "systemd is not installed: the unit was not checked by it"
fi
