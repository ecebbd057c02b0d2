#!/usr/bin/env bash
# Installed headers include each other and the standard library, nothing else, and compile. Usage: headers.sh PREFIX COMPILER
set -euo pipefail
prefix=$1 compiler=$2
cd "$prefix/include"
headers=$(find gerund -name '*.h')
bad=0
while IFS=: read -r header line; do
  name=${line#*[<\"]}; name=${name%[>\"]*}
  case $line in
    *'<'gerund/*) [ -e "$name" ] || { echo "$header includes $name, which cmake/public_headers.txt lacks"; bad=1; } ;;
    *'<'*/* | *'<'*.h'>'* | *'"'*) echo "$header includes $name, which its users need not have"; bad=1 ;;
  esac
done < <(grep -HE '^ *# *include' $headers)
[ $bad = 0 ]
for header in $headers; do echo "#include <$header>"; done | "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I. -x c++ -
