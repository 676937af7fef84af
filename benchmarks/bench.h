// What both benchmark programs share: their command line, the inputs and the clock.
//
//   PROGRAM WORKLOAD N THREADS SAMPLES RESULT
//
// They print one JSON object and leave the result's f64 elements in the file RESULT. N is the
// number of elements, of points for `distances`, of points in each of both sets for `nearest`.
#pragma once

#include <sys/mman.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace bench {

struct Arguments {
  std::string workload;
  std::int64_t n = 0;
  int threads = 1;
  int samples = 1;
  std::string result;
};

inline Arguments parse(char** argv) {
  return {argv[0], std::atoll(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), argv[4]};
}

// The columns of a matrix of n elements.
inline std::int64_t columns_of(std::int64_t n) { return n < 100000 ? 100 : 1000; }

// Memory as NumPy's and arrayc's arrays have it: 64-byte aligned, large blocks in huge pages.
template <typename T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <typename U>
  Allocator(const Allocator<U>&) {}
  T* allocate(std::size_t n) {
    const std::size_t bytes = (n * sizeof(T) + 63) / 64 * 64;
    void* const p =
        std::aligned_alloc(bytes >= large ? page : 64, (bytes + page - 1) / page * page);
    if (p == nullptr) throw std::bad_alloc();
    if (bytes >= large) madvise(p, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t) { std::free(p); }
  bool operator==(const Allocator&) const { return true; }
  static constexpr std::size_t page = 4096, large = std::size_t{4} << 20;
};
using Numbers = std::vector<double, Allocator<double>>;

// run.py makes the same numbers, in (0.5, 1.5).
inline Numbers numbers(std::int64_t count, std::int64_t seed) {
  Numbers x(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t k = (i * 7919 + seed * 104729) % 100003;
    x[static_cast<std::size_t>(i)] = 0.5 + (static_cast<double>(k) + 0.5) / 100003.0;
  }
  return x;
}

// Seconds a call of f takes: each sample lasts at least a few milliseconds.
template <typename F>
std::vector<double> time_calls(int samples, const F& f) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [&](std::int64_t calls) {
    const auto start = Clock::now();
    for (std::int64_t i = 0; i < calls; ++i) f();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  // Compile (in part behind the first calls), start threads, touch the memory.
  for (const auto start = Clock::now(); Clock::now() - start < std::chrono::milliseconds(300);) f();
  std::int64_t calls = 1;
  while (seconds(calls) < 0.004) calls *= 2;
  std::vector<double> times;
  for (int i = 0; i < samples; ++i) times.push_back(seconds(calls) / static_cast<double>(calls));
  return times;
}

// `more` continues the JSON object: ", \"key\": value".
inline void report(const Arguments& arguments, const std::vector<double>& times,
                   std::span<const double> result, const std::string& more = {}) {
  std::FILE* const file = std::fopen(arguments.result.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(result.data(), 8, result.size(), file) == result.size();
  if (file == nullptr || std::fclose(file) != 0 || !written) {
    std::perror(arguments.result.c_str());
    std::exit(1);
  }
  std::printf("{\"seconds\": [");
  for (std::size_t i = 0; i < times.size(); ++i) std::printf("%s%.9g", i ? ", " : "", times[i]);
  std::printf("]%s}\n", more.c_str());
}

}  // namespace bench
