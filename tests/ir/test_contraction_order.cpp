// The order of steps against all other orders, and as text.
#include <map>
#include <random>
#include <set>

#include "ir/contraction_order.h"
#include "ir/text.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

struct Problem {
  EinsumAttr einsum;
  std::vector<Shape> shapes;
};

// "ij,jk->ik" with extents "i=2 j=n k=3".
Problem problem(std::string_view subscripts, const std::map<char, Extent>& extents) {
  Problem p;
  p.einsum.operands.emplace_back();
  p.shapes.emplace_back();
  const std::size_t arrow = subscripts.find("->");
  for (std::size_t k = 0; k < subscripts.size(); ++k) {
    const char c = subscripts[k];
    if (c == ',') {
      p.einsum.operands.emplace_back();
      p.shapes.emplace_back();
    } else if (c >= 'a' && k < arrow) {
      p.einsum.operands.back().push_back(c - 'a');
      p.shapes.back().push_back(extents.at(c));
    } else if (c >= 'a') {
      p.einsum.result.push_back(c - 'a');
    }
  }
  return p;
}

std::string order(std::string_view subscripts, const std::map<char, Extent>& extents) {
  const Problem p = problem(subscripts, extents);
  std::string text;
  for (const ContractionStep& step : contraction_order(p.einsum, p.shapes)) {
    text += (text.empty() ? "" : "; ") + to_string(step);
  }
  return text;
}

using Indices = std::set<std::int32_t>;

double size_of(const Indices& indices, const std::map<std::int32_t, double>& sizes) {
  double product = 1;
  for (const std::int32_t i : indices) product *= sizes.at(i);
  return product;
}

// The fewest multiply-adds of contracting two operands at a time, by trying everything.
double fewest(const std::vector<Indices>& operands, const Indices& result,
              const std::map<std::int32_t, double>& sizes) {
  if (operands.size() == 1) return 0;
  double best = -1;
  for (std::size_t a = 0; a < operands.size(); ++a) {
    for (std::size_t b = a + 1; b < operands.size(); ++b) {
      Indices looped = operands[a], needed = result;
      looped.insert(operands[b].begin(), operands[b].end());
      std::vector<Indices> rest;
      for (std::size_t k = 0; k < operands.size(); ++k) {
        if (k == a || k == b) continue;
        rest.push_back(operands[k]);
        needed.insert(operands[k].begin(), operands[k].end());
      }
      Indices& made = rest.emplace_back();
      for (const std::int32_t i : looped) {
        if (needed.contains(i)) made.insert(i);
      }
      const double cost = size_of(looped, sizes) + fewest(rest, result, sizes);
      if (best < 0 || cost < best) best = cost;
    }
  }
  return best;
}

// What the steps cost. Checks that they are steps, and that they end with the result.
double cost_of(const Problem& p, const std::vector<ContractionStep>& steps) {
  std::vector<std::vector<std::int32_t>> live = p.einsum.operands;
  double cost = 0;
  for (const ContractionStep& step : steps) {
    REQUIRE(step.einsum.operands.size() == step.operands.size());
    for (std::size_t k = step.operands.size(); k-- > 0;) {
      REQUIRE(step.operands[k] < live.size());
      CHECK(live[step.operands[k]] == step.einsum.operands[k]);
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(step.operands[k]));
    }
    live.push_back(step.einsum.result);
    double points = static_cast<double>(operations_per_point(step));
    for (const Extent& extent : step.space) {
      points *= static_cast<double>(extent.is_constant() ? extent.constant() : assumed_extent);
    }
    cost += points;
  }
  REQUIRE(live.size() == 1);
  CHECK(live[0] == p.einsum.result);
  return cost;
}

const Extent n = Extent::symbol("n"), m = Extent::symbol("m"), k = Extent::symbol("k");

Problem random_problem(std::mt19937& random, std::size_t operands, int letters) {
  Problem p;
  std::vector<Extent> extents;
  for (int i = 0; i < letters; ++i) {
    extents.push_back(random() % 4 == 0 ? Extent::symbol("n" + std::to_string(i))
                                        : Extent(static_cast<std::int64_t>(2 + random() % 7)));
  }
  Indices used;
  for (std::size_t o = 0; o < operands; ++o) {
    auto& list = p.einsum.operands.emplace_back();
    Shape& shape = p.shapes.emplace_back();
    for (std::size_t axis = random() % 4; axis > 0; --axis) {
      const auto i = random() % static_cast<unsigned>(letters);
      list.push_back(static_cast<std::int32_t>(i));
      shape.push_back(extents[i]);
      used.insert(static_cast<std::int32_t>(i));
    }
  }
  for (const std::int32_t i : used) {
    if (random() % 3 == 0) p.einsum.result.push_back(i);
  }
  return p;
}

}  // namespace

TEST_CASE("up to two operands are one step") {
  CHECK(order("ij->j", {{'i', n}, {'j', m}}) == "(0,) \"ij->j\": n*m additions, m elements");
  CHECK(order("ij->ji", {{'i', n}, {'j', 3}}) == "(0,) \"ij->ji\": 0 additions, 3*n elements");
  CHECK(order("ij,jk->ik", {{'i', n}, {'j', 4}, {'k', 5}}) ==
        "(0, 1) \"ij,jk->ik\": 20*n multiply-adds, 5*n elements");
  CHECK(order(",->", {}) == "(0, 1) \",->\": 1 multiply-adds, 1 elements");
}

TEST_CASE("a product of matrices begins where it becomes small") {
  CHECK(order("ij,jk,k->i", {{'i', n}, {'j', m}, {'k', k}}) ==
        "(1, 2) \"jk,k->j\": m*k multiply-adds, m elements; "
        "(0, 1) \"ij,j->i\": n*m multiply-adds, n elements");
  CHECK(order("ab,bc,cd->ad", {{'a', 10}, {'b', 100}, {'c', 5}, {'d', 50}}) ==
        "(0, 1) \"ab,bc->ac\": 5000 multiply-adds, 50 elements; "
        "(0, 1) \"cd,ac->ad\": 2500 multiply-adds, 500 elements");
  CHECK(order("ab,bc,cd->ad", {{'a', 50}, {'b', 5}, {'c', 100}, {'d', 10}}).starts_with("(1, 2)"));
  // Sizes that are not known are large, and all the same.
  CHECK(order("ab,bc,cd->ad", {{'a', n}, {'b', m}, {'c', k}, {'d', 2}}).starts_with("(1, 2)"));
}

TEST_CASE("what runs over the same indices is multiplied in one step") {
  CHECK(order("i,i,i->", {{'i', n}}) == "(0, 1, 2) \"i,i,i->\": 2*n multiply-adds, 1 elements");
  CHECK(order("ij,ij,ij,ij->ij", {{'i', n}, {'j', m}}) ==
        "(0, 1, 2, 3) \"ij,ij,ij,ij->ij\": 3*n*m multiply-adds, n*m elements");
  CHECK(order("ij,ij,jk->ik", {{'i', n}, {'j', m}, {'k', k}}) ==
        "(0, 1) \"ij,ij->ij\": n*m multiply-adds, n*m elements; "
        "(0, 1) \"jk,ij->ik\": m*k*n multiply-adds, n*k elements");
  CHECK(order("ij,j,ij->i", {{'i', n}, {'j', m}}) ==
        "(0, 1, 2) \"ij,j,ij->i\": 2*n*m multiply-adds, n elements");
}

TEST_CASE("sums of extents are not multiplied out in texts") {
  CHECK(order("ab,bc->ac", {{'a', n + 1}, {'b', 2 * m}, {'c', n - m}}) ==
        "(0, 1) \"ab,bc->ac\": (n + 1)*2*m*(n - m) multiply-adds, (n + 1)*(n - m) elements");
  CHECK(order("a,b,c->", {{'a', 1000000}, {'b', 1000000}, {'c', 10000000}}).find("e+") ==
        std::string::npos);
  CHECK(order("a,b->ab", {{'a', INT64_MAX}, {'b', INT64_MAX}}).find("8.51e+37") !=
        std::string::npos);
}

TEST_CASE("no order of pairs has fewer multiply-adds") {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    const Problem p = random_problem(random, 2 + random() % 4, 2 + static_cast<int>(random() % 5));
    std::map<std::int32_t, double> sizes;
    std::vector<Indices> operands;
    for (std::size_t o = 0; o < p.shapes.size(); ++o) {
      operands.emplace_back(p.einsum.operands[o].begin(), p.einsum.operands[o].end());
      for (std::size_t axis = 0; axis < p.shapes[o].size(); ++axis) {
        const Extent& e = p.shapes[o][axis];
        sizes[p.einsum.operands[o][axis]] =
            static_cast<double>(e.is_constant() ? e.constant() : assumed_extent);
      }
    }
    const Indices result(p.einsum.result.begin(), p.einsum.result.end());
    INFO(subscripts_text(p.einsum));
    CHECK(cost_of(p, contraction_order(p.einsum, p.shapes)) == fewest(operands, result, sizes));
  }
}

TEST_CASE("many operands") {
  std::mt19937 random(6);
  for (int round = 0; round < 60; ++round) {
    const std::size_t operands = 2 + random() % 63;
    const Problem p = random_problem(random, operands, 2 + static_cast<int>(random() % 40));
    const auto steps = contraction_order(p.einsum, p.shapes);
    cost_of(p, steps);
    const auto again = contraction_order(p.einsum, p.shapes);
    CHECK(steps.size() == again.size());
  }
  // A chain of 40 matrices, of which every other one is flat: pairs that leave little come first.
  Problem chain;
  for (std::int32_t i = 0; i < 40; ++i) {
    const auto extent = [](std::int32_t at) { return Extent(at % 2 == 0 ? 100 : 2); };
    chain.einsum.operands.push_back({i, i + 1});
    chain.shapes.push_back({extent(i), extent(i + 1)});
  }
  chain.einsum.result = {0, 40};
  CHECK(cost_of(chain, contraction_order(chain.einsum, chain.shapes)) < 40 * 2 * 2 * 100 + 20100);
}

TEST_CASE("empty axes and axes of length 1") {
  CHECK(order("ij,jk,k->i", {{'i', 0}, {'j', 3}, {'k', 4}}).find("0 multiply-adds") !=
        std::string::npos);
  const EinsumAttr einsum{{{0}, {0}, {0}}, {}};
  const Shape shapes[] = {{Extent(1)}, {n}, {Extent(1)}};
  const auto steps = contraction_order(einsum, shapes);
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].space == Shape{n});
}

}  // namespace arrayc::ir
