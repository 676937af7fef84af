// Objects with code for several processors; tests/tool/test_processors.py runs them.
#include <memory>

#include "arrayc/abi.h"
#include "backends/backend.h"
#include "backends/cpu/clones.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

extern "C" arrayc::backends::Backend* arrayc_backend_create();

namespace arrayc::tests {
namespace {

const char* const twice = R"(
func @twice(%x: f64[n]) -> f64[n] {
  %1 = add %x, %x : f64[n]
  return %1
}
)";

std::string emit(const std::string& kind, const std::string& cpus, const std::string& system) {
  static const std::unique_ptr<backends::Backend> cpu(arrayc_backend_create());
  static ir::Registry registry;
  backends::CompileOptions options;
  options.clones = ir::make_targets(cpus, system);
  options.target = ir::best_here(options.clones);
  return cpu->emit(ir::parse(twice, "k.air", registry), kind, "k", registry, options);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the most able clone is asked for first", "[clones]") {
  const std::string text =
      backends::clones_text("f.dense", {{4, "f.dense.x86-64-v4"}, {2, "f.dense.x86-64-v2"}});
  const std::size_t v4 = text.find("icmp sge i32 %level, 4");
  const std::size_t v2 = text.find("icmp sge i32 %level, 2");
  REQUIRE(v2 != std::string::npos);
  CHECK(v4 < v2);
  CHECK(text.find("ret i32 " + std::to_string(ARRAYC_BAD_PROCESSOR)) > v2);
}

TEST_CASE("a clone for each processor, code around them for all", "[clones]") {
  const std::string text = emit("ll", "x86-64-v2,x86-64-v3,x86-64-v4", "x86_64-linux-gnu");
  for (const std::string cpu : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    CHECK(has(text, "define internal i32 @twice.dense." + cpu));
    CHECK(has(text, "define internal i32 @twice.strided." + cpu));
    CHECK(has(text, "define internal i32 @arrayc.k0." + cpu + ".s0"));
    CHECK(has(text, "\"target-cpu\"=\"" + cpu + "\""));
  }
  CHECK(has(text, "\"target-cpu\"=\"x86-64\""));
  CHECK(has(text, "\"xgetbv\""));
  CHECK(emit("o", "x86-64-v4,x86-64-v2", "x86_64-linux-gnu") ==
        emit("o", "x86-64-v2,x86-64-v4", "x86_64-linux-gnu"));
}

TEST_CASE("headers say what the object needs", "[clones]") {
  const std::string several = emit("h", "x86-64-v2,x86-64-v3", "x86_64-linux-gnu");
  CHECK(has(several, "Processor: of x86-64-v3, x86-64-v2 the first that runs"));
  CHECK(has(several, "On processors below x86-64-v2 all functions return ARRAYC_BAD_PROCESSOR."));
  CHECK(has(several, "with fused multiply-add except on x86-64-v2, where"));
  CHECK(
      has(emit("h", "x86-64-v2", "x86_64-linux-gnu"), "has set,\n * without fused multiply-add."));
  const std::string arm = emit("h", "native", "aarch64-linux-gnu");
  CHECK(has(arm, "Processor: armv8-a.\n"));
  CHECK_FALSE(has(arm, "BAD_PROCESSOR."));
}

TEST_CASE("AArch64: vectors of 16 bytes, and its own float environment", "[clones]") {
  const std::string text = emit("s", "native", "aarch64-linux-gnu");
  CHECK(has(text, "fadd\tv0.2d"));
  CHECK(has(text, "FPCR"));
  CHECK_FALSE(has(text, "cpuid"));
}

}  // namespace arrayc::tests
