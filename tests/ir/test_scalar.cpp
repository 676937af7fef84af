#include <cfenv>
#include <cmath>
#include <limits>
#include <vector>

#include "ir/diagnostic.h"
#include "ir/scalar.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Scalar number(DType t, std::int64_t v) { return convert(Scalar::of(v), t); }

Scalar run(Prim p, DType out, std::vector<Scalar> args) { return evaluate(p, out, args); }

double real(Prim p, std::vector<double> args) {
  std::vector<Scalar> values;
  for (const double arg : args) values.push_back(Scalar::of(arg));
  const double wide = to_double(evaluate(p, DType::F64, values));
  for (Scalar& value : values) value = convert(value, DType::F32);
  const double narrow = to_double(evaluate(p, DType::F32, values));
  if (static_cast<double>(static_cast<float>(wide)) == wide) CHECK(narrow == wide);
  return wide;
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

std::vector<DType> integers() {
  std::vector<DType> types;
  for (const DTypeInfo& row : all_dtypes()) {
    if (is_integer(row.id)) types.push_back(row.id);
  }
  return types;
}

// v modulo 2^bits, in the range of t.
__int128 wrap(__int128 v, DType t) {
  const int bits = info(t).bits;
  const __int128 size = static_cast<__int128>(1) << bits;
  v = ((v % size) + size) % size;
  return is_signed(t) && v >= size / 2 ? v - size : v;
}

__int128 value(Scalar v) {
  return v.dtype == DType::U64 ? static_cast<__int128>(v.bits) : to_int64(v);
}

// The edges of a type's range and some values within.
std::vector<Scalar> samples(DType t) {
  std::vector<Scalar> values;
  for (const std::int64_t v : {0, 1, 2, 3, 7, 100, -1, -2, -3, -100})
    values.push_back(number(t, v));
  const std::uint64_t half = std::uint64_t{1} << (info(t).bits - 1);
  const std::uint64_t mask = half - 1 + half;
  for (const std::uint64_t bits : {half, half - 1, half + 1, mask}) {
    values.push_back({t, bits & mask});
  }
  return values;
}

__int128 floor_division(__int128 a, __int128 b) {
  const __int128 q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

__int128 euclid(__int128 a, __int128 b) { return b == 0 ? a : euclid(b, a % b); }

TEST_CASE("integer primitives are those of the integers modulo the width") {
  for (const DType t : integers()) {
    const int bits = info(t).bits;
    for (const Scalar x : samples(t)) {
      const __int128 a = value(x);
      CHECK(value(run(Prim::neg, t, {x})) == wrap(-a, t));
      CHECK(value(run(Prim::abs, t, {x})) == wrap(a < 0 ? -a : a, t));
      CHECK(value(run(Prim::bit_not, t, {x})) == wrap(-1 - a, t));
      for (const Scalar y : samples(t)) {
        const __int128 b = value(y);
        INFO(name(t) << " " << static_cast<std::int64_t>(a) << " " << static_cast<std::int64_t>(b));
        CHECK(value(run(Prim::add, t, {x, y})) == wrap(a + b, t));
        CHECK(value(run(Prim::sub, t, {x, y})) == wrap(a - b, t));
        CHECK(run(Prim::mul, t, {x, y}).bits ==
              ((x.bits * y.bits) &
               (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1)));
        const __int128 q = b == 0 ? 0 : floor_division(a, b);
        CHECK(value(run(Prim::floor_div, t, {x, y})) == wrap(q, t));
        CHECK(value(run(Prim::floor_rem, t, {x, y})) == (b == 0 ? 0 : wrap(a - q * b, t)));
        CHECK(value(run(Prim::gcd, t, {x, y})) == wrap(euclid(a < 0 ? -a : a, b < 0 ? -b : b), t));
        CHECK(value(run(Prim::minimum, t, {x, y})) == std::min(a, b));
        CHECK(value(run(Prim::maximum, t, {x, y})) == std::max(a, b));
        CHECK(run(Prim::bit_and, t, {x, y}).bits == (x.bits & y.bits));
        CHECK(run(Prim::bit_xor, t, {x, y}).bits == (x.bits ^ y.bits));
        const bool fits = b >= 0 && b < bits;
        const int count = fits ? static_cast<int>(b) : 0;
        CHECK(value(run(Prim::shl, t, {x, y})) ==
              (fits ? wrap(a * (static_cast<__int128>(1) << count), t) : 0));
        CHECK(value(run(Prim::shr, t, {x, y})) ==
              (fits ? floor_division(a, static_cast<__int128>(1) << count) : (a < 0 ? -1 : 0)));
        CHECK(run(Prim::lt, DType::Bool, {x, y}) == Scalar::of(a < b));
        CHECK(run(Prim::ge, DType::Bool, {x, y}) == Scalar::of(a >= b));
        CHECK(run(Prim::eq, DType::Bool, {x, y}) == Scalar::of(a == b));
      }
    }
  }
}

TEST_CASE("float primitives follow IEEE 754") {
  CHECK(real(Prim::add, {0.5, 0.25}) == 0.75);
  CHECK(std::isnan(real(Prim::sub, {kInf, kInf})));
  CHECK(same(real(Prim::div, {-1, 0}), -kInf));
  CHECK(same(real(Prim::neg, {0}), -0.0));
  CHECK(std::signbit(real(Prim::neg, {kNan})) != std::signbit(kNan));
  CHECK_FALSE(std::signbit(real(Prim::abs, {-kNan})));
  CHECK(same(real(Prim::sqrt, {-0.0}), -0.0));
  CHECK(std::isnan(real(Prim::sqrt, {-1})));
  CHECK(same(real(Prim::rint, {0.5}), 0.0));
  CHECK(same(real(Prim::rint, {-1.5}), -2.0));
  CHECK(same(real(Prim::floor, {-0.5}), -1.0));
  CHECK(same(real(Prim::ceil, {-0.5}), -0.0));
  CHECK(same(real(Prim::trunc, {-1.9}), -1.0));
  CHECK(same(real(Prim::copysign, {kInf, -0.0}), -kInf));
  CHECK(same(real(Prim::minimum, {0.0, -0.0}), -0.0));
  CHECK(same(real(Prim::minimum, {-0.0, 0.0}), -0.0));
  CHECK(same(real(Prim::maximum, {0.0, -0.0}), 0.0));
  CHECK(same(real(Prim::maximum, {-0.0, 0.0}), 0.0));
  CHECK(std::isnan(real(Prim::minimum, {kNan, 1})));
  CHECK(std::isnan(real(Prim::maximum, {1, kNan})));
  CHECK(same(real(Prim::fmod, {-7, 3}), -1.0));
  CHECK(same(real(Prim::fmod, {-6, 3}), -0.0));
  CHECK(same(real(Prim::fmod, {5, kInf}), 5.0));
  CHECK(std::isnan(real(Prim::fmod, {5, 0})));
  const double a = 1 + 0x1p-30;
  const Scalar fused[] = {Scalar::of(a), Scalar::of(a), Scalar::of(-1 - 0x1p-29)};
  CHECK(evaluate(Prim::fma, DType::F64, fused) == Scalar::of(0x1p-60));
  CHECK(real(Prim::fma, {1 + 0x1p-12, 1 + 0x1p-12, -1 - 0x1p-11}) == 0x1p-24);
  CHECK(run(Prim::ne, DType::Bool, {Scalar::of(kNan), Scalar::of(kNan)}) == Scalar::of(true));
  CHECK(run(Prim::eq, DType::Bool, {Scalar::of(-0.0), Scalar::of(0.0)}) == Scalar::of(true));
  CHECK(run(Prim::ge, DType::Bool, {Scalar::of(kNan), Scalar::of(0.0)}) == Scalar::of(false));
}

TEST_CASE("bool has logic, order and nothing else") {
  const Scalar yes = Scalar::of(true), no = Scalar::of(false);
  CHECK(run(Prim::bit_and, DType::Bool, {yes, no}) == no);
  CHECK(run(Prim::bit_or, DType::Bool, {yes, no}) == yes);
  CHECK(run(Prim::bit_xor, DType::Bool, {yes, yes}) == no);
  CHECK(run(Prim::bit_not, DType::Bool, {yes}) == no);
  CHECK(run(Prim::minimum, DType::Bool, {yes, no}) == no);
  CHECK(run(Prim::lt, DType::Bool, {no, yes}) == yes);
  CHECK_THROWS_AS(run(Prim::add, DType::Bool, {yes, no}), Error);
}

TEST_CASE("conversion saturates floats, wraps integers and rounds once") {
  const auto to = [](DType t, double v) { return convert(Scalar::of(v), t); };
  CHECK(value(to(DType::I8, 127.9)) == 127);
  CHECK(value(to(DType::I8, 1e9)) == 127);
  CHECK(value(to(DType::I8, -128.9)) == -128);
  CHECK(value(to(DType::I8, -kInf)) == -128);
  CHECK(value(to(DType::U8, -0.9)) == 0);
  CHECK(value(to(DType::U8, -5)) == 0);
  CHECK(value(to(DType::I64, 0x1p63)) == INT64_MAX);
  CHECK(value(to(DType::I64, -0x1p63)) == INT64_MIN);
  CHECK(to(DType::U64, 0x1p64).bits == UINT64_MAX);
  CHECK(to(DType::U64, 0x1.8p63).bits == std::uint64_t{3} << 62);
  CHECK(value(to(DType::I32, kNan)) == 0);
  CHECK(to(DType::Bool, kNan).bits == 1);
  CHECK(to(DType::Bool, -0.0).bits == 0);
  CHECK(to_double(to(DType::F32, 1e300)) == kInf);
  CHECK(to_double(to(DType::F32, 0x1.000001p0)) == 1.0);  // ties to even
  CHECK(value(convert(Scalar::of(std::int64_t{300}), DType::U8)) == 44);
  CHECK(value(convert(Scalar::of(std::int64_t{200}), DType::I8)) == -56);
  CHECK(convert(Scalar::of(std::int64_t{-1}), DType::U64).bits == UINT64_MAX);
  CHECK(to_double(convert({DType::U64, UINT64_MAX}, DType::F64)) == 0x1p64);
  // 2^53 + 2^29 + 1 rounded to f64 first would fall on a tie.
  CHECK(to_double(convert(Scalar::of((std::int64_t{1} << 53) + (1 << 29) + 1), DType::F32)) ==
        0x1.000002p53);
  CHECK_THROWS_AS(convert(Scalar::of(1.0), DType::C64), Error);
}

TEST_CASE("16-bit floats: nearest even, subnormals, overflow, quiet NaN") {
  const auto bits = [](double v, DType t) { return convert(Scalar::of(v), t).bits; };
  const auto half = [&](double v) { return bits(v, DType::F16); };
  CHECK(half(1.0) == 0x3c00);
  CHECK(half(-0.0) == 0x8000);
  CHECK(half(1 + 0x1p-11) == 0x3c00);  // ties to even
  CHECK(half(1 + 0x3p-11) == 0x3c02);
  CHECK(half(1 + 0x1p-11 + 0x1p-52) == 0x3c01);  // as f32 it would be a tie
  CHECK(half(65519.99) == 0x7bff);
  CHECK(half(65520) == 0x7c00);
  CHECK(half(-1e300) == 0xfc00);
  CHECK(half(0x1p-24) == 1);
  CHECK(half(0x1p-25) == 0);
  CHECK(half(0x1.0000001p-25) == 1);
  CHECK(half(0x1.ff8p-15) == 0x3ff);  // the largest subnormal number
  CHECK(half(0x1.ffbp-15) == 0x3ff);
  CHECK(half(0x1.ffcp-15) == 0x400);
  CHECK((convert({DType::F32, 0x7f800001}, DType::F16).bits & 0x7e00) == 0x7e00);
  CHECK((convert({DType::F32, 0x7f800001}, DType::BF16).bits & 0x7fc0) == 0x7fc0);
  CHECK(bits(1 + 0x1p-8, DType::BF16) == 0x3f80);
  CHECK(bits(1 + 0x3p-8, DType::BF16) == 0x3f82);
  CHECK(bits(3.4e38, DType::BF16) == 0x7f80);
  CHECK(bits(0x1p-133, DType::BF16) == 1);
  for (const DType t : {DType::F16, DType::BF16}) {
    for (std::uint64_t v = 0; v < 0x10000; ++v) {
      const Scalar x{t, v};
      if (std::isnan(to_double(x))) continue;
      REQUIRE(convert(convert(x, DType::F32), t) == x);
      REQUIRE(convert(convert(x, DType::F64), t) == x);
    }
  }
}

TEST_CASE("bits are kept by bitcast and by select") {
  CHECK(run(Prim::bitcast, DType::I64, {Scalar::of(-0.0)}) == Scalar::of(INT64_MIN));
  CHECK(run(Prim::bitcast, DType::F32, {number(DType::U32, 0x3f800000)}) == Scalar::of(1.0f));
  CHECK_THROWS_AS(run(Prim::bitcast, DType::I32, {Scalar::of(1.0)}), Error);
  CHECK_THROWS_AS(run(Prim::bitcast, DType::Bool, {number(DType::U8, 1)}), Error);
  const Scalar nan = {DType::F64, 0xfff4000000000001};
  CHECK(run(Prim::select, DType::F64, {Scalar::of(false), Scalar::of(1.0), nan}) == nan);
}

TEST_CASE("arguments of wrong types are bugs, not values") {
  CHECK_THROWS_AS(run(Prim::add, DType::F64, {Scalar::of(1.0), Scalar::of(1.0f)}), Error);
  CHECK_THROWS_AS(run(Prim::add, DType::F64, {Scalar::of(1.0)}), Error);
  CHECK_THROWS_AS(run(Prim::lt, DType::F64, {Scalar::of(1.0), Scalar::of(1.0)}), Error);
  CHECK_THROWS_AS(run(Prim::div, DType::I64, {number(DType::I64, 1), number(DType::I64, 1)}),
                  Error);
  CHECK_THROWS_AS(run(Prim::shl, DType::F64, {Scalar::of(1.0), Scalar::of(1.0)}), Error);
  CHECK_THROWS_AS(run(Prim::angle_high, DType::F64, {Scalar::of(1.0f)}), Error);
  CHECK_THROWS_AS(run(Prim::angle_turns, DType::I64, {Scalar::of(1.0f)}), Error);
  CHECK_THROWS_AS(run(Prim::angle_high, DType::I32, {number(DType::I32, 1)}), Error);
}

TEST_CASE("results do not depend on the caller's rounding mode") {
  const Scalar third[] = {Scalar::of(1.0), Scalar::of(3.0)};
  const Scalar tenth = Scalar::of(0.1);
  const Scalar quotient = evaluate(Prim::div, DType::F64, third);
  const Scalar narrow = convert(tenth, DType::F32);
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const Scalar q = evaluate(Prim::div, DType::F64, third);
    const Scalar n = convert(tenth, DType::F32);
    const Scalar r = run(Prim::rint, DType::F64, {Scalar::of(2.5)});
    const int after = std::fegetround();
    std::fesetround(FE_TONEAREST);
    CHECK(q == quotient);
    CHECK(n == narrow);
    CHECK(r == Scalar::of(2.0));
    CHECK(after == mode);
  }
}

TEST_CASE("small angles are left as they are") {
  for (const double x : {0.0, -0.0, 1.0, -0x1p20, 0x1p20}) {
    CHECK(run(Prim::angle_high, DType::F64, {Scalar::of(x)}) == Scalar::of(x));
    CHECK(run(Prim::angle_low, DType::F64, {Scalar::of(x)}) == Scalar::of(0.0));
    CHECK(run(Prim::angle_turns, DType::I64, {Scalar::of(x)}) == Scalar::of(std::int64_t{0}));
  }
  for (const double x : {kInf, -kInf, kNan}) {
    CHECK(std::isnan(to_double(run(Prim::angle_high, DType::F64, {Scalar::of(x)}))));
    CHECK(run(Prim::angle_low, DType::F64, {Scalar::of(x)}) == Scalar::of(0.0));
    CHECK(run(Prim::angle_turns, DType::I64, {Scalar::of(x)}) == Scalar::of(std::int64_t{0}));
  }
}

TEST_CASE("large floats are reduced as doubles are, to two floats") {
  for (const float x : {0.0F, -1.0F, 0x1p20F}) {
    CHECK(run(Prim::angle_high, DType::F32, {Scalar::of(x)}) == Scalar::of(x));
    CHECK(run(Prim::angle_low, DType::F32, {Scalar::of(x)}) == Scalar::of(0.0F));
    CHECK(to_int64(run(Prim::angle_turns, DType::I32, {Scalar::of(x)})) == 0);
  }
  for (const float x : {0x1.8p20F, -3e9F, 1e38F}) {
    const Scalar wide[] = {Scalar::of(static_cast<double>(x))};
    const Scalar narrow[] = {Scalar::of(x)};
    CHECK(to_int64(evaluate(Prim::angle_turns, DType::I32, narrow)) ==
          to_int64(evaluate(Prim::angle_turns, DType::I64, wide)));
    const double high = to_double(evaluate(Prim::angle_high, DType::F64, wide));
    const double sum = to_double(evaluate(Prim::angle_high, DType::F32, narrow)) +
                       to_double(evaluate(Prim::angle_low, DType::F32, narrow));
    CHECK(std::abs(sum - high) <= 0x1p-48 * std::abs(high));
  }
  CHECK(std::isnan(
      to_double(run(Prim::angle_high, DType::F32, {Scalar::of(static_cast<float>(kInf))}))));
  CHECK(run(Prim::angle_low, DType::F32, {Scalar::of(static_cast<float>(kNan))}) ==
        Scalar::of(0.0F));
}

}  // namespace
}  // namespace arrayc::ir
