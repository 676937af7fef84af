#include "runtime/threads.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/cpus.h"
#include "runtime/planted.h"

namespace arrayc::runtime {
namespace {

constexpr int kMostThreads = 1024;
// Pieces for each thread where there is enough work: a thread that is done takes over pieces of one
// that was held up (by another process on its processor, say).
constexpr int kMostPieces = 4;
// A thread that takes over another's piece reads it from the other's cache: at fewer grains than
// these in a piece that costs more than it saves.
constexpr int kGrainsToShare = 32;

// The entry points of an OpenMP runtime that GCC's and LLVM's both have.
struct OpenMp {
  void (*parallel)(void (*body)(void*), void* context, unsigned threads, unsigned flags) = nullptr;
  int (*in_parallel)() = nullptr;
  int (*thread_num)() = nullptr;
  int (*num_threads)() = nullptr;
  const char* name = "none";
};

// Set in a child process whose parent had run a parallel region on libgomp: its workers did not
// survive the fork, and a new region would wait for them for ever. libomp starts anew by itself.
std::atomic<bool> lost_workers{false};
std::atomic<bool> used_libgomp{false};
// Threads at work in parallel regions beside those that called. Callers on several threads share
// thread_count() - 1 of them, so that N callers do not run N teams of N.
std::atomic<int> extra_threads{0};

void after_fork_in_child() {
  extra_threads.store(0);
  if (used_libgomp.load()) lost_workers.store(true);
}

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
// so that idle workers do not take processors from others. The user's word comes first.
void limit_spinning(void* handle) {
  if (std::getenv("KMP_BLOCKTIME") || std::getenv("OMP_WAIT_POLICY")) return;
  void (*set_defaults)(const char*) = nullptr;
  take(handle, "kmp_set_defaults", set_defaults);
  if (set_defaults) set_defaults("KMP_BLOCKTIME=1");
}

OpenMp find_runtime() {
  pthread_atfork(nullptr, nullptr, after_fork_in_child);
  OpenMp omp = resolve(RTLD_DEFAULT);
  if (omp.parallel) return omp;
  // In the process but not in the global scope: a Python extension's, say.
  for (const char* name : {"libomp.so.5", "libgomp.so.1", "libiomp5.so"}) {
    if (void* handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) {
      omp = resolve(handle);
      if (omp.parallel) return omp;
      dlclose(handle);
    }
  }
  // Global, so that whatever is loaded later finds this one instead of bringing a second.
  for (const char* name : {"libomp.so.5", "libomp.so", "libgomp.so.1"}) {
    if (void* handle = dlopen(name, RTLD_LAZY | RTLD_GLOBAL)) {
      omp = resolve(handle);
      if (omp.parallel) {
        limit_spinning(handle);
        return omp;
      }
      dlclose(handle);
    }
  }
  return {};
}

const OpenMp& runtime() {
  static const OpenMp omp = find_runtime();
  return omp;
}

// A positive count from an environment variable ("4", or "4,2" for nested levels); 0 if unset,
// malformed or not positive.
int count_from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return 0;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  while (*end == ' ') ++end;
  if (end == text || (*end != '\0' && *end != ',') || value <= 0) return 0;
  return static_cast<int>(std::min<long>(value, kMostThreads));
}

int default_thread_count() {
  if (const int n = count_from_environment("ARRAYC_NUM_THREADS")) return n;
  if (const int n = count_from_environment("OMP_NUM_THREADS")) return n;
  return std::min(available_cpus(), kMostThreads);
}

std::atomic<int>& chosen_count() {
  static std::atomic<int> count{default_thread_count()};
  return count;
}

// Extra threads held for the time of one region.
class ExtraThreads {
 public:
  ExtraThreads(int wanted, int limit) {
    int used = extra_threads.load();
    do {
      count_ = std::clamp(limit - used, 0, wanted);
    } while (count_ > 0 && !extra_threads.compare_exchange_weak(used, used + count_));
  }
  ~ExtraThreads() { extra_threads.fetch_sub(count_); }
  ExtraThreads(const ExtraThreads&) = delete;
  ExtraThreads& operator=(const ExtraThreads&) = delete;
  int count() const { return count_; }

 private:
  int count_ = 0;
};

// One call of parallel_for.
struct Work {
  std::int64_t extent, piece, pieces;
  LoopBody body;
  void* context;
};

// The first piece so far that failed: pieces behind it need not run.
class Failure {
 public:
  bool is_before(std::int64_t i) const { return first_.load(std::memory_order_relaxed) < i; }

  void run(const Work& work, std::int64_t i) {
    const std::int64_t begin = i * work.piece;
    const bool last = i + 1 == work.pieces && !planted(runtime::Plant::piece_end);
    const std::int64_t end = last ? work.extent : begin + work.piece;
    std::int32_t status = 0;
    std::exception_ptr exception;
    try {
      status = work.body(work.context, begin, end);
      if (status == 0) return;
    } catch (...) {  // must not leave the parallel region
      exception = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (is_before(i)) return;
    first_.store(i, std::memory_order_relaxed);
    status_ = status;
    exception_ = exception;
  }

  // Throws what the piece threw, if it did.
  std::int32_t status() const {
    if (exception_) std::rethrow_exception(exception_);
    return status_;
  }

 private:
  std::atomic<std::int64_t> first_{std::numeric_limits<std::int64_t>::max()};
  std::mutex mutex_;
  std::int32_t status_ = 0;
  std::exception_ptr exception_;
};

// Pieces are dealt to lanes, one a thread: a thread works through its own lane, then helps with the
// others.
class Lanes {
 public:
  Lanes(const Work& work, int threads) : work_(work), lanes_(static_cast<std::size_t>(threads)) {
    for (int i = 0; i < threads; ++i) lanes_[i].next.store(first_of(i), std::memory_order_relaxed);
  }

  void run(int thread, Failure& failure) {
    const int count = static_cast<int>(lanes_.size());
    for (int i = 0; i < count; ++i) drain((thread + i) % count, failure);
  }

 private:
  struct alignas(64) Lane {
    std::atomic<std::int64_t> next{0};
  };

  std::int64_t first_of(int lane) const {
    const auto count = static_cast<std::int64_t>(lanes_.size());
    return lane * (work_.pieces / count) + std::min<std::int64_t>(lane, work_.pieces % count);
  }

  void drain(int lane, Failure& failure) {
    const std::int64_t end = first_of(lane + 1);
    std::atomic<std::int64_t>& next = lanes_[lane].next;
    while (next.load(std::memory_order_relaxed) < end) {
      const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= end) return;
      if (!failure.is_before(i)) failure.run(work_, i);
    }
  }

  const Work& work_;
  std::vector<Lane> lanes_;
};

std::int64_t pieces_of(std::int64_t extent, std::int64_t size) {
  return extent / size + (extent % size != 0 ? 1 : 0);
}

}  // namespace

int thread_count() { return chosen_count().load(std::memory_order_relaxed); }

void set_thread_count(int n) {
  const int count = n > 0 ? std::min(n, kMostThreads) : default_thread_count();
  chosen_count().store(count, std::memory_order_relaxed);
}

std::int32_t parallel_for(std::int64_t extent, std::int64_t grain, std::int64_t multiple,
                          LoopBody body, void* context) {
  if (extent <= 0) return 0;
  const int count = thread_count();
  grain = std::max<std::int64_t>(grain, 1);
  multiple = std::max<std::int64_t>(multiple, 1);
  // Pieces of at least `grain`: rounding the number of pieces down, not up.
  const std::int64_t most = std::min(extent / grain, pieces_of(extent, multiple));
  if (count <= 1 || most <= 1) return body(context, 0, extent);
  const OpenMp& omp = runtime();
  if (!omp.parallel || lost_workers.load(std::memory_order_relaxed) || omp.in_parallel()) {
    return body(context, 0, extent);
  }

  const auto wanted = static_cast<int>(std::min<std::int64_t>(count, most));
  const ExtraThreads extra(wanted - 1, count - 1);
  const int threads = extra.count() + 1;
  if (threads == 1) return body(context, 0, extent);
  const std::int64_t each =
      std::clamp<std::int64_t>(most / threads / kGrainsToShare, 1, kMostPieces);
  std::int64_t piece = pieces_of(extent, std::min<std::int64_t>(most, threads * each));
  piece = pieces_of(piece, multiple) * multiple;
  std::int64_t pieces = pieces_of(extent, piece);
  if (extent - (pieces - 1) * piece < grain) --pieces;  // a short rest goes with the last piece
  if (pieces <= 1) return body(context, 0, extent);

  struct Region {
    Work work;
    const OpenMp& omp;
    std::optional<Lanes> lanes;  // nothing where each thread has its one piece
    Failure failure;
  } region{{extent, piece, pieces, body, context}, omp, std::nullopt, {}};
  if (pieces > threads) region.lanes.emplace(region.work, threads);
  if (omp.name == std::string_view("libgomp")) used_libgomp.store(true, std::memory_order_relaxed);
  omp.parallel(
      [](void* p) {
        Region& r = *static_cast<Region*>(p);
        const int thread = r.omp.thread_num();
        if (r.lanes) return r.lanes->run(thread, r.failure);
        const int team = r.omp.num_threads();  // may be fewer than were asked for
        for (std::int64_t i = thread; i < r.work.pieces; i += team) r.failure.run(r.work, i);
      },
      &region, static_cast<unsigned>(threads), 0);
  return region.failure.status();
}

const char* openmp_runtime() { return runtime().name; }

}  // namespace arrayc::runtime
