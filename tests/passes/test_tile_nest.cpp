#include "passes/tile_nest.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;

namespace {

std::optional<TileNest> found(const std::string& cpu, const std::string& params,
                              const std::string& result) {
  const ir::Module module = fused("func @f(" + params + ") {\n  return " + result + "\n}\n");
  ir::Module lowered = module;
  run_on(lowered, named({"lower_to_loops", "expand_formulas", "simplify_loops"}));
  const ir::loops::Kernel& kernel = *lowered.kernels.at(0).loops;
  return find_tile_nest(kernel, kernel.stages.at(0), ir::make_target(cpu, "x86_64-linux-gnu"));
}

const std::string matrices = "%a: f64[n,k], %b: f64[k,m]";
const std::string product = "einsum(%a, %b, \"ij,jk->ik\")";

}  // namespace

TEST_CASE("tiles fill the registers") {
  const auto tile = [](const std::string& cpu, const std::string& dtype) {
    const Tile t = found(cpu, "%a: " + dtype + "[n,k], %b: " + dtype + "[k,m]", product)->tile;
    return std::vector{t.rows, t.vectors, t.lanes};
  };
  CHECK(tile("x86-64-v4", "f64") == std::vector<std::int64_t>{8, 3, 8});
  CHECK(tile("x86-64-v4", "f32") == std::vector<std::int64_t>{8, 3, 16});
  CHECK(tile("x86-64-v3", "f64") == std::vector<std::int64_t>{6, 2, 4});
  CHECK(tile("x86-64-v2", "f32") == std::vector<std::int64_t>{4, 2, 4});
  CHECK(tile("x86-64-v2", "f64") == std::vector<std::int64_t>{4, 1, 4});
}

TEST_CASE("sums in order can be interrupted where the result has their type") {
  const auto nest = found("x86-64-v3", matrices, product);
  REQUIRE(nest);
  CHECK(nest->chunk == 256);
  CHECK(!nest->has_epilogue);
  CHECK(found("x86-64-v3", matrices, "sqrt(" + product + ")")->has_epilogue);
  const auto both = found("x86-64-v3", matrices, product + ", sqrt(" + product + ")");
  REQUIRE(both);
  CHECK(both->chunk == 256);
  CHECK(both->has_epilogue);
  const std::string rounded = "convert(" + product + ", f16)";
  CHECK(found("x86-64-v3", "%a: f32[n,k], %b: f32[k,m]", rounded)->chunk == 0);
}

TEST_CASE("what a value varies with") {
  ir::Module module = fused("func @f(" + matrices + ") {\n  return " + product + "\n}\n");
  run_on(module, named({"lower_to_loops", "expand_formulas", "simplify_loops"}));
  const ir::loops::Kernel& kernel = *module.kernels.at(0).loops;
  const auto nest =
      find_tile_nest(kernel, kernel.stages.at(0), ir::make_target("x86-64-v3", "x86_64-linux-gnu"));
  REQUIRE(nest);
  const Varying varying = find_varying(kernel, *nest);
  const auto& body = kernel.loops[kernel.nodes[nest->folds.at(0)].index].body;
  REQUIRE(body.size() == 2);
  CHECK((varying.rows[body[0]] && !varying.columns[body[0]]));
  CHECK((!varying.rows[body[1]] && varying.columns[body[1]]));
  const auto& access = kernel.accesses[kernel.nodes[body[1]].index];
  CHECK(stride_along(access, nest->columns).is(8));
  CHECK(stride_along(access, nest->rows).is(0));
}

TEST_CASE("known rows and columns are shared out among tiles") {
  const auto tile = [](const std::string& n, const std::string& m) {
    const std::string params = "%a: f64[" + n + ",k], %b: f64[k," + m + "]";
    const Tile t = found("x86-64-v4", params, product)->tile;
    return std::vector{t.rows, t.vectors, t.lanes, t.columns};
  };
  using Numbers = std::vector<std::int64_t>;
  CHECK(tile("10", "m") == Numbers{5, 3, 8, 24});
  CHECK(tile("n", "32") == Numbers{8, 2, 8, 16});
  CHECK(tile("n", "12") == Numbers{8, 2, 8, 12});
  CHECK(tile("3", "5") == Numbers{3, 2, 4, 5});
  const Tile narrow = found("x86-64-v4", "%a: f64[n,k], %b: f64[k,12]", product)->tile;
  CHECK(narrow.first_column(0) == 0);
  CHECK(narrow.first_column(1) == 4);
}

TEST_CASE("vectors, one row and one column make no tiles") {
  CHECK(!found("x86-64-v3", "%a: f64[n,k], %x: f64[k]", "einsum(%a, %x, \"ij,j->i\")"));
  CHECK(!found("x86-64-v3", "%a: f64[1,k], %b: f64[k,m]", product));
  CHECK(!found("x86-64-v3", "%a: f64[n,k], %b: f64[k,1]", product));
}
