// The thread team: one OpenMP runtime per process, found or loaded on first use.
#pragma once

#include <cstdint>

namespace arrayc::runtime {

// How many threads a parallel loop may use: set_thread_count, else ARRAYC_NUM_THREADS, else
// OMP_NUM_THREADS, else the processors this process may run on (affinity and cgroup limits).
int thread_count();
// 0: back to the environment. Threads that were held up are tried again.
void set_thread_count(int n);

// Runs body(context, begin, end) over [0, extent) in contiguous pieces, each a multiple of
// `multiple` except the last, of at least `grain` iterations, on at most thread_count() threads.
// Serial inside a caller's parallel region, where one piece is all there is, and for a while after
// other processes have held threads up. Which pieces there are depends on that and on the thread
// count; results must not. Returns the first non-zero status by position.
using LoopBody = std::int32_t (*)(void* context, std::int64_t begin, std::int64_t end);
std::int32_t parallel_for(std::int64_t extent, std::int64_t grain, std::int64_t multiple,
                          LoopBody body, void* context);

// "libgomp", "libomp" or "none", for reports.
const char* openmp_runtime();

}  // namespace arrayc::runtime
