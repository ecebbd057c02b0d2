#!/usr/bin/env bash
# `gerund man` formats without a warning and names every verb and option of the help, each verb in a section of its own.
# Usage: man_page.sh GERUND
set -euo pipefail
gerund="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "gerund man: $1"; failed=1; }

"$gerund" man >"$work/gerund.1"
groff -man -ww -Tutf8 -rLL=200n -P-cbou "$work/gerund.1" >"$work/page.txt" 2>"$work/warnings.txt"
[ ! -s "$work/warnings.txt" ] || { complain "groff warns:"; cat "$work/warnings.txt"; }
for section in NAME SYNOPSIS DESCRIPTION OPTIONS VERBS "EXIT STATUS" ENVIRONMENT "SEE ALSO"; do
  grep -qx "$section" "$work/page.txt" || complain "lacks the section $section"
done

verbs_in() { awk '/^Subcommands:/ {inside = 1; next} inside && /^  [a-z]/ {sub(",", "", $1); print $1}' <<<"$1"; }
options_in() { awk '/^  -/ {print $1}' <<<"$1" | tr ',' '\n'; }
# The lines of the verb's own section: from its heading to the next one.
section_of() { awk -v heading="   gerund $*" '/^   gerund / {inside = $0 == heading} /^[A-Z]/ {inside = 0} inside' "$work/page.txt"; }
count=0
check_verb() {
  local name section help
  help="$("$gerund" "$@" --help)"
  if [ $# -gt 0 ]; then
    section="$(section_of "$@")"
    [ -n "$section" ] || complain "lacks gerund $*"
    for name in $(options_in "$help"); do
      grep -qE -- "(^|[ ,])$name([ ,]|\$)" <<<"$section" || complain "gerund $* lacks $name"
      count=$((count + 1))
    done
  fi
  for name in $(verbs_in "$help"); do check_verb "$@" "$name"; done
}
check_verb
[ "$count" -ge 100 ] || complain "only $count options were found in the help"
exit $failed
