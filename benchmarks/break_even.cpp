// From which size on a second thread pays: `2 * x + 1` on arrays that the caches hold, by one
// thread and by two. The best of many tries, so that a machine that is not quite idle does no harm.
//
// "at once": loops follow each other and the second thread is still awake. "after a rest": it has
// gone to sleep in the meantime, as it does a millisecond after a loop.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "runtime/threads.h"

using namespace arrayc::runtime;

namespace {

struct Loop {
  const double* x;
  double* y;
};

std::int32_t body(void* context, std::int64_t begin, std::int64_t end) {
  const Loop loop = *static_cast<Loop*>(context);
  for (std::int64_t i = begin; i < end; ++i) loop.y[i] = 2 * loop.x[i] + 1;
  return 0;
}

double best_microseconds(int threads, std::int64_t n, Loop loop, int tries, bool rest) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int i = 0; i < tries; ++i) {
    if (rest) std::this_thread::sleep_for(std::chrono::milliseconds(3));
    set_thread_count(threads);  // forgets that a loop was held up
    const Clock::time_point start = Clock::now();
    parallel_for(n, n / threads, 8, body, &loop);
    best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  return best;
}

}  // namespace

int main() {
  constexpr std::int64_t most = 1 << 18;
  std::vector<double> x(most, 0.5), y(most);
  const Loop loop{x.data(), y.data()};
  std::printf("%s; microseconds, best\n", openmp_runtime());
  std::printf("%9s %10s %10s %14s\n", "elements", "one", "two", "two, rested");
  for (std::int64_t n = 2048; n <= most; n *= 2) {
    const double one = best_microseconds(1, n, loop, 4000, false);
    const double two = best_microseconds(2, n, loop, 4000, false);
    const double rested = best_microseconds(2, n, loop, 100, true);
    std::printf("%9lld %10.2f %10.2f %14.2f\n", static_cast<long long>(n), one, two, rested);
  }
}
