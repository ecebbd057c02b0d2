#!/usr/bin/env bash
# Looks for leaks and wrong memory in a few cases of gst_test. Usage: valgrind.sh GST_TEST [FILTER]. Ends with 77 where
# there is no valgrind.
command -v valgrind >/dev/null || exit 77
set -euo pipefail
here=$(dirname "$0")
cases=Roi.Marks*:Overlay.DrawsLabels*:ReportMeta.*:Events.EndWithTheStream:Publish.WritesOneLine*:Infer.PassesFrames*
cases+=:ChainBin.GoesFrom*:SourceBin.PlaysAFile*:SourceBin.StopsInTheMiddle*
filter=${2:-$cases}
suppressions=(--suppressions="$here/gst.supp")
[[ -r /usr/share/glib-2.0/valgrind/glib.supp ]] && suppressions+=(--suppressions=/usr/share/glib-2.0/valgrind/glib.supp)
# ORC writes machine code at run time, which valgrind takes for nonsense; OpenMP keeps its threads.
export G_SLICE=always-malloc G_DEBUG=gc-friendly ORC_CODE=backup OMP_NUM_THREADS=1
exec valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  --error-exitcode=1 --num-callers=30 "${suppressions[@]}" "$1" --gtest_filter="$filter"
