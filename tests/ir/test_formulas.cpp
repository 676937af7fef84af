// power against MPFR, exact results, special values and large angles. The other functions' errors
// are in test_accuracy.cpp.
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
#include "tests/ir/mpfr_error.h"

namespace arrayc::ir {
namespace {

using tests::error;
using tests::from_bits;
using tests::kInf;
using tests::kNan;
using tests::Mpfr;

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
TEST_CASE("formulas that select operands have the bits of those that select results") {
  std::mt19937_64 random(11);
  std::vector<double> inputs = {0.0,  -0.0, 1e-310, -0.5, 1.5707963267948966,
                                22.0, 1e22, kInf,   kNan};
  for (int i = 0; i < 1500; ++i) inputs.push_back(from_bits<double>(random()));
  for (int i = 0; i < 1500; ++i) {
    inputs.push_back(std::uniform_real_distribution<double>(-100, 100)(random));
  }
  for (const char* name : {"sin", "cos"}) {
    const Ufunc& ufunc = *find_builtin_ufunc(name);
    for (const bool fma : {false, true}) {
      int different = 0;
      for (const double x : inputs) {
        const auto run = [&](bool selects) {
          ValueBuilder b(fma, selects);
          const ScalarBuilder::Reg args[] = {b.constant(Scalar::of(x))};
          return b.value(ufunc.formula(b, std::span(args), DType::F64)).bits;
        };
        if (run(false) != run(true)) ++different;
      }
      INFO(name);
      CHECK(different == 0);
    }
  }
}

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
