#!/usr/bin/env bash
# Installs arrayc, moves it, and uses it from outside by CMake and by pkg-config.
# Usage: check.sh CMAKE BUILD_FOLDER SCRATCH_FOLDER CXX
set -uo pipefail
cmake=$1 build=$2 scratch=$3 cxx=$4
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$source/../checks.sh"
finds_nothing() { ! grep -rIl -e "$1" "$2"; }
says() { "${@:2}" 2>&1 | grep -e "$1"; }
is_silent() { ! says "$@"; }

rm -rf "$scratch"
mkdir -p "$scratch"
cp -r "$source" "$scratch/source"
check "install" "$cmake" --install "$build" --prefix "$scratch/first"
mv "$scratch/first" "$scratch/moved"
prefix=$scratch/moved
libdir=$(dirname "$(find "$prefix" -name libarrayc.so)")
check "no path of the first prefix is kept" finds_nothing "$scratch/first" "$prefix"
check "no path of the build folder is kept" finds_nothing "$build" "$prefix"
check "the tool runs" says '^arrayc [0-9]' "$prefix/bin/arrayc" --version
check "the compiling backend is there" test -e "$libdir/arrayc/arrayc-cpu.so"

check "configure" "$cmake" -S "$scratch/source" -B "$scratch/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_BUILD_TYPE=Release
check "build" "$cmake" --build "$scratch/build"
lines=$'[ 5. 10.  0.]\ncpu'
export ARRAYC_BACKEND=cpu ARRAYC_SMALL_WORK=0
check "the C++ interface" prints "$lines" "$scratch/build/lazy"
check "a kernel compiled ahead of time" prints 4 "$scratch/build/ahead"
check "a plug-in" test -e "$scratch/build/libplugin.so"
check "nothing is built twice" says "no work to do" "$cmake" --build "$scratch/build"
sed -i 's/x \* w/x * w * 2/' "$scratch/source/weighted.py"
check "a changed kernel is built again" is_silent "no work to do" "$cmake" --build "$scratch/build"
check "and is the new one" prints 8 "$scratch/build/ahead"
rm -f "$scratch/build/weighted.arrayc/weighted.h"
check "a missing header is made again" "$cmake" --build "$scratch/build"

export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs arrayc)"
check "compile by pkg-config" "$cxx" -std=c++20 "$scratch/source/lazy.cpp" \
  -o "$scratch/by_pkg_config" "${flags[@]}" "-Wl,-rpath,$(pkg-config --variable=libdir arrayc)"
check "run by pkg-config" prints "$lines" "$scratch/by_pkg_config"
check "headers warn of nothing" "$cxx" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow \
  -Wconversion -Werror "-I$prefix/include" "$scratch/source/lazy.cpp"

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
