// Many numbers divided by one give the quotients that IEEE 754 asks for, where they are computed
// from the divisor's inverse and where they are not.
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/backends/llvm/loop_kernels.h"
#include "tests/catch.h"

namespace arrayc::tests {
namespace {

using ir::Prim;

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// out[i] = x[i] / s, with s a parameter.
template <typename T>
std::shared_ptr<const backends::KernelCode> division(DType t) {
  KernelMaker m(true);
  const std::uint32_t in = m.buffer(t), out = m.buffer(t, true);
  const Extent size = m.size("n");
  m.kernel.params.push_back({ir::loops::ParamKind::scalar, "s", t, false});
  const Id i = m.open("i", size, 2 * 64 / static_cast<int>(sizeof(T)));
  const Id x = m.builder.load(access(in, 0, {{i, sizeof(T)}}), t);
  const Id s = m.builder.scalar(3);
  const std::array<Id, 2> args{x, s};
  m.builder.store(access(out, 0, {{i, sizeof(T)}}), m.builder.emit(Prim::div, t, args));
  m.close();
  return generator().compile(m.kernel);
}

template <typename T>
T random_number(std::mt19937_64& random, int least_exponent, int most_exponent) {
  const auto fraction = static_cast<Bits<T>>(random()) >> (sizeof(T) == 8 ? 12 : 9);
  const T one = std::bit_cast<T>(fraction | std::bit_cast<Bits<T>>(T(1)));
  const int exponent = std::uniform_int_distribution<int>(least_exponent, most_exponent)(random);
  return std::ldexp(random() % 2 ? one : -one, exponent);
}

// Numbers x whose quotients by s lie as close to the middle m between two numbers as any: with p
// digits, s and m integers and s*m = c modulo 2^(p+1) for a small c, s*m - c is x * 2^(p+1).
template <typename T>
T hard_dividend(std::mt19937_64& random, T s) {
  constexpr int p = std::numeric_limits<T>::digits;
  constexpr std::uint64_t all = (std::uint64_t{1} << (p + 1)) - 1;
  int exponent = 0;
  auto whole = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::fabs(s), &exponent), p));
  const int zeros = std::countr_zero(whole);
  whole >>= zeros;
  std::uint64_t inverse = 1;
  for (int step = 0; step < 6; ++step) inverse *= 2 - whole * inverse;
  for (;;) {
    const std::int64_t c = 2 * static_cast<std::int64_t>(random() % 64) - 63;
    const std::uint64_t m = inverse * static_cast<std::uint64_t>(c) & all;
    const auto x = static_cast<std::uint64_t>(
        (static_cast<unsigned __int128>(whole) * m - static_cast<unsigned __int128>(c)) >> (p + 1));
    // m has all its p + 1 digits, or else is a number.
    if (m >> p != 0) return std::ldexp(static_cast<T>(x), exponent + zeros - p);
    if (random() % 64 == 0) return static_cast<T>(x);
  }
}

template <typename T>
std::vector<T> dividends(std::mt19937_64& random, T s, std::size_t count) {
  using Limits = std::numeric_limits<T>;
  const int most = Limits::max_exponent - 1;
  std::vector<T> x{T(0),
                   -T(0),
                   Limits::infinity(),
                   -Limits::infinity(),
                   Limits::quiet_NaN(),
                   Limits::denorm_min(),
                   -Limits::min(),
                   Limits::max(),
                   s,
                   -s};
  while (x.size() < count) {
    const auto kind = random() % 4;
    x.push_back(kind == 0                        ? random_number<T>(random, -most, most)
                : kind == 1 || !std::isnormal(s) ? random_number<T>(random, -2, 2)
                                                 : hard_dividend(random, s));
  }
  // Vectors without a number that has to be divided, and with one in each lane.
  for (std::size_t i = 0; i < 10; ++i) std::swap(x[i], x[(i * 67 + 5) % count]);
  return x;
}

template <typename T>
void check_division(DType t) {
  using Limits = std::numeric_limits<T>;
  const auto code = division<T>(t);
  std::mt19937_64 random(20261201);
  std::vector<T> divisors{T(3),
                          T(10),
                          T(-7),
                          T(1),
                          Limits::max(),
                          Limits::min(),
                          Limits::denorm_min(),
                          T(0),
                          -T(0),
                          Limits::infinity(),
                          Limits::quiet_NaN(),
                          std::nextafter(T(2), T(1)),
                          std::nextafter(T(1), T(2)),
                          std::nextafter(T(1), T(0)),
                          std::ldexp(T(1), 99),
                          std::ldexp(T(1), -101),
                          std::ldexp(T(1), 26),
                          std::ldexp(T(1), -27)};
  for (int k = 0; k < 300; ++k) divisors.push_back(random_number<T>(random, -30, 30));
  std::size_t wrong = 0;
  for (const T s : divisors) {
    const std::vector<T> x = dividends(random, s, 4003);
    std::vector<T> result(x.size());
    const auto n = static_cast<std::int64_t>(x.size());
    const std::int64_t slots[] = {slot(x.data()), slot(result.data()), n,
                                  static_cast<std::int64_t>(std::bit_cast<Bits<T>>(s))};
    code->run(0, slots, 0, n);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T expected = x[i] / s;
      if (std::isnan(expected)
              ? std::isnan(result[i])
              : std::bit_cast<Bits<T>>(expected) == std::bit_cast<Bits<T>>(result[i]))
        continue;
      if (++wrong < 5) WARN(x[i] << " / " << s << " is " << expected << ", not " << result[i]);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("f64 divided by one number") { check_division<double>(DType::F64); }
TEST_CASE("f32 divided by one number") { check_division<float>(DType::F32); }

}  // namespace
}  // namespace arrayc::tests
