// arrayc-accuracy FILE [function…]: each function of one number, compiled, on all 2^32 numbers of
// f32. The reference is the C library in double precision; MPFR decides where that is close to the
// limit. A line for each function is appended to FILE; one that has its line is not run again.
// Minutes a function: ./dev accuracy.
#include <arrayc/arrayc.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "frontend/session.h"
#include "tests/accuracy/distance.h"

namespace {

using namespace arrayc;
using tests::Function;

constexpr std::uint32_t kBlock = 1 << 20;
constexpr std::uint32_t kBlocks = 1 << 12;

struct Worst {
  double error = -1;
  std::uint32_t bits = 0;
  void add(double found, std::uint32_t at) {
    if (found > error || (found == error && at < bits)) *this = {found, at};
  }
};

Worst worst_in_block(const Function& function, std::uint32_t block, std::vector<float>& x) {
  const std::uint32_t first = block * kBlock;
  for (std::uint32_t i = 0; i < kBlock; ++i) x[i] = std::bit_cast<float>(first + i);
  const Array result = ufunc::named(function.name)(borrow(x.data(), {kBlock}));
  const auto got = result.as_span<float>();
  Worst worst;
  for (std::uint32_t i = 0; i < kBlock; ++i) {
    const double found = error_of(function, x[i], got[i]);
    if (!(found <= worst.error)) worst.add(std::isnan(found) ? tests::kInf : found, first + i);
  }
  return worst;
}

Worst worst_of(const Function& function) {
  std::atomic<std::uint32_t> next = 0;
  std::mutex mutex;
  Worst worst;
  const auto work = [&] {
    std::vector<float> x(kBlock);
    for (;;) {
      const std::uint32_t block = next++;
      if (block >= kBlocks) return;
      const Worst found = worst_in_block(function, block, x);
      const std::lock_guard lock(mutex);
      worst.add(found.error, found.bits);
      if (block % (kBlocks / 16) != kBlocks / 16 - 1) continue;
      std::fprintf(stderr, "%s: %u of 16 parts, worst so far %.4f\n", function.name,
                   (block + 1) / (kBlocks / 16), worst.error);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1u); ++i) {
    threads.emplace_back(work);
  }
  for (std::thread& thread : threads) thread.join();
  const float x = std::bit_cast<float>(worst.bits);
  if (std::isfinite(worst.error)) {
    const Array again = ufunc::named(function.name)(borrow(&x, {1}));
    worst.error = tests::exact_error(function, x, again.as_span<float>()[0]);
  }
  return worst;
}

std::set<std::string> known(const std::string& path) {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) names.insert(line.substr(0, line.find('\t')));
  return names;
}

std::string today() {
  char text[16];
  const std::time_t now = std::time(nullptr);
  std::strftime(text, sizeof(text), "%Y-%m-%d", std::gmtime(&now));
  return text;
}

int run(const std::string& path, const std::set<std::string>& wanted) {
  Session& session = Session::current();
  Options options = session.options();
  options.small_work = false;
  options.num_threads = 1;
  session.set_options(options);
  const ir::Target target = session.compile_options().target;
  bool within = true;
  const std::set<std::string> done = known(path);
  for (const Function& function : tests::functions()) {
    if (done.contains(function.name) || (!wanted.empty() && !wanted.contains(function.name))) {
      continue;
    }
    const Worst worst = worst_of(function);
    within = within && worst.error <= function.limit;
    char line[200];
    std::snprintf(line, sizeof(line), "%s\t%.4f\t%a\t0x%08x\t%s\t%d-byte vectors%s\n",
                  function.name, worst.error, static_cast<double>(std::bit_cast<float>(worst.bits)),
                  worst.bits, today().c_str(), target.vector_bytes, target.fma ? ", FMA" : "");
    std::fputs(line, stdout);
    std::fflush(stdout);
    std::ofstream(path, std::ios::app) << line;
  }
  return within ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: arrayc-accuracy FILE [function...]\n");
    return 2;
  }
  const std::set<std::string> wanted(argv + 2, argv + argc);
  for (const std::string& name : wanted) {
    const auto& all = tests::functions();
    if (std::none_of(all.begin(), all.end(), [&](const auto& f) { return f.name == name; })) {
      std::fprintf(stderr, "arrayc-accuracy: no function '%s' in the table\n", name.c_str());
      return 2;
    }
  }
  return run(argv[1], wanted);
}
