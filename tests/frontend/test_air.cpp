#include "frontend/air/air.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

const ir::Registry registry;

ir::Module read(const std::string& text, const std::vector<std::string>& exports = {}) {
  return air_front_end().read(text, "k.air", exports, registry);
}

std::string error_of(const std::string& text, const std::vector<std::string>& exports = {}) {
  try {
    read(text, exports);
    return {};
  } catch (const ir::Error& e) {
    CHECK(e.kind() == ir::ErrorKind::user);
    return to_string(e.place()) + ": " + e.message();
  }
}

}  // namespace

TEST_CASE("the front end for IR text") {
  const FrontEnd front_end = air_front_end();
  CHECK(front_end.name == "air");
  CHECK(front_end.extensions == std::vector<std::string>{".air"});
  const ir::Module module = read("func @f(%x: f64[n]) { return sqrt(%x) }");
  CHECK(module.source_file == "k.air");
  REQUIRE(module.functions.size() == 1);
  CHECK(to_string(module.functions[0].graph[1].place) == "k.air:1:30");
  CHECK(read("module \"k.py\" func @f(%x: f64[n]) { return %x }").source_file == "k.py");
}

TEST_CASE("what is wrong in IR text is the user's error, with a place") {
  CHECK(error_of("func @f(%x: f64[n]) {\n  return sqroot(%x)\n}") ==
        "k.air:2:10: unknown operation 'sqroot'");
  CHECK(error_of("func @f() { return }\nfunc @f() { return }") ==
        "k.air: two functions are named 'f'");
  CHECK(error_of("func @f() { return }", {"f(f64)"}).find("have their types written in the file") !=
        std::string::npos);
  CHECK(error_of("kernel @k(%a: buffer f64) {\n for i in [0, 4) {\n  %1 = load f64 %a[8*i]\n"
                 "  store %a[8*i], %1\n }\n}") ==
        "k.air: kernel @k: a store to a buffer that is only read: `store %a[8*i], %1`");
  CHECK(error_of("func @f(%x: f64[n]) {\n program {\n slots 0\n storage %r: f64[n] result 0\n"
                 " return %r } }")
            .find("a result is never written") != std::string::npos);
}

TEST_CASE("modules of every stage are read") {
  ir::Module module = read(R"(func @f(%x: f64[n,m]) {
  return reduce.add(exp(%x), axis=1)
})");
  const ir::Target target = ir::make_target("x86-64-v3");
  passes::RunOptions options;
  options.observers.push_back({[&](const passes::Pass&, const ir::Module& now, double) {
    CHECK(same(now, read(print(now))));
  }});
  passes::run(passes::array_pipeline(), module, {registry, target}, options);
  passes::run(passes::kernel_pipeline(), module, {registry, target}, options);
}
