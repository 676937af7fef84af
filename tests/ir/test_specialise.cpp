#include <algorithm>

#include "ir/registry.h"
#include "ir/specialise.h"
#include "ir/text.h"
#include "ir/verifier.h"
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

using Texts = std::vector<std::string>;
using Sizes = std::map<std::string, std::int64_t>;

Function function_of(const std::vector<Value>& results) {
  ImportOptions options;
  options.largest_constant = INT64_MAX;
  return import(results, "f", options).function;
}

Value sum(const std::vector<Value>& values) {
  Value result = values[0];
  for (std::size_t k = 1; k < values.size(); ++k) result = call("add", {result, values[k]});
  return result;
}

std::string text(const Pattern& pattern) {
  std::string all;
  for (const Guard& guard : pattern) {
    REQUIRE(guard.kind == Guard::Kind::equal);
    all += (all.empty() ? "" : ", ") + to_string(guard.a) + " == " + to_string(guard.b);
  }
  return all;
}

Texts patterns(const Function& f, std::size_t most = 100) {
  const auto all = all_patterns(f, most);
  if (!all) return {"too many"};
  Texts texts;
  for (const Pattern& pattern : *all) texts.push_back(text(pattern));
  return texts;
}

Extent::Lookup lookup(const Sizes& sizes) {
  return [&](const std::string& name) -> std::optional<std::int64_t> { return sizes.at(name); };
}

bool holds(const Guard& guard, const Sizes& sizes) {
  const std::int64_t a = guard.a.evaluate(lookup(sizes));
  const std::int64_t b = guard.b.evaluate(lookup(sizes));
  return a == b || (guard.kind == Guard::Kind::stretch && a == 1);
}

// Of a specialised function: no broadcast depends on sizes any more.
void check_decided(const Function& f) {
  CHECK_FALSE(has_stretches(f));
  for (NodeId id = 0; id < f.graph.size(); ++id) {
    for (const Extent& e : f.graph[id].type.shape) {
      CHECK(to_string(e).find("broadcast") == std::string::npos);
    }
  }
  Module module;
  module.functions.push_back(f);
  CHECK_NOTHROW(verify(module, Phase::source));
}

// For sizes from 0 to 3: where the guards hold, a pattern does, its own the first, and the result
// has the extents that the function says.
void check_all_sizes(const Function& f, const std::vector<std::string>& names) {
  const auto all = all_patterns(f, 1000);
  REQUIRE(all);
  Sizes sizes;
  const auto check = [&] {
    const bool fit = std::ranges::all_of(f.guards, [&](auto& g) { return holds(g, sizes); });
    const auto first = std::ranges::find_if(*all, [&](const Pattern& pattern) {
      return std::ranges::all_of(pattern, [&](auto& g) { return holds(g, sizes); });
    });
    if (!fit) {
      const bool wrong =
          first != all->end() && std::ranges::all_of(specialise(f, *first).guards,
                                                     [&](auto& g) { return holds(g, sizes); });
      CHECK_FALSE(wrong);
      return;
    }
    REQUIRE(first != all->end());
    CHECK(text(*first) == text(pattern_of(f, lookup(sizes))));
    const Function special = specialise(f, *first);
    check_decided(special);
    for (std::size_t r = 0; r < f.results.size(); ++r) {
      const Shape& wanted = f.graph[f.results[r]].type.shape;
      const Shape& shape = special.graph[special.results[r]].type.shape;
      REQUIRE(shape.size() == wanted.size());
      for (std::size_t k = 0; k < shape.size(); ++k) {
        CHECK(shape[k].evaluate(lookup(sizes)) == wanted[k].evaluate(lookup(sizes)));
      }
    }
  };
  const std::function<void(std::size_t)> choose = [&](std::size_t k) {
    if (k == names.size()) return check();
    for (std::int64_t size = 0; size <= 3; ++size) {
      sizes[names[k]] = size;
      choose(k + 1);
    }
  };
  choose(0);
}

const Value n = array("f64", "n", "x");
const Value m = array("f64", "m", "y");
const Value k = array("f64", "k", "z");

}  // namespace

TEST_CASE("a pair of sizes has three patterns, equal sizes first") {
  const Function f = function_of({sum({n, m})});
  CHECK(has_stretches(f));
  CHECK(patterns(f) == Texts{"n == m", "n == 1", "m == 1"});
  CHECK(text(first_pattern(f)) == "n == m");
  CHECK(patterns(f, 2) == Texts{"too many"});
  CHECK(text(pattern_of(f, lookup({{"n", 3}, {"m", 3}}))) == "n == m");
  CHECK(text(pattern_of(f, lookup({{"n", 1}, {"m", 1}}))) == "n == m");
  CHECK(text(pattern_of(f, lookup({{"n", 1}, {"m", 0}}))) == "n == 1");
  CHECK(text(pattern_of(f, lookup({{"n", 9}, {"m", 1}}))) == "m == 1");
}

TEST_CASE("a specialised function is the one that a guard of equality would have made") {
  const Function f = function_of({sum({n, m})});
  Module module;
  module.functions.push_back(specialise(f, first_pattern(f)));
  CHECK(print(module) ==
        "func @f(%x: f64[n], %y: f64[m]) -> f64[n] {\n"
        "  guard n == m, \"operands could not be broadcast together with shapes ({n},) ({m},) \"\n"
        "  %2 = view %y, [n], map=[@0] : f64[n]\n"
        "  %3 = add %x, %2 : f64[n]\n"
        "  return %3\n"
        "}\n\n");
  module.functions[0] = specialise(f, all_patterns(f, 3)->at(1));
  CHECK(print(module) ==
        "func @f(%x: f64[n], %y: f64[m]) -> f64[m] {\n"
        "  guard n == 1, \"operands could not be broadcast together with shapes ({n},) ({m},) \"\n"
        "  %1 = view %x, [1], map=[@0] : f64[1]\n"
        "  %2 = broadcast %1, [m] : f64[m]\n"
        "  %4 = add %2, %y : f64[m]\n"
        "  return %4\n"
        "}\n\n");
}

TEST_CASE("all sizes that fit have a pattern, and no others") {
  check_all_sizes(function_of({sum({n, m})}), {"n", "m"});
  check_all_sizes(function_of({sum({n, m, k})}), {"n", "m", "k"});
  check_all_sizes(function_of({sum({n, m}), sum({m, k}), sum({n, k})}), {"n", "m", "k"});
  check_all_sizes(function_of({sum({n, array("f64", "3", "z")})}), {"n"});
  check_all_sizes(function_of({sum({n, array("f64", "n+1", "z")})}), {"n"});
  check_all_sizes(function_of({sum({n, array("f64", "max(n-1,0)", "z"), m})}), {"n", "m"});
  check_all_sizes(function_of({sum({n, array("f64", "(m+2)//3", "z")}), sum({n, m})}), {"n", "m"});
  check_all_sizes(function_of({build::broadcast_to(n, m.shape(), {}), sum({n, m})}), {"n", "m"});
  const Value operands[] = {n, m};
  check_all_sizes(function_of({build::einsum("i,i->i", operands, {}), sum({m, k})}),
                  {"n", "m", "k"});
  check_all_sizes(function_of({sum({build::dot(n, m, {}), k, m})}), {"n", "m", "k"});
}

TEST_CASE("what can never be equal has no such pattern") {
  CHECK(patterns(function_of({sum({n, array("f64", "3", "z")})})) == Texts{"n == 3", "n == 1"});
  const Value wide = array("f64", "n+2", "z");
  CHECK(patterns(function_of({sum({n, wide})})) == Texts{"n == 1"});
  const Value wider = array("f64", "n+1", "w");
  const Function none = function_of({sum({n, wide}), sum({wider, array("f64", "3", "v")})});
  CHECK(patterns(none).empty());
  CHECK_THROWS_WITH(first_pattern(none), Catch::Contains("could not be broadcast together"));
}

TEST_CASE("a broadcast that guards do not allow is refused") {
  const auto broken = [](const std::string& guard) {
    return error_of([&] {
      parse("func @f(%x: f64[n], %y: f64[m]) {\n" + guard +
                "  %2 = broadcast %x, [broadcast(m, n)]\n"
                "  %3 = broadcast %y, [broadcast(m, n)]\n"
                "  return %2, %3\n}\n",
            "t.air", Registry());
    });
  };
  CHECK(broken("  guard n -> broadcast(m, n)\n") == "");
  CHECK(broken("").find("could not be broadcast together") != std::string::npos);
  CHECK(broken("  guard m -> broadcast(m, n)\n") != "");
}
