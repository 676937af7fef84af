#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "runtime/openmp.h"
#include "tests/catch.h"

using namespace arrayc::runtime;

namespace {

// In a child, so that nothing of it stays: 0 where `holds`.
template <typename Condition>
bool in_child(Condition holds) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(holds() ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Whether this thread is in a region, asked by each thread of one.
struct Asked {
  const OpenMp& omp;
  std::atomic<bool> inside = false;
};

}  // namespace

TEST_CASE("a runtime is found or loaded, and stays the same one") {
  const OpenMp& omp = openmp();
  CHECK(&omp == &openmp());
  const std::string name = omp.name;
  if (name == "none") {
    CHECK(omp.parallel == nullptr);
    return;
  }
  CHECK((name == "libomp" || name == "libgomp"));
  CHECK_FALSE(in_parallel(omp));
  static Asked asked{omp};
  omp.parallel(
      [](void*) {
        if (asked.omp.thread_num() == 0) asked.inside = in_parallel(asked.omp);
      },
      nullptr, 2, 0);
  CHECK(asked.inside.load());
}

TEST_CASE("regions of another runtime count") {
  void* const gomp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL);
  REQUIRE(gomp != nullptr);
  OpenMp omp = openmp();
  if (std::string(omp.name) != "libomp") return;
  using Parallel = decltype(OpenMp::parallel);
  const auto parallel = reinterpret_cast<Parallel>(dlsym(gomp, "GOMP_parallel"));
  omp.others_in_parallel = {reinterpret_cast<int (*)()>(dlsym(gomp, "omp_in_parallel"))};
  CHECK_FALSE(in_parallel(omp));
  const bool inside = in_child([&] {
    static Asked asked{omp};
    parallel([](void*) { asked.inside = in_parallel(asked.omp); }, nullptr, 2, 0);
    return asked.inside.load();
  });
  CHECK(inside);
}

TEST_CASE("libgomp's workers are lost in a forked child, unless it was loaded there") {
  OpenMp omp;
  omp.name = "libgomp";
  CHECK_FALSE(has_lost_workers(omp));
  CHECK(in_child([&] { return has_lost_workers(omp); }));
  CHECK(in_child([&] {
    omp.loaded_after = 1;
    return !has_lost_workers(omp);
  }));
  omp.name = "libomp";
  CHECK(in_child([&] { return !has_lost_workers(omp); }));
}

TEST_CASE("processors are asked for only where threads are to be bound") {
  openmp();
  CHECK(in_child([] {
    for (const char* name : {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"}) {
      unsetenv(name);
    }
    if (processors_before_binding() != 0) return false;
    setenv("OMP_PROC_BIND", "true", 1);
    return processors_before_binding() >= 1 || std::string(openmp().name) == "none";
  }));
}
