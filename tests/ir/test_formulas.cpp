// The elementary functions against MPFR, over the whole range of both float types, in both FMA
// classes.
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "ir/formulas/angle.h"
#include "ir/ufunc.h"
#include "ir/value_builder.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Mpfr {
  explicit Mpfr(mpfr_prec_t precision = 200) { mpfr_init2(value, precision); }
  ~Mpfr() { mpfr_clear(value); }
  Mpfr(const Mpfr&) = delete;
  Mpfr& operator=(const Mpfr&) = delete;
  mpfr_t value;
};

template <typename T>
T from_bits(std::uint64_t bits) {
  if constexpr (sizeof(T) == 8)
    return std::bit_cast<double>(bits);
  else
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

// How far `got` is from `exact` in units of exact's last place; infinity if it is not even of its
// kind (NaN, an infinity or a zero with its sign).
template <typename T>
double error(T got, const Mpfr& exact) {
  constexpr long kDigits = std::numeric_limits<T>::digits;
  constexpr long kLargest = std::numeric_limits<T>::max_exponent;
  constexpr long kSmallest = std::numeric_limits<T>::min_exponent - kDigits;
  if (mpfr_nan_p(exact.value)) return std::isnan(got) ? 0 : kInf;
  if (std::isnan(got)) return kInf;
  const bool negative = mpfr_signbit(exact.value) != 0;
  if (std::signbit(got) != negative) return kInf;
  if (mpfr_zero_p(exact.value)) return got == 0 ? 0 : kInf;
  if (mpfr_inf_p(exact.value) || (std::isinf(got) && mpfr_get_exp(exact.value) > kLargest)) {
    return std::isinf(got) ? 0 : kInf;
  }
  Mpfr difference;
  if (std::isinf(got)) {
    mpfr_set_si_2exp(difference.value, negative ? -1 : 1, kLargest, MPFR_RNDN);
  } else {
    mpfr_set_d(difference.value, static_cast<double>(got), MPFR_RNDN);
  }
  mpfr_sub(difference.value, difference.value, exact.value, MPFR_RNDN);
  const long unit = std::max(mpfr_get_exp(exact.value) - kDigits, kSmallest);
  mpfr_mul_2si(difference.value, difference.value, -unit, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.value, MPFR_RNDN));
}

const std::vector<double> kSpecial = {
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    3,
    10,
    100,
    1000,
    1e5,
    1e10,
    1e15,
    1e22,
    1e100,
    1e300,
    kInf,
    -kInf,
    kNan,
    0x1.fffffffffffffp1023,
    -0x1.fffffffffffffp1023,
    0x1.fffffep127,
    0x1p-1074,
    -0x1p-1074,
    1e-310,
    0x1p-1022,
    0x1p-149,
    -0x1p-149,
    1e-40,
    0x1p-126,
    1e-20,
    -1e-20,
    1e-8,
    -1e-8,
    1e-5,
    709.78,
    709.79,
    -745.13,
    -745.14,
    -708.4,
    88.72,
    88.73,
    -103.97,
    -103.98,
    -87.3,
    1023.9999,
    1024,
    -1074,
    -1075,
    -1074.5,
    127.9999,
    128,
    -149,
    -150,
    -1022.5,
    M_PI,
    M_PI / 2,
    M_PI / 4,
    1048576,
    1048576.5,
    1048575.9,
    -0.99999999999,
    -1.5,
    0.625,
    0.6249999,
    22,
    0x1.6a09e667f3bcdp-1,
    0x1.6a09e667f3bccp-1,
    0x1.6a09e667f3bcdp0,
    0.41421356,
    -0.29289321,
    6381956970095103.0 * 0x1p797 /* the double nearest to a multiple of pi/2 */};

struct Function {
  const char* name;
  int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
  double bound;  // in units of the last place
  std::vector<std::pair<double, double>> ranges;
};

const std::vector<std::pair<double, double>> kAngles = {
    {-3.2, 3.2}, {-100, 100}, {-1.1e6, 1.1e6}, {-1e10, 1e10}};
const std::vector<std::pair<double, double>> kPositive = {{0.5, 2}, {0.99, 1.01}, {0, 1e3}};

const Function kFunctions[] = {
    {"exp", mpfr_exp, 1, {{-1, 1}, {-104, 89}, {-745, 710}}},
    {"exp2", mpfr_exp2, 1.5, {{-1, 1}, {-150, 128}, {-1075, 1024}}},
    {"expm1", mpfr_expm1, 2, {{-1, 1}, {-0.01, 0.01}, {-40, 90}, {-40, 710}}},
    {"log", mpfr_log, 1, kPositive},
    {"log2", mpfr_log2, 1, kPositive},
    {"log10", mpfr_log10, 1, kPositive},
    {"log1p", mpfr_log1p, 1, {{-0.5, 1}, {-0.01, 0.01}, {-1, 1e3}}},
    {"sin", mpfr_sin, 1, kAngles},
    {"cos", mpfr_cos, 1, kAngles},
    {"tan", mpfr_tan, 1.5, kAngles},
    {"tanh", mpfr_tanh, 1.5, {{-1, 1}, {-0.1, 0.1}, {-20, 20}}}};

template <typename T>
double worst_error(const Function& function, bool fma) {
  const Ufunc& ufunc = *find_builtin_ufunc(function.name);
  Mpfr x, exact;
  double worst = 0;
  const auto check = [&](T argument) {
    const Scalar args[] = {Scalar::of(argument)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    mpfr_set_d(x.value, static_cast<double>(argument), MPFR_RNDN);
    function.exact(exact.value, x.value, MPFR_RNDN);
    worst = std::max(worst, error(got, exact));
  };
  for (const double special : kSpecial) check(static_cast<T>(special));
  std::mt19937_64 random(1);
  for (int i = 0; i < 600; ++i) check(from_bits<T>(random()));
  const T limit = std::numeric_limits<T>::max();
  for (const auto& [low, high] : function.ranges) {
    for (int i = 0; i < 600; ++i) {
      const double v = low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
      check(static_cast<T>(std::clamp(v, -static_cast<double>(limit), static_cast<double>(limit))));
    }
  }
  return worst;
}

TEST_CASE("elementary functions are within their bounds") {
  for (const Function& function : kFunctions) {
    for (const bool fma : {true, false}) {
      INFO(function.name << (fma ? " with" : " without") << " FMA");
      CHECK(worst_error<double>(function, fma) <= function.bound);
      CHECK(worst_error<float>(function, fma) <= function.bound);
    }
  }
}

template <typename T>
double worst_power(bool fma) {
  const Ufunc& ufunc = *find_builtin_ufunc("power");
  Mpfr x, y, exact;
  double worst = 0;
  const auto check = [&](T base, T exponent) {
    const Scalar args[] = {Scalar::of(base), Scalar::of(exponent)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    mpfr_set_d(x.value, static_cast<double>(base), MPFR_RNDN);
    mpfr_set_d(y.value, static_cast<double>(exponent), MPFR_RNDN);
    mpfr_pow(exact.value, x.value, y.value, MPFR_RNDN);
    worst = std::max(worst, error(got, exact));
  };
  const double special[] = {0.0,
                            -0.0,
                            1,
                            -1,
                            0.5,
                            -0.5,
                            2,
                            -2,
                            3,
                            -3,
                            2.5,
                            -2.5,
                            1e300,
                            -1e300,
                            0x1p-1074,
                            -0x1p-1074,
                            0x1p-149,
                            kInf,
                            -kInf,
                            kNan,
                            1e-30,
                            1e38,
                            9007199254740991.0,
                            9007199254740992.0,
                            -9007199254740991.0,
                            16777215.0,
                            0x1.0000000000001p0,
                            0x1.fffffffffffffp-1};
  for (const double a : special) {
    for (const double b : special) check(static_cast<T>(a), static_cast<T>(b));
  }
  std::mt19937_64 random(2);
  const auto between = [&](double low, double high) {
    return low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
  };
  const double most = sizeof(T) == 8 ? 745 : 103;  // of |y log x|
  for (int i = 0; i < 1000; ++i) {
    check(from_bits<T>(random()), from_bits<T>(random()));
    const double bases[] = {std::exp(between(-most, most)), between(0.5, 2), between(0.999, 1.001)};
    for (const double base : bases) {
      const T a =
          static_cast<T>(std::min(base, static_cast<double>(std::numeric_limits<T>::max())));
      check(a, static_cast<T>(between(-most, most) / std::log(static_cast<double>(a))));
    }
  }
  return worst;
}

TEST_CASE("power is within its bound, special values included") {
  for (const bool fma : {true, false}) {
    CHECK(worst_power<double>(fma) <= 1);
    CHECK(worst_power<float>(fma) <= 0.51);
  }
}

double real(const char* name, std::vector<double> args) {
  std::vector<Scalar> values;
  for (const double arg : args) values.push_back(Scalar::of(arg));
  return to_double(evaluate(*find_builtin_ufunc(name), values, DType::F64, true));
}

TEST_CASE("what should be exact is exact") {
  for (int k = -1074; k < 1024; ++k) {
    const double x = std::ldexp(1.0, k);
    CHECK(real("log2", {x}) == k);
    CHECK(real("exp2", {static_cast<double>(k)}) == x);
    CHECK(real("power", {2, static_cast<double>(k)}) == x);
  }
  double power = 1;
  for (int k = 0; k <= 22; ++k, power *= 10) {
    CHECK(real("log10", {power}) == k);
    CHECK(real("power", {10, static_cast<double>(k)}) == power);
  }
  CHECK(real("exp", {0}) == 1);
  CHECK(real("cos", {0}) == 1);
}

// x as turns * (pi/2) + high + low is checked modulo 2 pi.
TEST_CASE("large angles are reduced to about 100 bits") {
  Mpfr x(1300), period(1300), rest(1300), half_pi(1300);
  mpfr_const_pi(half_pi.value, MPFR_RNDN);
  mpfr_mul_2si(period.value, half_pi.value, 1, MPFR_RNDN);
  mpfr_div_2ui(half_pi.value, half_pi.value, 1, MPFR_RNDN);
  std::mt19937_64 random(3);
  std::vector<double> angles = {6381956970095103.0 * 0x1p797, -6381956970095103.0 * 0x1p797,
                                0x1.0000000000001p20, 0x1.fffffffffffffp1023};
  for (int i = 0; i < 3000; ++i) {
    const double v = std::bit_cast<double>(random());
    if (std::isfinite(v) && std::fabs(v) > 0x1p20) angles.push_back(v);
  }
  for (const double angle : angles) {
    ValueBuilder builder(true);
    const formulas::Angle reduced =
        formulas::reduce_angle(builder, builder.constant(Scalar::of(angle)));
    const std::int64_t turns = to_int64(builder.value(reduced.turns));
    const double high = to_double(builder.value(reduced.high));
    const double low = to_double(builder.value(reduced.low));
    CHECK((turns >= 0 && turns <= 3));
    CHECK(std::fabs(high) <= 0x1.921fb54442d18p-1);
    CHECK(high + low == high);
    mpfr_set_d(x.value, angle, MPFR_RNDN);
    mpfr_mul_si(rest.value, half_pi.value, static_cast<long>(turns), MPFR_RNDN);
    mpfr_sub(x.value, x.value, rest.value, MPFR_RNDN);
    mpfr_remainder(x.value, x.value, period.value, MPFR_RNDN);
    mpfr_sub_d(x.value, x.value, high, MPFR_RNDN);
    mpfr_sub_d(x.value, x.value, low, MPFR_RNDN);
    INFO(angle);
    CHECK(std::fabs(mpfr_get_d(x.value, MPFR_RNDN)) <= std::fabs(high) * 0x1p-70);
  }
}

}  // namespace
}  // namespace arrayc::ir
