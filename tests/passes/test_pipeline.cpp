#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

const char* const text = "func @f(%x: f64[n]) {\n  return negative(negative(%x))\n}\n";

void does_nothing(ir::Module&, const Context&) {}
void breaks_a_kernel(ir::Module& module, const Context&) { module.functions[0].results[0] = 99; }

}  // namespace

TEST_CASE("a disabled pass is left out; one that changes the phase is refused") {
  RunOptions options;
  options.disabled = {"simplify"};
  ir::Module module = parsed(text);
  run_on(module, named({"simplify"}), options);
  CHECK(count(ir::print(module), "negative") == 2);
  options.disabled = {"fuse"};
  try {
    run_on(module, array_pipeline(), options);
    FAIL("fuse was left out");
  } catch (const ir::Error& e) {
    CHECK(e.kind() == ir::ErrorKind::user);
    CHECK(e.message() == "pass 'fuse' cannot be disabled");
  }
}

TEST_CASE("the error of a broken pass names it") {
  const Pass broken{"breaker", "breaks", ir::Phase::source, ir::Phase::source, &breaks_a_kernel};
  ir::Module module = parsed(text);
  try {
    run_on(module, {broken});
    FAIL("the module was accepted");
  } catch (const ir::Error& e) {
    CHECK(e.kind() == ir::ErrorKind::bug);
    CHECK_THAT(e.message(), Catch::StartsWith("[breaker] "));
  }
  RunOptions unchecked;
  unchecked.verify = false;
  module = parsed(text);
  CHECK_NOTHROW(run_on(module, {broken}, unchecked));
}

TEST_CASE("passes from outside run after the ones they follow; observers see each") {
  const auto outside = [](std::string_view name, ir::Phase phase) {
    return Pass{name, "from outside", phase, phase, &does_nothing};
  };
  std::string seen;
  RunOptions options;
  options.added = {{outside("third", ir::Phase::source), "second"},
                   {outside("first", ir::Phase::source), ""},
                   {outside("second", ir::Phase::source), "simplify"}};
  options.observers.push_back({[&](const Pass& pass, const ir::Module&, double seconds) {
    CHECK(seconds >= 0);
    seen += std::string(pass.name) + " ";
  }});
  ir::Module module = parsed(text);
  run_on(module, named({"order_contractions", "simplify", "plan_einsum"}), options);
  CHECK(seen == "first order_contractions simplify second third plan_einsum ");
}
