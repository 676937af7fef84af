#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/threads.h"
#include "tests/catch.h"

using namespace arrayc::runtime;

namespace {

struct Record {
  std::mutex mutex;
  std::set<std::pair<std::int64_t, std::int64_t>> pieces;
  std::int64_t fail_from = std::numeric_limits<std::int64_t>::max();
};

std::int32_t record(void* context, std::int64_t begin, std::int64_t end) {
  auto& r = *static_cast<Record*>(context);
  const std::lock_guard lock(r.mutex);
  r.pieces.emplace(begin, end);
  // The first index that failed, as a status.
  return end > r.fail_from ? static_cast<std::int32_t>(std::max(begin, r.fail_from)) : 0;
}

// Gives back the environment's thread count.
struct Restore {
  ~Restore() { set_thread_count(0); }
};

// Every index once, each piece but the last a multiple.
void check_cover(const Record& r, std::int64_t extent, std::int64_t grain, std::int64_t multiple) {
  std::int64_t at = 0;
  for (const auto& [begin, end] : r.pieces) {
    CHECK(begin == at);
    CHECK(end > begin);
    if (end != extent) CHECK((end - begin) % multiple == 0);
    CHECK((end - begin >= grain || extent < grain));
    at = end;
  }
  CHECK(at == extent);
}

}  // namespace

TEST_CASE("pieces cover the range once, whole multiples of at least the grain") {
  const Restore restore;
  for (int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    for (std::int64_t extent : {1, 2, 7, 64, 65, 100, 1000, 4096, 100001}) {
      for (std::int64_t grain : {0, 1, 10, 100, 5000}) {
        for (std::int64_t multiple : {1, 8, 64}) {
          CAPTURE(threads, extent, grain, multiple);
          Record r;
          CHECK(parallel_for(extent, grain, multiple, record, &r) == 0);
          check_cover(r, extent, grain, multiple);
        }
      }
    }
  }
}

TEST_CASE("nothing runs for an empty range") {
  Record r;
  CHECK(parallel_for(0, 1, 1, record, &r) == 0);
  CHECK(parallel_for(-5, 1, 1, record, &r) == 0);
  CHECK(r.pieces.empty());
}

TEST_CASE("one thread, or too little work, is one piece") {
  const Restore restore;
  Record r;
  set_thread_count(1);
  parallel_for(1000, 1, 1, record, &r);
  CHECK(r.pieces.size() == 1);
  set_thread_count(4);
  Record s;
  parallel_for(1000, 600, 1, record, &s);
  CHECK(s.pieces.size() == 1);
}

TEST_CASE("the status of the first failing index does not depend on the thread count") {
  const Restore restore;
  for (int threads : {1, 2, 5}) {
    set_thread_count(threads);
    for (std::int64_t first : {0, 1, 499, 777, 999}) {
      CAPTURE(threads, first);
      Record r;
      r.fail_from = first;
      if (first == 0) continue;  // a status of 0 is success
      CHECK(parallel_for(1000, 1, 1, record, &r) == first);
    }
  }
}

TEST_CASE("the first exception by position reaches the caller") {
  const Restore restore;
  for (int threads : {1, 4}) {
    set_thread_count(threads);
    const auto body = [](void*, std::int64_t begin, std::int64_t end) -> std::int32_t {
      for (std::int64_t i = begin; i < end; ++i) {
        if (i >= 300) throw std::runtime_error("at " + std::to_string(i));
      }
      return 0;
    };
    CHECK_THROWS_WITH(parallel_for(1000, 1, 1, body, nullptr), "at 300");
  }
}

TEST_CASE("a parallel loop in a parallel loop is serial") {
  const Restore restore;
  set_thread_count(2);
  static std::atomic<int> outer{0};
  static std::atomic<int> inner{0};
  outer = inner = 0;
  parallel_for(
      64, 1, 1,
      [](void*, std::int64_t, std::int64_t) -> std::int32_t {
        ++outer;
        return parallel_for(
            1000, 1, 1,
            [](void*, std::int64_t begin, std::int64_t end) -> std::int32_t {
              ++inner;
              return begin == 0 && end == 1000 ? 0 : 1;
            },
            nullptr);
      },
      nullptr);
  if (std::string(openmp_runtime()) != "none") CHECK(outer > 1);
  CHECK(inner == outer);
}

TEST_CASE("several callers at a time share the threads") {
  const Restore restore;
  set_thread_count(3);
  static std::atomic<int> running{0};
  static std::atomic<int> most{0};
  running = most = 0;
  const auto body = [](void* context, std::int64_t begin, std::int64_t end) -> std::int32_t {
    const int now = ++running;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    *static_cast<std::atomic<std::int64_t>*>(context) += end - begin;
    --running;
    return 0;
  };
  std::vector<std::thread> callers;
  std::atomic<std::int64_t> total{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) parallel_for(10000, 1, 1, body, &total);
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(total == 4 * 50 * 10000);
  CHECK(most <= 4 + 2);  // the callers and the two threads beside them
}

TEST_CASE("the thread count: what was set, then the environment, then the machine") {
  const Restore restore;
  set_thread_count(7);
  CHECK(thread_count() == 7);
  const char* own = std::getenv("ARRAYC_NUM_THREADS");
  const char* omp = std::getenv("OMP_NUM_THREADS");
  const std::string saved_own = own ? own : "";
  const std::string saved_omp = omp ? omp : "";
  const auto count_with = [](const char* arrayc_value, const char* omp_value) {
    setenv("ARRAYC_NUM_THREADS", arrayc_value, 1);
    setenv("OMP_NUM_THREADS", omp_value, 1);
    set_thread_count(0);
    return thread_count();
  };
  CHECK(count_with("5", "6") == 5);
  CHECK(count_with("", "6") == 6);
  CHECK(count_with("no", "6") == 6);
  CHECK(count_with("0", "6") == 6);
  CHECK(count_with("-3", "3,2") == 3);
  CHECK(count_with("99999999999999999999", "1") == 1024);
  const int machine = count_with("", "");
  CHECK(machine >= 1);
  CHECK(count_with("4x", "x4") == machine);
  own ? setenv("ARRAYC_NUM_THREADS", saved_own.c_str(), 1) : unsetenv("ARRAYC_NUM_THREADS");
  omp ? setenv("OMP_NUM_THREADS", saved_omp.c_str(), 1) : unsetenv("OMP_NUM_THREADS");
}

TEST_CASE("a forked child of a parallel process still computes") {
  const Restore restore;
  set_thread_count(4);
  Record before;
  CHECK(parallel_for(10000, 1, 1, record, &before) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);  // a child that hangs is killed, and fails the check below
    std::atomic<std::int64_t> sum{0};
    const auto add = [](void* context, std::int64_t begin, std::int64_t end) -> std::int32_t {
      *static_cast<std::atomic<std::int64_t>*>(context) += end - begin;
      return 0;
    };
    parallel_for(10000, 1, 1, add, &sum);
    _exit(sum == 10000 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("loops whose workers are held up become serial for a while") {
  const Restore restore;
  static std::thread::id caller;
  static std::atomic<int> held_up{0};
  caller = std::this_thread::get_id();
  // A worker that the scheduler does not let run, as far as the caller can see.
  const auto loop = [] {
    return parallel_for(
        2, 1, 1,
        [](void*, std::int64_t, std::int64_t) -> std::int32_t {
          if (std::this_thread::get_id() == caller) return 0;
          ++held_up;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return 0;
        },
        nullptr);
  };
  if (std::string(openmp_runtime()) == "none") return;
  set_thread_count(2);
  held_up = 0;
  for (int i = 0; i < 1000; ++i) loop();
  CHECK(held_up > 0);
  CHECK(held_up < 20);
  set_thread_count(2);  // whoever chooses is believed
  held_up = 0;
  loop();
  CHECK(held_up == 1);
  // It ends by itself.
  for (int i = 0; i < 1000 && held_up < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    loop();
  }
  CHECK(held_up >= 2);
}

TEST_CASE("a worker that is late after a pause says nothing of neighbours") {
  const Restore restore;
  if (std::string(openmp_runtime()) == "none") return;
  static std::thread::id caller;
  static std::atomic<int> by_workers{0};
  static std::atomic<bool> late{false};
  caller = std::this_thread::get_id();
  const auto loop = [] {
    return parallel_for(
        2, 1, 1,
        [](void*, std::int64_t, std::int64_t) -> std::int32_t {
          if (std::this_thread::get_id() == caller) return 0;
          ++by_workers;
          if (late) std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return 0;
        },
        nullptr);
  };
  set_thread_count(2);
  loop();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  late = true;
  loop();
  late = false;
  by_workers = 0;
  loop();
  CHECK(by_workers == 1);
}

TEST_CASE("loops whose threads take equally long stay parallel") {
  const Restore restore;
  if (std::string(openmp_runtime()) == "none") return;
  static std::atomic<int> pieces{0};
  pieces = 0;
  set_thread_count(2);
  for (int i = 0; i < 20; ++i) {
    parallel_for(
        2, 1, 1,
        [](void*, std::int64_t, std::int64_t) -> std::int32_t {
          ++pieces;
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
          return 0;
        },
        nullptr);
  }
  CHECK(pieces > 30);
}

TEST_CASE("idle threads use no processor") {
  const Restore restore;
  // Of a runtime that was there before, the program says how it waits.
  if (std::string(openmp_runtime()) != "libomp" || std::getenv("KMP_BLOCKTIME") ||
      std::getenv("OMP_WAIT_POLICY")) {
    return;
  }
  const auto idle_seconds = [] {
    set_thread_count(2);
    Record r;
    parallel_for(10000, 1, 1, record, &r);
    const std::clock_t before = std::clock();  // of all threads
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  };
  CHECK(idle_seconds() < 0.05);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(20);
    _exit(idle_seconds() < 0.05 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}
