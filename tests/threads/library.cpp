// A program, mostly with an OpenMP runtime of its own, that uses the library; prints a hash of
// results' bits, the number of threads, and the OpenMP runtimes in the process.
//
//   library            plainly
//   library inside     by every thread of a parallel region at once
//   library threads    by several std::threads at once
//   library fork       after loops on several threads, in the parent and in a child
//   library late       first in a child, after a parallel region of the program's own
//   library other      in a parallel region of the second runtime (other.cpp)
#include <arrayc/arrayc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ac = arrayc;

#if defined(WITH_OTHER)
extern "C" void run_in_other_runtime(int threads, void (*body)());
#endif

namespace {

ac::Array numbers() {
  std::vector<double> values(300007);
  std::uint64_t seed = 7;
  for (double& v : values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    v = std::ldexp(static_cast<double>(static_cast<std::int64_t>(seed)) / 9.3e18,
                   static_cast<int>(seed >> 40) % 41 - 20);
  }
  return ac::array(std::move(values));
}

void add(std::uint64_t& hash, const ac::Array& a) {
  const auto* bytes = static_cast<const unsigned char*>(a.data());
  for (std::int64_t i = 0; i < a.nbytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
}

// One for all threads.
const auto variances = ac::jit([](const ac::Array& m) { return ac::var(m, {.axis = 0}); });

std::uint64_t hash_of_all() {
  const ac::Array x = numbers();
  const ac::Array m = x(ac::slice(0, 300000)).reshape({1200, 250}) / 1024.0;
  const ac::Array e = ac::exp(m - ac::max(m, {.axis = 1, .keepdims = true}));
  std::uint64_t hash = 0xcbf29ce484222325u;
  add(hash, ac::sum(x));
  add(hash, ac::sum(m, {.axis = 0}));
  add(hash, ac::var(m, {.axis = 1}));
  add(hash, e / ac::sum(e, {.axis = 1, .keepdims = true}));
  add(hash, ac::argmin(x));
  for (int k = 0; k < 3; ++k) add(hash, variances(m));
  return hash;
}

std::mutex mutex;
std::vector<std::uint64_t> hashes;
void note_hash() {
  const std::uint64_t hash = hash_of_all();
  const std::lock_guard lock(mutex);
  hashes.push_back(hash);
}

// Whether a region has the threads that it asks for.
bool own_region() {
  int threads = 0;
#pragma omp parallel num_threads(3) reduction(+ : threads)
  threads += 1;
#if defined(_OPENMP)
  return threads == 3;
#else
  return threads == 1;
#endif
}

// A child that hangs is killed.
bool child_computes(std::uint64_t expected) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    const std::uint64_t hash = hash_of_all();
    _exit(hash == expected || expected == 0 ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string runtimes() {
  std::ifstream maps("/proc/self/maps");
  bool gomp = false, omp = false;
  for (std::string line; std::getline(maps, line);) {
    gomp = gomp || line.find("/libgomp") != std::string::npos;
    omp = omp || line.find("/libomp") != std::string::npos;
  }
  return std::string(gomp ? " libgomp" : "") + (omp ? " libomp" : "");
}

bool run(const std::string& mode) {
  bool good = true;
  if (mode == "inside") {
#pragma omp parallel num_threads(5)
    note_hash();
  } else if (mode == "threads") {
    std::vector<std::thread> threads;
    for (int t = 0; t < 5; ++t) threads.emplace_back(note_hash);
    for (std::thread& thread : threads) thread.join();
  } else if (mode == "fork") {
    good = own_region();
    note_hash();
    good = child_computes(hashes[0]) && good;
    note_hash();
    good = good && own_region();
  } else if (mode == "late") {
    good = own_region() && child_computes(0);
    note_hash();
#if defined(WITH_OTHER)
  } else if (mode == "other") {
    run_in_other_runtime(5, note_hash);
#endif
  } else {
    note_hash();
  }
  for (const std::uint64_t hash : hashes) good = good && hash == hashes[0];
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const bool good = run(argc > 1 ? argv[1] : "");
  std::printf("%016llx %d%s\n", static_cast<unsigned long long>(hashes[0]), ac::num_threads(),
              runtimes().c_str());
  return good ? 0 : 1;
}
