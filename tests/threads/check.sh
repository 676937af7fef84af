#!/usr/bin/env bash
# Programs whose OpenMP runtime is libgomp, libomp, both, or, before the library loads one, none;
# kernels made ahead of time, and the library in them. One bit pattern whatever is set.
# Usage: check.sh CMAKE BUILD_FOLDER SCRATCH_FOLDER
set -uo pipefail
cmake=$1 build=$2 scratch=$3
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$source/../checks.sh"
skipped=0
unset OMP_NUM_THREADS OMP_WAIT_POLICY OMP_DYNAMIC ARRAYC_NUM_THREADS KMP_BLOCKTIME
export ARRAYC_SMALL_WORK=0
# The first processor that this process may use.
first=$(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//')
has() { command -v "$1" >/dev/null; }
skip() { skipped=$((skipped + 1)); printf 'skipped: %s\n' "$1"; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
check "install" "$cmake" --install "$build" --prefix "$scratch/installed"
prefix=$scratch/installed
libdir=$(dirname "$(find "$prefix" -name libarrayc.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs arrayc) -Wl,-rpath,$libdir"
check "compile kernels" "$prefix/bin/arrayc" compile "$source/k.py" -o k.o
[ "$failed" = 0 ] || exit 1

# --- kernels made ahead of time

all_bits() { # all_bits PROGRAM: settings that change no bit
  local program=$1 n mode setting
  for n in $(seq 16); do
    check "$program: OMP_NUM_THREADS=$n" prints "$bits" env OMP_NUM_THREADS="$n" "./$program"
  done
  for n in 1 3 16; do
    check "$program: omp_set_num_threads($n)" prints "$bits" "./$program" "$n"
  done
  for mode in inside fork flush up traps; do
    check "$program: $mode" prints "$bits" env OMP_NUM_THREADS=4 "./$program" "$mode"
  done
  for setting in OMP_DYNAMIC=true OMP_SCHEDULE=dynamic,1 OMP_THREAD_LIMIT=3 OMP_PROC_BIND=close \
    OMP_PROC_BIND=spread OMP_WAIT_POLICY=passive OMP_MAX_ACTIVE_LEVELS=3; do
    check "$program: $setting" prints "$bits" env OMP_NUM_THREADS=8 "$setting" "./$program"
  done
  check "$program: one processor" prints "$bits" env OMP_NUM_THREADS=4 taskset -c "$first" \
    "./$program"
}

compile_objects() { # compile_objects PROGRAM COMPILER [FLAG...]
  check "compile $1" "$2" -O1 -std=c99 -Wall -Werror -I. "$source/objects.c" k.o -fopenmp \
    "${@:3}" -lm -o "$1"
}
compile_objects by_gcc gcc
bits=$(OMP_NUM_THREADS=1 ./by_gcc)
check "a hash is printed" grep -qE '^[0-9a-f]{16}$' <<<"$bits"
all_bits by_gcc
if has clang-19; then
  compile_objects by_clang clang-19
  all_bits by_clang
else
  skip "kernels in a program of clang: clang-19 is not installed"
fi

# --- the library

compile_library() { # compile_library PROGRAM COMPILER [FLAG...]
  check "compile $1" "$2" -std=c++20 -Wall -Werror "$source/library.cpp" -o "$1" "${@:3}" \
    "${flags[@]}"
}
# Programs print "HASH THREADS RUNTIMES". With one thread no runtime is loaded.
all_modes() { # all_modes PROGRAM RUNTIMES MODE...
  local program=$1 runtimes=$2 mode
  for mode in "${@:3}"; do
    check "$program: $mode" prints "$library_bits 4 $runtimes" \
      env ARRAYC_NUM_THREADS=4 "./$program" "$mode"
  done
  check "$program: bound threads" counts "$processors" env OMP_PROC_BIND=true "./$program"
  check "$program: one processor" counts 1 taskset -c "$first" "./$program"
}
counts() { # counts THREADS COMMAND...: also the bits
  local got
  got=$(timeout 120 "${@:2}") || return 1
  [ "$(cut -d ' ' -f 1,2 <<<"$got")" = "$library_bits $1" ] || { printf '%s\n' "$got"; return 1; }
}
all_settings() { # all_settings PROGRAM RUNTIMES
  local program=$1 runtimes=$2 n setting
  for n in 1 2 16; do
    check "$program: OMP_NUM_THREADS=$n" counts "$n" env OMP_NUM_THREADS="$n" "./$program"
  done
  for setting in OMP_DYNAMIC=true OMP_SCHEDULE=guided OMP_THREAD_LIMIT=3 OMP_PROC_BIND=close; do
    check "$program: $setting" prints "$library_bits 4 $runtimes" \
      env ARRAYC_NUM_THREADS=4 "$setting" "./$program"
  done
}
modes=("" inside threads fork late)
compile_library library_plain g++ -Wno-unknown-pragmas
library_bits=$(ARRAYC_NUM_THREADS=1 ./library_plain | cut -d ' ' -f 1)
processors=$(./library_plain | cut -d ' ' -f 2)
check "at most the processors of the affinity mask" [ "$processors" -le "$(nproc)" ]
all_modes library_plain libomp "${modes[@]}"
all_settings library_plain libomp
compile_library library_gcc g++ -fopenmp
all_modes library_gcc libgomp "${modes[@]}"
all_settings library_gcc libgomp
if has clang++-19; then
  compile_library library_clang clang++-19 -fopenmp
  all_modes library_clang libomp "${modes[@]}"
  all_settings library_clang libomp
  check "a region in libomp" clang++-19 -fopenmp -shared -fPIC "$source/other.cpp" -o libother_l.so
  check "a region in libgomp" g++ -fopenmp -shared -fPIC "$source/other.cpp" -o libother_g.so
  compile_library gcc_and_libomp g++ -fopenmp -DWITH_OTHER "$scratch/libother_l.so"
  compile_library clang_and_libgomp clang++-19 -fopenmp -DWITH_OTHER "$scratch/libother_g.so"
  for program in gcc_and_libomp clang_and_libgomp; do
    all_modes "$program" "libgomp libomp" other fork late
  done
else
  skip "the library in a program of clang: clang++-19 is not installed"
fi

printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
