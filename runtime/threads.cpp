#include "runtime/threads.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/cpus.h"
#include "runtime/openmp.h"
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

// Threads at work in parallel regions beside those that called. Callers on several threads share
// thread_count() - 1 of them, so that N callers do not run N teams of N.
std::atomic<int> extra_threads{0};

// A loop on several threads ends when the last of them has run. Where other processes want the
// processors too, the scheduler may let it wait: loops of microseconds then take milliseconds.
// Here is added up what loops gained over one thread, and lost. Losses that gains do not make up
// for make the next loops serial, so much longer that trying again costs a few percent.
class Crowding {
 public:
  using Clock = std::chrono::steady_clock;
  bool lasts() const { return now() < until_.load(std::memory_order_relaxed); }
  // A loop from `begin` until now; `own`: the time of the pieces that the caller ran. After a pause
  // threads have gone to sleep, and that waking them takes time says nothing of neighbours.
  void note(Clock::time_point begin, Clock::duration own, std::int64_t own_pieces,
            std::int64_t pieces) {
    const Clock::time_point end = Clock::now();
    const Clock::duration all = end - begin;
    const std::int64_t before =
        last_.exchange(end.time_since_epoch().count(), std::memory_order_relaxed);
    const bool paused = begin.time_since_epoch().count() - before > kPause;
    if (own_pieces == 0 || paused) return;
    // A process that was stopped meanwhile, or a machine asleep, says nothing of neighbours.
    const std::int64_t gain = std::max((own / own_pieces * pieces - all).count(), -kMostLost);
    std::int64_t sum = std::min(gained_.load(std::memory_order_relaxed) + gain, kMostKept);
    if (sum < -kMostKept) {
      until_.store(now() - kSerialFor * sum, std::memory_order_relaxed);
      sum = 0;
    }
    gained_.store(sum, std::memory_order_relaxed);  // callers on other threads may be missed
  }
  void forget() {
    gained_.store(0, std::memory_order_relaxed);
    until_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t kMostKept = Clock::duration(std::chrono::microseconds(200)).count();
  static constexpr std::int64_t kMostLost = Clock::duration(std::chrono::milliseconds(10)).count();
  static constexpr std::int64_t kSerialFor = 32;
  static std::int64_t now() { return Clock::now().time_since_epoch().count(); }
  static constexpr std::int64_t kPause = Clock::duration(std::chrono::milliseconds(5)).count();
  std::atomic<std::int64_t> gained_{0}, until_{0}, last_{0};
};
Crowding crowding;

void after_fork_in_child() {
  extra_threads.store(0);
  crowding.forget();
}
[[gnu::constructor]] void watch_forks() { pthread_atfork(nullptr, nullptr, after_fork_in_child); }

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
  return std::min(available_cpus(processors_before_binding()), kMostThreads);
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

  // Returns how many pieces this thread ran.
  std::int64_t run(int thread, Failure& failure) {
    const int count = static_cast<int>(lanes_.size());
    std::int64_t ran = 0;
    for (int i = 0; i < count; ++i) ran += drain((thread + i) % count, failure);
    return ran;
  }

 private:
  struct alignas(64) Lane {
    std::atomic<std::int64_t> next{0};
  };

  std::int64_t first_of(int lane) const {
    const auto count = static_cast<std::int64_t>(lanes_.size());
    return lane * (work_.pieces / count) + std::min<std::int64_t>(lane, work_.pieces % count);
  }

  std::int64_t drain(int lane, Failure& failure) {
    const std::int64_t end = first_of(lane + 1);
    std::atomic<std::int64_t>& next = lanes_[lane].next;
    std::int64_t ran = 0;
    while (next.load(std::memory_order_relaxed) < end) {
      const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= end) break;
      if (!failure.is_before(i)) failure.run(work_, i);
      ++ran;
    }
    return ran;
  }

  const Work& work_;
  std::vector<Lane> lanes_;
};

// What the threads of one parallel region share.
struct Region {
  void run() {
    const int thread = omp.thread_num();
    if (thread != 0) {
      run_pieces(thread);
      return;
    }
    begin = Crowding::Clock::now();
    own_pieces = run_pieces(thread);
    own_end = Crowding::Clock::now();
  }

  std::int64_t run_pieces(int thread) {
    if (lanes) return lanes->run(thread, failure);
    const int team = omp.num_threads();  // may be fewer than were asked for
    std::int64_t ran = 0;
    for (std::int64_t i = thread; i < work.pieces; i += team, ++ran) failure.run(work, i);
    return ran;
  }

  Work work;
  const OpenMp& omp;
  std::optional<Lanes> lanes;  // nothing where each thread has its one piece
  Failure failure;
  Crowding::Clock::time_point begin, own_end;  // of the calling thread, number 0
  std::int64_t own_pieces = 0;
};

std::int64_t pieces_of(std::int64_t extent, std::int64_t size) {
  return extent / size + (extent % size != 0 ? 1 : 0);
}

}  // namespace

int thread_count() { return chosen_count().load(std::memory_order_relaxed); }

void set_thread_count(int n) {
  const int count = n > 0 ? std::min(n, kMostThreads) : default_thread_count();
  chosen_count().store(count, std::memory_order_relaxed);
  crowding.forget();
}

std::int32_t parallel_for(std::int64_t extent, std::int64_t grain, std::int64_t multiple,
                          LoopBody body, void* context) {
  if (extent <= 0) return 0;
  const int count = thread_count();
  grain = std::max<std::int64_t>(grain, 1);
  multiple = std::max<std::int64_t>(multiple, 1);
  // Pieces of at least `grain`: rounding the number of pieces down, not up.
  const std::int64_t most = std::min(extent / grain, pieces_of(extent, multiple));
  if (count <= 1 || most <= 1 || crowding.lasts()) return body(context, 0, extent);
  const OpenMp& omp = openmp();
  if (!omp.parallel || has_lost_workers(omp) || in_parallel(omp)) {
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

  Region region{{extent, piece, pieces, body, context}, omp, std::nullopt, {}, {}, {}};
  if (pieces > threads) region.lanes.emplace(region.work, threads);
  omp.parallel([](void* p) { static_cast<Region*>(p)->run(); }, &region,
               static_cast<unsigned>(threads), 0);
  crowding.note(region.begin, region.own_end - region.begin, region.own_pieces, pieces);
  return region.failure.status();
}

const char* openmp_runtime() { return openmp().name; }

}  // namespace arrayc::runtime
