#include "ir/diagnostic.h"
#include "ir/target.h"
#include "tests/catch.h"

namespace arrayc::ir {

TEST_CASE("processors by name", "[target]") {
  CHECK(make_target("").cpu == "native");
  CHECK(make_target("native").processor.empty());
  const Target v3 = make_target("x86-64-v3", "x86_64-linux-gnu");
  CHECK(v3.level == 3);
  CHECK(v3.fma);
  const Target wide = make_target("x86-64-v3-512", "x86_64-linux-gnu");
  CHECK(wide.processor == v3.processor);
  CHECK(wide.vector_bytes == 2 * v3.vector_bytes);
  CHECK_FALSE(make_target("x86-64-v2", "x86_64-linux-gnu").fma);
  CHECK(make_target("armv8-a", "aarch64-linux-gnu").level == 0);
}

TEST_CASE("native on another architecture is the least processor there", "[target]") {
#if defined(__x86_64__)
  const Target target = make_target("native", "aarch64-linux-gnu");
  CHECK(target.cpu == "armv8-a");
  CHECK(target.processor == "generic");
  CHECK_FALSE(runs_here(target));
  CHECK(make_target("native", "x86_64-linux-gnu").cpu == "native");
#else
  CHECK(make_target("native", "x86_64-linux-gnu").cpu == "x86-64-v2");
#endif
}

TEST_CASE("a list of processors, the most able first", "[target]") {
  const std::vector<Target> targets =
      make_targets("x86-64-v2,x86-64-v4,x86-64-v3", "x86_64-linux-gnu");
  REQUIRE(targets.size() == 3);
  CHECK(targets[0].cpu == "x86-64-v4");
  CHECK(targets[1].cpu == "x86-64-v3");
  CHECK(targets[2].cpu == "x86-64-v2");
  const Target& best = best_here(targets);
  CHECK((runs_here(best) || best == targets[0]));
  for (const Target& better : targets) {
    if (better.level > best.level) CHECK_FALSE(runs_here(better));
  }
  CHECK(make_targets("native").size() == 1);
}

TEST_CASE("names that are refused", "[target]") {
  CHECK_THROWS_WITH(make_target("z80"), Catch::Contains("unknown target processor 'z80'"));
  CHECK_THROWS_WITH(make_target("", "vms"), Catch::Contains("unknown target system 'vms'"));
  CHECK_THROWS_WITH(make_target("armv8-a", "x86_64-linux-gnu"),
                    Catch::Contains("armv8-a is not one of the target system"));
  CHECK_THROWS_WITH(make_targets("x86-64-v3,x86-64-v3", "x86_64-linux-gnu"),
                    Catch::Contains("cannot be in one object"));
  CHECK_THROWS_WITH(make_targets("x86-64-v3,x86-64-v3-512", "x86_64-linux-gnu"),
                    Catch::Contains("cannot be in one object"));
  CHECK_THROWS_WITH(make_targets("x86-64-v3,", "x86_64-linux-gnu"), Catch::Contains("native"));
}

}  // namespace arrayc::ir
