#include <algorithm>

#include "passes/fuse.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

namespace {

ir::Function simplified(const std::string& params, const std::string& body) {
  return module_after({"simplify", "plan_einsum", "sink_views"},
                      "func @f(" + params + ") {\n" + body + "\n}\n")
      .functions[0];
}

}  // namespace

TEST_CASE("results are in memory, and values between them are not") {
  const ir::Function f = simplified("%x: f64[n]", "  return exp(sin(%x)), %x");
  const Grouping g = group(f);
  REQUIRE(g.kernels.size() == 1);
  CHECK(g.kernels[0] == std::vector<ir::NodeId>{f.results[0]});
  CHECK(g.reason[f.results[0]] == "a result");
  CHECK(is_array_param(f, f.results[1]));
  CHECK_FALSE(g.in_memory[f.results[1]]);
}

TEST_CASE("results of one shape that read the same share a kernel") {
  CHECK(group(simplified("%x: f64[n]", "  return exp(%x), sin(%x)")).kernels.size() == 1);
  CHECK(group(simplified("%x: f64[n], %y: f64[n]", "  return exp(%x), sin(%y)")).kernels.size() ==
        2);
  const std::string reversed = "  %e = exp(%x)\n  return %e, sin(slice(%e, [::-1]))";
  CHECK(group(simplified("%x: f64[n]", reversed)).kernels.size() == 2);
}

TEST_CASE("folds of rows join the kernel that goes through the same rows") {
  const std::string exponentials =
      "  %m = reduce.maximum %x, axis=1, lanes=1, chunk=0\n"
      "  %e = exp(subtract(%x, broadcast(expand_dims(%m, axes=[1]), [n,m])))\n"
      "  %s = reduce.add %e, axis=1, lanes=32, chunk=4096\n"
      "  %q = divide(%e, broadcast(expand_dims(%s, axes=[1]), [n,m]))\n";
  const auto kernels = [&](const std::string& results) {
    return group(simplified("%x: f64[n,m]", exponentials + results)).kernels;
  };
  CHECK(kernels("  return %q, arg_reduce.maximum(%e, axis=1)").size() == 1);
  CHECK(kernels("  return arg_reduce.maximum(%e, axis=1), %q").size() == 1);
  CHECK(kernels("  return %q, %s, reduce.minimum(%e, axis=1, lanes=1, chunk=0)").size() == 1);
  // Columns, and rows of the quotients, which are computed before.
  CHECK(kernels("  return %q, arg_reduce.maximum(%e, axis=0)").size() > 1);
  CHECK(kernels("  return %q, arg_reduce.maximum(%q, axis=1)").size() == 2);
  // What shares only what it reads stays apart, and so does a kernel that need not go by rows.
  CHECK(kernels("  return %q, arg_reduce.maximum(%x, axis=1)").size() == 2);
  const std::string flat = "  %h = exp %x\n  return sqrt(%h), arg_reduce.maximum(%h, axis=1)";
  CHECK(group(simplified("%x: f64[n,m]", flat)).kernels.size() == 2);
}

TEST_CASE("a chain too long for one kernel is cut") {
  std::string body = "  %v0 = sin %x\n";
  for (int k = 1; k < 1000; ++k) {
    body += "  %v" + std::to_string(k) + " = sin %v" + std::to_string(k - 1) + "\n";
  }
  const ir::Function f = simplified("%x: f64[n]", body + "  return %v999");
  const Grouping g = group(f);
  CHECK(g.kernels.size() == 3);
  CHECK(std::ranges::count(g.reason, "the kernel would be too large") == 2);
}

TEST_CASE("what is read at several shifts is kept, or stored where it cannot be") {
  const ir::Function kept =
      simplified("%x: f64[n]", "  %e = exp(%x)\n  return add(slice(%e, [1:]), slice(%e, [:-1]))");
  const Grouping k = group(kept);
  CHECK(k.kernels.size() == 1);
  CHECK(std::ranges::count(k.kept, true) == 1);
  const ir::Function reversed =
      simplified("%x: f64[n]", "  %e = exp(%x)\n  return add(%e, slice(%e, [::-1]))");
  const Grouping r = group(reversed);
  CHECK(r.kernels.size() == 2);
  const auto why = std::ranges::find_if(r.reason, [](const std::string& s) {
    return s.find("not in blocks, as it is read in steps, backwards") != s.npos;
  });
  REQUIRE(why != r.reason.end());
  CHECK(r.in_memory[static_cast<std::size_t>(why - r.reason.begin())]);
}

TEST_CASE("what several kernels would keep is stored") {
  const Grouping g = group(simplified("%x: f64[n,m]", R"(
  %e = exp(%x)
  %rows = add(slice(%e, [1:, :]), slice(%e, [:-1, :]))
  return %rows, add(slice(%e, [:, 1:]), slice(%e, [:, :-1])))"));
  CHECK(g.kernels.size() == 3);
  CHECK(std::ranges::count(g.reason, "several kernels read it and it is dear to compute") == 1);
}

TEST_CASE("a chain whose steps would be too much for one nest is kept step by step") {
  std::string body = "  %v0 = negative %x\n";
  const auto name = [](int k) { return "%v" + std::to_string(k); };
  for (int k = 1; k <= 12; ++k) {
    const std::string v = name(k - 1);
    body += "  " + name(k) + " = add(add(slice(" + v + ", [1:-1, :-2]), slice(" + v +
            ", [1:-1, 2:])), add(slice(" + v + ", [:-2, 1:-1]), slice(" + v + ", [2:, 1:-1])))\n";
  }
  const Grouping g = group(simplified("%x: f64[n,m]", body + "  return %v12"));
  CHECK(g.kernels.size() <= 4);
  CHECK(std::ranges::count(g.kept, true) >= 4);
}

TEST_CASE("of shared work only the last value is stored") {
  const ir::Function f =
      simplified("%a: f64[n,k], %b: f64[k,m], %v: f64[m,10], %w: f64[n,10]",
                 "  %h = exp(einsum(%a, %b, \"ij,jk->ik\"))\n"
                 "  return einsum(%h, %v, \"ik,kl->il\"), einsum(%h, %w, \"ik,il->kl\")");
  const Grouping g = group(f);
  std::vector<std::string> stored;
  for (ir::NodeId id = 0; id < f.graph.size(); ++id) {
    if (g.in_memory[id] && g.reason[id] != "a result") {
      stored.emplace_back(f.graph[id].operation.ufunc->name);
    }
  }
  CHECK(stored == std::vector<std::string>{"exp"});
}
