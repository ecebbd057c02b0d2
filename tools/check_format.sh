#!/usr/bin/env bash
# Fails where a C++ file is not as clang-format 14 writes it; `tools/check_format.sh --fix` rewrites it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-format-14 >/dev/null || { echo "format: not checked, clang-format 14 is not here (Debian 12 has it)"; exit 0; }
mode=(--dry-run --Werror)
[ "${1:-}" = --fix ] && mode=(-i)
git ls-files -z -co --exclude-standard '*.h' '*.cc' | xargs -0 -r clang-format-14 "${mode[@]}"
echo "format: every C++ file is as clang-format 14 writes it"
