// Folds of complex numbers in every shape the emitter gives them, against plain C++.
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

namespace arrayc::tests {
namespace {

using ir::Tree;
using ir::loops::Fold;

template <typename T>
struct Complex {
  T re, im;
};

template <typename T>
constexpr DType type_of = sizeof(T) == 8 ? DType::F64 : DType::F32;

template <typename T>
Complex<T> multiply(Complex<T> x, Complex<T> y) {
  // volatile: no multiply-add
  volatile T a = x.re * y.re, b = x.im * y.im, c = x.re * y.im, d = x.im * y.re;
  return {a - b, c + d};
}

template <typename T>
Complex<T> product_of_chunk(const Complex<T>* v, std::size_t n, const Tree& tree) {
  if (tree.chunk == 1) return v[0];
  auto count = static_cast<std::size_t>(tree.lanes);
  std::vector<Complex<T>> lanes(count, {1, 0});
  for (std::size_t i = 0; i < n; ++i) lanes[i % count] = multiply(lanes[i % count], v[i]);
  for (; count > 8; count /= 2) {
    for (std::size_t l = 0; l < count / 2; ++l) lanes[l] = multiply(lanes[l], lanes[l + count / 2]);
  }
  for (std::size_t l = 1; l < count; ++l) lanes[0] = multiply(lanes[0], lanes[l]);
  return lanes[0];
}

template <typename T>
Complex<T> product(const std::vector<Complex<T>>& v, const Tree& tree) {
  if (v.empty()) return {1, 0};
  const std::size_t chunk = tree.chunk > 0 ? static_cast<std::size_t>(tree.chunk) : v.size();
  std::vector<std::pair<std::size_t, Complex<T>>> stack;  // chunks joined, result
  const auto join = [&] {
    const auto [count, last] = stack.back();
    stack.pop_back();
    stack.back() = {stack.back().first + count, multiply(stack.back().second, last)};
  };
  for (std::size_t at = 0; at < v.size(); at += chunk) {
    stack.emplace_back(1, product_of_chunk(&v[at], std::min(chunk, v.size() - at), tree));
    while (stack.size() > 1 && stack[stack.size() - 2].first == stack.back().first) join();
  }
  while (stack.size() > 1) join();
  return stack[0].second;
}

template <typename T>
std::size_t extreme(const std::vector<Complex<T>>& v, bool least) {
  const auto is_nan = [](Complex<T> z) { return std::isnan(z.re) || std::isnan(z.im); };
  std::size_t best = 0;
  for (std::size_t i = 1; i < v.size() && !is_nan(v[best]); ++i) {
    const Complex<T> a = least ? v[i] : v[best], b = least ? v[best] : v[i];
    if (is_nan(v[i]) || a.re < b.re || (a.re == b.re && a.im < b.im)) best = i;
  }
  return best;
}

// Few different parts, so that there are ties; in two of three lists NaNs and infinities.
template <typename T>
std::vector<Complex<T>> random_numbers(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto part = [&]() -> T {
    if (seed % 3 != 0 && random() % 60 == 0) {
      const T inf = std::numeric_limits<T>::infinity();
      const T specials[] = {inf, -inf, std::numeric_limits<T>::quiet_NaN()};
      return specials[random() % 3];
    }
    return static_cast<T>(static_cast<int>(random() % 9) - 4) * T(0.375);
  };
  std::vector<Complex<T>> v(n);
  for (Complex<T>& z : v) z = {part(), part()};
  return v;
}

template <typename T>
bool same(T a, T b) {
  return (a == b && std::signbit(a) == std::signbit(b)) || (std::isnan(a) && std::isnan(b));
}

// r[j] = the fold of b[i, j], lanes along i (`inner`) or along j.
template <typename T>
ir::loops::Kernel fold_kernel(Fold fold, const Tree& tree, int outer, int inner,
                              std::optional<std::int64_t> extent = std::nullopt) {
  constexpr DType t = type_of<T>;
  constexpr std::int64_t item = sizeof(T);
  KernelMaker m;
  const std::uint32_t in = m.buffer(t), out = m.buffer(t, true), at = m.buffer(DType::I64, true);
  const Extent rows = m.size("rows"), columns = m.size("columns");
  const Id j = m.open("j", columns, outer);
  const Id i = m.open("i", extent ? Extent(*extent) : rows, inner);
  const auto load = [&](std::int64_t offset) {
    return m.builder.load(
        access(in, offset, {{i, columns * Extent(2 * item)}, {j, Extent(2 * item)}}), t);
  };
  const Id re = load(0), im = load(item);
  const bool arg = fold != Fold::mul;
  const Id index = arg ? m.builder.index(i) : ir::loops::none;
  const Scalar identity = ir::convert(Scalar::of(std::int64_t{1}), t);
  m.loop(i).accumulators.push_back({fold, t, re, im, index, tree, identity});
  m.close();
  m.builder.store(access(out, 0, {{j, 2 * item}}), m.builder.accumulated(i, 0));
  m.builder.store(access(out, item, {{j, 2 * item}}), m.builder.imaginary(i, 0));
  if (arg) m.builder.store(access(at, 0, {{j, 8}}), m.builder.position(i, 0));
  m.close();
  return m.kernel;
}

template <typename T>
void check(Fold fold, const Tree& tree, int outer, int inner) {
  const auto code = generator().compile(fold_kernel<T>(fold, tree, outer, inner));
  unsigned seed = 0;
  for (const std::size_t rows : {0, 1, 2, 7, 8, 9, 33, 64, 65, 130, 333, 4097}) {
    const std::size_t columns = rows > 1000 ? 3 : 21;
    const auto values = random_numbers<T>(rows * columns, ++seed);
    std::vector<Complex<T>> result(columns);
    std::vector<std::int64_t> at(columns, -1);
    const std::int64_t slots[] = {slot(values.data()), slot(result.data()), slot(at.data()),
                                  static_cast<std::int64_t>(rows),
                                  static_cast<std::int64_t>(columns)};
    code->run(0, slots, 0, static_cast<std::int64_t>(columns));
    for (std::size_t k = 0; k < columns; ++k) {
      std::vector<Complex<T>> column;
      for (std::size_t r = 0; r < rows; ++r) column.push_back(values[r * columns + k]);
      INFO("chunk " << tree.chunk << " lanes " << tree.lanes << " widths " << outer << ", " << inner
                    << " rows " << rows << " column " << k);
      Complex<T> expected = {1, 0};
      std::size_t position = 0;
      if (fold == Fold::mul) {
        expected = product(column, tree);
      } else if (rows > 0) {
        position = extreme(column, fold == Fold::arg_minimum);
        expected = column[position];
      }
      REQUIRE(same(result[k].re, expected.re));
      REQUIRE(same(result[k].im, expected.im));
      if (fold != Fold::mul) REQUIRE(at[k] == static_cast<std::int64_t>(position));
    }
  }
}

}  // namespace

TEST_CASE("products of complex numbers", "[reduction]") {
  for (const Tree& tree :
       {Tree{8, 4096}, {8, 0}, {16, 64}, {1, 64}, {1, 0}, {1, 1}, {8, 1}, {8, 32}}) {
    for (const int width : {1, 4, 8, 16}) {
      check<double>(Fold::mul, tree, 1, width);
      check<float>(Fold::mul, tree, 1, width);
    }
    check<double>(Fold::mul, tree, 8, 1);
    check<float>(Fold::mul, tree, 16, 1);
  }
}

TEST_CASE("products of as many complex numbers as are known when compiling", "[reduction]") {
  for (const Tree& tree : {Tree{8, 4096}, {1, 64}, {1, 1}, {8, 1}}) {
    for (const std::size_t n : {0, 1, 3, 9}) {
      const auto count = static_cast<std::int64_t>(n);
      const auto kernel = fold_kernel<double>(Fold::mul, tree, 1, 4, count);
      const auto code = generator().compile(kernel);
      auto values = random_numbers<double>(n, 3);
      if (n > 0) values[0] = {-0.0, 2};
      Complex<double> result = {7, 7};
      const std::int64_t slots[] = {slot(values.data()), slot(&result), slot(&result), count, 1};
      code->run(0, slots, 0, 1);
      const Complex<double> expected = product(values, tree);
      INFO(n << " in chunks of " << tree.chunk);
      CHECK(same(result.re, expected.re));
      CHECK(same(result.im, expected.im));
    }
  }
}

TEST_CASE("extremes of complex numbers", "[reduction]") {
  for (const Fold fold : {Fold::arg_minimum, Fold::arg_maximum}) {
    for (const int width : {1, 4, 8, 16}) {
      check<double>(fold, {1, 0}, 1, width);
      check<float>(fold, {1, 0}, 1, width);
    }
    check<double>(fold, {1, 0}, 8, 1);
    check<float>(fold, {1, 0}, 16, 1);
  }
}

}  // namespace arrayc::tests
