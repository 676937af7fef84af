#!/usr/bin/env bash
# Shows that a new ufunc is one row in one file: adds one to a copy of the tree, builds the copy,
# and calls the ufunc under both its names, from C++, from a kernel file and from IR text, on every
# backend. `./dev row` runs it: it builds the library anew, which takes some minutes.
# Usage: check.sh [CXX]
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cxx=${1:-c++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy=$scratch/tree build=$scratch/build
mkdir "$copy"
(cd "$source" && git ls-files -co --exclude-standard -z |
  tar --null --ignore-failed-read -cf - -T -) | tar -xf - -C "$copy"
cp -r "$copy" "$scratch/before"

formula='maximum((x + 2) * x, y) - 1'
row='UFUNC(bounded_square, "bsq", 2, numeric_no_bool_loop, "", false, 4,'
row="$row \"$formula\", $formula)"
sed -i "s|^#undef UFUNC|$row\n&|" "$copy/ir/ufuncs.def"

changed=$(diff -rq "$scratch/before" "$copy" | wc -l)
passed=0 failed=0
equal() { # equal NAME EXPECTED GOT
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'failed: %s: expected %s, got %s\n' "$1" "$2" "$3"
  fi
}
equal "files changed" 1 "$changed"

launcher=()
if command -v ccache >/dev/null; then
  export CCACHE_BASEDIR=$scratch CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_BUILD_TYPE=Release \
  -DARRAYC_TESTS=OFF -DARRAYC_EXAMPLES=OFF "${launcher[@]}" -Wno-dev --log-level=WARNING
cmake --build "$build" --target arrayc-tool arrayc-cpu

cat >"$scratch/call.cpp" <<'CPP'
#include <arrayc/arrayc.h>

#include <iostream>
int main() {
  const arrayc::Array x = arrayc::array({1.5, -2.0, 3.0});
  std::cout << arrayc::bounded_square(x, 2) << arrayc::bsq(x, 20)
            << arrayc::ufunc::bounded_square.outer(x, x)[0] << "\n";
}
CPP
"$cxx" -std=c++20 "-I$copy/frontend/cpp/include" "-I$copy/runtime/include" "-I$build/include" \
  "$scratch/call.cpp" -o "$scratch/call" "-L$build/lib" -larrayc "-Wl,-rpath,$build/lib"
cat >"$scratch/k.py" <<'PY'
import numpy as np

def f(x: "f64", y: "f64"):
    return np.bounded_square(x, y)

def g(x: "i8", y: "i8"):
    return np.bsq(x, y)
PY
"$build/bin/arrayc" compile "$scratch/k.py" --emit=graph -o - >"$scratch/k.air"
for backend in interp interp-loops cpu; do
  export ARRAYC_BACKEND=$backend ARRAYC_SMALL_WORK=0
  equal "C++ on $backend" "[ 4.25  1.   14.  ][19. 19. 19.][4.25 4.25 4.25]" "$("$scratch/call")"
  for file in k.py k.air; do
    equal "$file on $backend" "4.25" "$("$build/bin/arrayc" run "$scratch/$file:f" 1.5 2)"
    equal "integers of $file on $backend" "14" "$("$build/bin/arrayc" run "$scratch/$file:g" 3 0)"
  done
done
equal "lines of the list" 1 "$("$build/bin/arrayc" list ufuncs | grep -c -F "$formula")"

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
