#!/usr/bin/env bash
# Checks every #include in src/, gst/, deploy/ and cli/ against layers.txt: which room may include which, and which room owns which library.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -co --exclude-standard 'src/*' 'gst/*' 'deploy/*' 'cli/*' | grep -E '\.(h|cc)$' | xargs grep -HnE '^[[:space:]]*#[[:space:]]*include' | awk '
  function room_of(path, parts) { split(path, parts, "/"); return parts[1] == "src" ? parts[2] : parts[1] }
  BEGIN {
    while ((getline line < "layers.txt") > 0) {
      if (line ~ /^#/ || line ~ /^[[:space:]]*$/) continue
      colon = index(line, ":"); head = substr(line, 1, colon - 1); tail = " " substr(line, colon + 1) " "
      if (head ~ /^@/) { split(head, words, " "); library[words[2]] = tail; name[words[2]] = substr(words[1], 2) }
      else { allowed[head] = tail; rooms[head] = 1 }
    }
  }
  {
    split($0, fields, ":"); path = fields[1]; room = room_of(path)
    if (!match($0, /["<][^">]+[">]/)) next
    target = substr($0, RSTART + 1, RLENGTH - 2)
    if (!(room in rooms)) { print path ": room \"" room "\" is not in layers.txt"; bad = 1; next }
    for (prefix in library)
      if (index(target, prefix) == 1 && index(library[prefix], " " room " ") == 0) {
        print path ":" fields[2] ": includes " target ", but " name[prefix] " belongs to:" library[prefix]; bad = 1 }
    split(target, parts, "/"); other = parts[1]
    if (target ~ /\// && (other in rooms) && other != room && index(allowed[room], " * ") == 0 && index(allowed[room], " " other " ") == 0) {
      print path ":" fields[2] ": room " room " may not include " target " (layers.txt allows:" allowed[room] ")"; bad = 1 }
  }
  END { if (bad) exit 1; print "layers: every include follows layers.txt" }'
