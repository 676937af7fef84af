#include "runtime/openmp.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace arrayc::runtime {
namespace {

constexpr const char* kRuntimes[] = {"libomp.so.5", "libgomp.so.1", "libiomp5.so"};

// Forks between the start of the first process and this one. Counted from when the library is
// loaded: whoever forks may have used the runtime before us.
std::atomic<int> forks{0};
void after_fork_in_child() { forks.fetch_add(1); }
[[gnu::constructor]] void watch_forks() { pthread_atfork(nullptr, nullptr, after_fork_in_child); }

template <typename Function>
void take(void* handle, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, symbol));
}

OpenMp resolve(void* handle) {
  OpenMp omp;
  take(handle, "GOMP_parallel", omp.parallel);
  take(handle, "omp_in_parallel", omp.in_parallel);
  take(handle, "omp_get_thread_num", omp.thread_num);
  take(handle, "omp_get_num_threads", omp.num_threads);
  if (!omp.parallel || !omp.in_parallel || !omp.thread_num || !omp.num_threads) return {};
  // LLVM's runtime has both interfaces, GCC's only its own. Both may be in one process, so what
  // counts is the object that GOMP_parallel comes from.
  Dl_info gomp{};
  Dl_info kmpc{};
  void* fork_call = dlsym(handle, "__kmpc_fork_call");
  const bool llvm = fork_call != nullptr &&
                    dladdr(reinterpret_cast<void*>(omp.parallel), &gomp) != 0 &&
                    dladdr(fork_call, &kmpc) != 0 && gomp.dli_fbase == kmpc.dli_fbase;
  omp.name = llvm ? "libomp" : "libgomp";
  return omp;
}

// A runtime loaded by us spins for at most a millisecond after a region (libomp's default is 200),
// so that idle workers do not take processors from others. The user's word comes first. In a forked
// child the runtime starts anew and has forgotten it.
void limit_spinning(void* handle) {
  static std::atomic<int> limited_after{-1};
  const int now = forks.load(std::memory_order_relaxed);
  if (limited_after.load(std::memory_order_relaxed) == now) return;
  limited_after.store(now, std::memory_order_relaxed);
  if (std::getenv("KMP_BLOCKTIME") || std::getenv("OMP_WAIT_POLICY")) return;
  void (*set_defaults)(const char*) = nullptr;
  take(handle, "kmp_set_defaults", set_defaults);
  if (set_defaults) set_defaults("KMP_BLOCKTIME=1");
}

// One that is in the process already.
OpenMp present_runtime() {
  OpenMp omp = resolve(RTLD_DEFAULT);
  if (omp.parallel) return omp;
  // Not in the global scope: a Python extension's, say.
  for (const char* name : kRuntimes) {
    if (void* handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) {
      omp = resolve(handle);
      if (omp.parallel) return omp;
      dlclose(handle);
    }
  }
  return {};
}

OpenMp load_runtime() {
  // Global, so that whatever is loaded later finds this one instead of bringing a second.
  for (const char* name : {"libomp.so.5", "libomp.so", "libgomp.so.1"}) {
    if (void* handle = dlopen(name, RTLD_LAZY | RTLD_GLOBAL)) {
      OpenMp omp = resolve(handle);
      if (omp.parallel) {
        omp.loaded = handle;
        omp.loaded_after = forks.load();
        return omp;
      }
      dlclose(handle);
    }
  }
  return {};
}

// The functions of this name of all runtimes in the process, which then stay loaded.
std::vector<int (*)()> functions_named(const char* symbol) {
  std::vector<int (*)()> found;
  for (const char* name : kRuntimes) {
    void* handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) continue;
    int (*function)() = nullptr;
    take(handle, symbol, function);
    if (function) found.push_back(function);
  }
  return found;
}

}  // namespace

const OpenMp& openmp() {
  static const OpenMp omp = [] {
    OpenMp found = present_runtime();
    if (!found.parallel) found = load_runtime();
    found.others_in_parallel = functions_named("omp_in_parallel");
    std::erase(found.others_in_parallel, found.in_parallel);
    return found;
  }();
  if (omp.loaded) limit_spinning(omp.loaded);
  return omp;
}

bool in_parallel(const OpenMp& omp) {
  return omp.in_parallel() ||
         std::any_of(omp.others_in_parallel.begin(), omp.others_in_parallel.end(),
                     [](auto* inside) { return inside() != 0; });
}

// The workers of libgomp do not survive a fork, and in the child a region of the thread that had
// them would wait for them for ever. libomp starts anew by itself.
bool has_lost_workers(const OpenMp& omp) {
  return omp.name == std::string_view("libgomp") &&
         forks.load(std::memory_order_relaxed) != omp.loaded_after;
}

int processors_before_binding() {
  int most = 0;
  for (const char* name : {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"}) {
    if (std::getenv(name) == nullptr) continue;
    for (const auto count : functions_named("omp_get_num_procs")) most = std::max(most, count());
    break;
  }
  return most;
}

}  // namespace arrayc::runtime
