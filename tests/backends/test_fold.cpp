#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <random>

#include "backends/fold.h"
#include "tests/catch.h"

using namespace arrayc;
using ir::DType;
using ir::Scalar;
using ir::Tree;
using ir::loops::Fold;

namespace {

Scalar combine(Fold fold, Scalar a, Scalar b) {
  const ir::Prim prim = fold == Fold::add       ? ir::Prim::add
                        : fold == Fold::mul     ? ir::Prim::mul
                        : fold == Fold::minimum ? ir::Prim::minimum
                        : fold == Fold::maximum ? ir::Prim::maximum
                        : fold == Fold::bit_and ? ir::Prim::bit_and
                        : fold == Fold::bit_or  ? ir::Prim::bit_or
                                                : ir::Prim::bit_xor;
  const Scalar args[] = {a, b};
  return ir::evaluate(prim, a.dtype, args);
}

using Maybe = std::optional<Scalar>;
Maybe combine(Fold fold, const Maybe& a, const Maybe& b) {
  if (!a) return b;
  if (!b) return a;
  return combine(fold, *a, *b);
}

// The words of ir::Tree, one after the other.
Maybe by_definition(Fold fold, const Tree& tree, const std::vector<Scalar>& values) {
  const std::size_t n = values.size();
  const std::size_t chunk =
      tree.chunk == 0 ? std::max<std::size_t>(n, 1) : static_cast<std::size_t>(tree.chunk);
  std::vector<std::pair<std::size_t, Maybe>> counter;  // how many chunks, their result
  for (std::size_t begin = 0; begin < n; begin += chunk) {
    std::vector<Maybe> lanes(static_cast<std::size_t>(tree.lanes));
    for (std::size_t p = 0; begin + p < n && p < chunk; ++p) {
      Maybe& lane = lanes[p % lanes.size()];
      lane = combine(fold, lane, values[begin + p]);
    }
    while (lanes.size() > 8) {
      const std::size_t half = lanes.size() / 2;
      for (std::size_t l = 0; l < half; ++l) lanes[l] = combine(fold, lanes[l], lanes[l + half]);
      lanes.resize(half);
    }
    Maybe result;
    for (const Maybe& lane : lanes) result = combine(fold, result, lane);
    counter.emplace_back(1, result);
    while (counter.size() > 1 &&
           (tree.in_order || counter[counter.size() - 2].first == counter.back().first)) {
      const auto last = counter.back();
      counter.pop_back();
      counter.back() = {counter.back().first + last.first,
                        combine(fold, counter.back().second, last.second)};
    }
  }
  Maybe result;
  for (std::size_t k = counter.size(); k-- > 0;) {
    result = combine(fold, counter[k].second, result);
  }
  return result;
}

std::vector<Scalar> random_values(DType type, std::size_t n, std::mt19937_64& random) {
  std::vector<Scalar> values;
  for (std::size_t i = 0; i < n; ++i) {
    const double wide = std::ldexp(static_cast<double>(random() % 2000) - 1000.0,
                                   static_cast<int>(random() % 40) - 20);
    values.push_back(ir::is_float(type)
                         ? ir::convert(Scalar::of(wide), type)
                         : ir::convert(Scalar::of(static_cast<std::int64_t>(random())), type));
  }
  return values;
}

constexpr DType computable[] = {DType::Bool, DType::I8,  DType::I16, DType::I32,
                                DType::I64,  DType::U8,  DType::U16, DType::U32,
                                DType::U64,  DType::F32, DType::F64};

}  // namespace

TEST_CASE("a fold is the tree's, for every type, length and way of pushing") {
  std::mt19937_64 random(1);
  const Tree trees[] = {{1, 0}, {8, 0}, {32, 0},    {64, 256},     {32, 32},     {16, 40},
                        {4, 7}, {1, 5}, {64, 4096}, {1, 16, true}, {8, 24, true}};
  const std::size_t lengths[] = {1, 2, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100, 255, 256, 257, 999};
  for (const DType type : computable) {
    for (const Tree& tree : trees) {
      for (const Fold fold : {Fold::add, Fold::maximum}) {
        if (type == DType::Bool && fold == Fold::add) continue;
        for (const std::size_t n : lengths) {
          const auto values = random_values(type, n, random);
          const Maybe expected = by_definition(fold, tree, values);
          REQUIRE(backends::fold(fold, type, tree, values, Scalar{type, 0}) == *expected);
          // The same in pieces of several elements.
          const auto item = static_cast<std::size_t>(ir::item_size(type));
          std::vector<std::byte> bytes(n * item);
          for (std::size_t i = 0; i < n; ++i) std::memcpy(&bytes[i * item], &values[i].bits, item);
          backends::TreeFold work(backends::fold_ops(fold, type), tree);
          for (std::size_t i = 0; i < n;) {
            const std::size_t part = std::min<std::size_t>(n - i, 1 + random() % 70);
            work.push(&bytes[i * item], static_cast<std::int64_t>(part));
            i += part;
          }
          Scalar result{type, 0};
          REQUIRE(work.finish(&result.bits));
          REQUIRE(result == *expected);
        }
      }
    }
  }
}

TEST_CASE("a fold of nothing is the identity, and a fold can start again") {
  const Tree tree{32, 64};
  CHECK(backends::fold(Fold::add, DType::F64, tree, {}, Scalar::of(0.0)) == Scalar::of(0.0));
  backends::TreeFold work(backends::fold_ops(Fold::mul, DType::F64), tree);
  double out = 7;
  CHECK_FALSE(work.finish(&out));
  CHECK(out == 7);
  const std::vector<double> threes(100, 3.0);
  work.push(threes.data(), 100);
  work.reset();
  const double pair[] = {2.0, 5.0};
  work.push(pair, 2);
  CHECK(work.finish(&out));
  CHECK(out == 10.0);
  const Scalar minus_zero = Scalar::of(-0.0);
  CHECK(backends::fold(Fold::add, DType::F64, tree, {{minus_zero}}, Scalar::of(0.0)) == minus_zero);
}

TEST_CASE("integers wrap, bools combine, and NaN stays in folds") {
  const Tree order{1, 0};
  const auto i8 = [](int v) { return ir::convert(Scalar::of(std::int64_t{v}), DType::I8); };
  const Scalar bytes[] = {i8(100), i8(100), i8(100)};
  CHECK(backends::fold(Fold::add, DType::I8, order, bytes, i8(0)) == i8(300 - 256));
  const Scalar bools[] = {Scalar::of(true), Scalar::of(false)};
  CHECK(backends::fold(Fold::bit_or, DType::Bool, order, bools, bools[1]) == bools[0]);
  CHECK(backends::fold(Fold::bit_and, DType::Bool, order, bools, bools[0]) == bools[1]);
  CHECK(backends::fold(Fold::bit_xor, DType::Bool, order, bools, bools[1]) == bools[0]);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Scalar floats[] = {Scalar::of(1.0), Scalar::of(nan), Scalar::of(-2.0)};
  for (const Fold fold : {Fold::minimum, Fold::maximum}) {
    CHECK(std::isnan(
        ir::to_double(backends::fold(fold, DType::F64, order, floats, Scalar::of(0.0)))));
  }
  const Scalar zeros[] = {Scalar::of(0.0), Scalar::of(-0.0)};
  CHECK(backends::fold(Fold::minimum, DType::F64, order, zeros, zeros[0]) == zeros[1]);
  CHECK(backends::fold(Fold::maximum, DType::F64, order, zeros, zeros[1]) == zeros[0]);
}

TEST_CASE("ufuncs name their folds, with NumPy's results for nothing") {
  const auto row = [](std::string_view name) -> const ir::Ufunc& {
    const ir::Ufunc* found = ir::find_builtin_ufunc(name);
    REQUIRE(found != nullptr);
    return *found;
  };
  CHECK(backends::fold_of(row("add"), DType::F64) == Fold::add);
  CHECK(backends::fold_of(row("add"), DType::Bool) == Fold::bit_or);
  CHECK(backends::fold_of(row("multiply"), DType::Bool) == Fold::bit_and);
  CHECK(backends::fold_of(row("maximum"), DType::Bool) == Fold::maximum);
  CHECK(backends::fold_of(row("logical_and"), DType::Bool) == Fold::bit_and);
  CHECK_FALSE(backends::fold_of(row("subtract"), DType::F64));
  CHECK(backends::fold_identity(Fold::mul, DType::U8) == Scalar{DType::U8, 1});
  CHECK(backends::fold_identity(Fold::bit_and, DType::U16) == Scalar{DType::U16, 0xffff});
  CHECK(backends::fold_identity(Fold::bit_and, DType::Bool) == Scalar::of(true));
  CHECK_FALSE(backends::fold_identity(Fold::minimum, DType::I64));
}

TEST_CASE("the first extreme is found, or the first NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto find = [](bool maximum, std::vector<double> values) {
    backends::ExtremeSearch search(maximum, DType::F64);
    std::int64_t at = -1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (search.push(&values[i], 1) == 0) at = static_cast<std::int64_t>(i);
    }
    backends::ExtremeSearch whole(maximum, DType::F64);
    CHECK(whole.push(values.data(), static_cast<std::int64_t>(values.size())) == at);
    return at;
  };
  CHECK(find(true, {1, 3, 3, 2}) == 1);
  CHECK(find(false, {1, 3, 0, 0}) == 2);
  CHECK(find(false, {0.0, -0.0}) == 0);
  CHECK(find(true, {-0.0, 0.0}) == 0);
  CHECK(find(true, {1, nan, 5, nan}) == 1);
  CHECK(find(false, {nan, -5}) == 0);
  CHECK(find(true, {5}) == 0);
  CHECK(find(true, {}) == -1);
  backends::ExtremeSearch bytes(true, DType::U8);
  const std::uint8_t values[] = {3, 200, 7};
  CHECK(bytes.push(values, 3) == 1);
  CHECK(bytes.found());
  CHECK(*static_cast<const std::uint8_t*>(bytes.extreme()) == 200);
}

TEST_CASE("lanes of complex products begin with 1, but chunks of one element are that") {
  using Z = std::complex<double>;
  const backends::FoldOps ops = backends::fold_ops(Fold::mul, DType::C128);
  CHECK(ops.item_size == 16);
  const auto product = [&](const Tree& tree, const std::vector<Z>& values) {
    backends::TreeFold work(ops, tree);
    work.push(values.data(), static_cast<std::int64_t>(values.size()));
    Z out = {7, 7};
    CHECK(work.finish(&out) == !values.empty());
    return out;
  };
  CHECK(product({8, 4096}, {}) == Z(7, 7));
  CHECK(product({8, 4096}, {{1, 2}, {3, -1}, {0, 2}}) == Z(-10, 10));
  CHECK(product({1, 64}, std::vector<Z>(130, Z(0, 1))) == Z(-1, 0));
  CHECK(product({8, 16}, std::vector<Z>(130, Z(0, 1))) == Z(-1, 0));
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(product({1, 1}, {{inf, 0}}) == Z(inf, 0));
  CHECK(std::isnan(product({1, 64}, {{inf, 0}}).imag()));
  CHECK(std::signbit(product({1, 1}, {{1, -0.0}}).imag()));
  CHECK_FALSE(std::signbit(product({1, 0}, {{1, -0.0}}).imag()));
}

TEST_CASE("complex extremes are ordered by real, then imaginary parts; any NaN is first") {
  using Z = std::complex<float>;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto find = [](bool maximum, std::vector<Z> values) {
    backends::ExtremeSearch search(maximum, DType::C64);
    return search.push(values.data(), static_cast<std::int64_t>(values.size()));
  };
  CHECK(find(true, {{1, 5}, {2, -1}, {2, 3}, {2, 3}}) == 2);
  CHECK(find(false, {{1, 5}, {2, -1}, {1, -3}, {1, -3}}) == 2);
  CHECK(find(false, {{0, 1}, {-0.0f, 1}}) == 0);
  CHECK(find(true, {{1, 0}, {0, nan}, {nan, 0}}) == 1);
  CHECK(find(false, {{nan, 0}, {-9, 0}}) == 0);
}
