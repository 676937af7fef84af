// Plug-ins: one of each kind works; what is none, or does not fit, is refused with the reason.
#include <arrayc/abi.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "frontend/plugin.h"
#include "frontend/session.h"
#include "ir/build.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

std::string plugin(const std::string& name) {
  return std::string(ARRAYC_BINARY_DIR) + "/plugins/" + name + ".so";
}

ir::Value doubles(const std::vector<double>& elements) {
  auto storage = std::make_shared<Storage>();
  storage->array = runtime::make_array(ARRAYC_F64, {static_cast<std::int64_t>(elements.size())});
  std::copy(elements.begin(), elements.end(), static_cast<double*>(storage->array.data));
  return ir::record_leaf({ir::DType::F64, {static_cast<std::int64_t>(elements.size())}}, storage,
                         "", ir::Weak::strong, {});
}

std::vector<double> computed(Session& session, const ir::Value& value) {
  const auto storage = session.compute({&value, 1})[0];
  const auto* const data = static_cast<const double*>(storage->array.data);
  return {data, data + runtime::element_count(storage->array.shape)};
}

void refused(const std::string& path, const std::string& why) {
  Session session;
  CHECK_THROWS_WITH(session.load_plugin(path),
                    Catch::Matchers::Contains("cannot load the plug-in " + path) &&
                        Catch::Matchers::Contains(why));
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& text)
      : path(std::filesystem::temp_directory_path() /
             ("arrayc_plugin_" + std::to_string(getpid()) + ".so")) {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a plug-in adds a ufunc", "[plugin]") {
  Session session;
  session.load_plugin(plugin("softplus"));
  const ir::Ufunc* const softplus = session.registry().find("soft_plus");
  REQUIRE(softplus != nullptr);
  for (const std::string backend : {"interp", "interp-loops", "cpu"}) {
    Options options;
    options.backend = backend;
    session.set_options(options);
    const ir::Value operands[] = {doubles({-1, 0, 2, 800})};
    const auto result = computed(session, ir::build::ufunc(*softplus, operands, {}));
    INFO(backend);
    CHECK(result[0] == Approx(std::log1p(std::exp(-1.0))));
    CHECK(result[1] == Approx(std::log(2.0)));
    CHECK(result[2] == Approx(std::log1p(std::exp(2.0))));
    CHECK(result[3] == 800);
  }
  CHECK_THROWS_WITH(session.load_plugin(plugin("softplus")),
                    Catch::Matchers::Contains("exists already"));
}

TEST_CASE("a plug-in adds a pass at its place", "[plugin]") {
  Session session;
  session.load_plugin(plugin("count_nodes"));
  backends::CompileOptions options = session.compile_options();
  std::vector<std::string> order;
  std::string remark;
  options.passes.observers.push_back(
      {[&](const passes::Pass& pass, const ir::Module& module, double) {
        order.emplace_back(pass.name);
        if (pass.name == "count_nodes") remark = module.remarks.back().text;
      }});
  ir::Module module;
  const ir::Value sum = ir::build::binary_operator("+", doubles({1, 2}), doubles({3, 4}), {});
  module.functions.push_back(session.function_of({&sum, 1}));
  const passes::Context context{session.registry(), options.target};
  passes::run(passes::array_pipeline(), module, context, options.passes);
  REQUIRE(order.size() > 3);
  CHECK(order[2] == "simplify");
  CHECK(order[3] == "count_nodes");
  CHECK(remark == "program has 3 nodes");
  CHECK(computed(session, sum) == std::vector<double>{4, 6});

  Options without;
  without.disabled_passes = "count_nodes";
  session.set_options(without);
  order.clear();
  options.passes.disabled = session.compile_options().passes.disabled;
  ir::Module again;
  again.functions.push_back(session.function_of({&sum, 1}));
  passes::run(passes::array_pipeline(), again, context, options.passes);
  CHECK(std::find(order.begin(), order.end(), "count_nodes") == order.end());
}

TEST_CASE("a plug-in adds a backend", "[plugin]") {
  Session session;
  session.load_plugin(plugin("dry_run"));
  Options options;
  options.backend = "dry-run";
  session.set_options(options);
  const ir::Value sum = ir::build::binary_operator("+", doubles({1, 2}), doubles({3, 4}), {});
  CHECK(computed(session, sum) == std::vector<double>{0, 0});
  CHECK(session.last_run().backend == "dry-run");
  const auto all = session.backends();
  CHECK(std::any_of(all.begin(), all.end(),
                    [](const BackendInfo& info) { return info.name == "dry-run"; }));
}

TEST_CASE("a plug-in adds a front end", "[plugin]") {
  Session session;
  CHECK_THROWS_AS(session.front_end_for("x.rpn"), ir::Error);
  session.load_plugin(plugin("rpn"));
  const FrontEnd& front_end = session.front_end_for("x.rpn");
  ir::Module module = front_end.read("mean: a b + 2 /\n", "x.rpn", {}, session.registry());
  REQUIRE(module.functions.size() == 1);
  const auto callable = session.backend("interp").compile(module, "mean", session.registry(),
                                                          session.compile_options());
  backends::Arguments arguments;
  for (const auto& elements : {std::vector<double>{1, 2}, std::vector<double>{3, 6}}) {
    arguments.arrays.push_back(storage_of(*doubles(elements))->array);
  }
  const auto results = callable->call(arguments, nullptr);
  CHECK(static_cast<const double*>(results[0].data)[1] == 4);
  CHECK_THROWS_WITH(front_end.read("bad: a +\n", "x.rpn", {}, session.registry()),
                    Catch::Matchers::Contains("'+' needs two values"));
}

TEST_CASE("what does not fit is refused, with the reason", "[plugin]") {
  refused("/nowhere/nothing.so", "there is no such file");
  refused(plugin("old_version"), "it was built for version 43 of the plug-in interface, this is 2");
  refused(plugin("other_layout"), "it was built with headers of another version of arrayc");
  refused(plugin("no_entry"), "arrayc_plugin_register");
  const TemporaryFile garbage("this is no shared object");
  refused(garbage.path, "");
  const TemporaryFile empty("");
  refused(empty.path, "");
}

TEST_CASE("a shared object that is no plug-in is refused", "[plugin]") {
  Session session;
  for (const std::string& folder : module_folders()) {
    const std::string module = folder + "/arrayc-cpu.so";
    if (!std::filesystem::exists(module)) continue;
    CHECK_THROWS_WITH(session.load_plugin(module),
                      Catch::Matchers::Contains("it is not a plug-in of arrayc"));
    return;
  }
  FAIL("the module arrayc-cpu.so was not found");
}
