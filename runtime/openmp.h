// The OpenMP runtime of this process: GCC's libgomp or LLVM's libomp, whichever is there.
#pragma once

#include <vector>

namespace arrayc::runtime {

// The entry points that both have. All null, and named "none", where there is no runtime.
struct OpenMp {
  void (*parallel)(void (*body)(void*), void* context, unsigned threads, unsigned flags) = nullptr;
  int (*in_parallel)() = nullptr;
  int (*thread_num)() = nullptr;
  int (*num_threads)() = nullptr;
  const char* name = "none";
  // Of further runtimes in the process, whose regions this one knows nothing of.
  std::vector<int (*)()> others_in_parallel;
  void* loaded = nullptr;  // dlopen's handle, where it was loaded here
  int loaded_after = 0;    // how many forks
};

// Found on the first call, or else loaded.
const OpenMp& openmp();

// Whether the calling thread is in a parallel region of any runtime.
bool in_parallel(const OpenMp& omp);

// Whether a fork has left this process without the workers that the runtime counts on.
bool has_lost_workers(const OpenMp& omp);

// Where the environment tells runtimes to bind threads, a runtime binds the program's first thread
// to one processor when it is loaded: how many it counted before. 0: nobody told it so.
int processors_before_binding();

}  // namespace arrayc::runtime
