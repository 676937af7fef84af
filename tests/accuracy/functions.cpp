#include "tests/accuracy/functions.h"

#include "tests/ir/mpfr_error.h"

namespace arrayc::tests {

namespace {

int log_abs_gamma(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t round) {
  int sign = 0;
  return mpfr_lgamma(result, &sign, x, round);
}

// The sum of (x^2/4)^k / (k!)^2. Beyond 1000 it is above every double; of infinity NumPy's is NaN.
int exact_i0(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t) {
  if (!mpfr_number_p(x)) {
    mpfr_set_nan(result);
    return 0;
  }
  if (mpfr_cmpabs_ui(x, 1000) > 0) {
    mpfr_set_inf(result, 1);
    return 0;
  }
  Mpfr quarter, term;
  mpfr_sqr(quarter.value, x, MPFR_RNDN);
  mpfr_div_2ui(quarter.value, quarter.value, 2, MPFR_RNDN);
  mpfr_set_ui(term.value, 1, MPFR_RNDN);
  mpfr_set_ui(result, 1, MPFR_RNDN);
  for (unsigned long k = 1; !mpfr_zero_p(term.value); ++k) {
    mpfr_mul(term.value, term.value, quarter.value, MPFR_RNDN);
    mpfr_div_ui(term.value, term.value, k * k, MPFR_RNDN);
    mpfr_add(result, result, term.value, MPFR_RNDN);
    if (mpfr_get_exp(term.value) + 180 < mpfr_get_exp(result)) break;
  }
  return 0;
}

template <typename T>
T i0(T x) {
  if (!std::isfinite(x)) return std::numeric_limits<T>::quiet_NaN();
  if (std::fabs(x) > 1000) return std::numeric_limits<T>::infinity();
  const T quarter = x * x / 4;
  T term = 1, sum = 1;
  for (T k = 1; term > sum * std::numeric_limits<T>::epsilon() / 16; ++k) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

const Ranges kAngles = {{-3.2, 3.2}, {-100, 100}, {-1.1e6, 1.1e6}, {-1e10, 1e10}};
const Ranges kPositive = {{0.5, 2}, {0.99, 1.01}, {0, 1e3}};
const Ranges kUnit = {{-1, 1}, {-0.01, 0.01}, {0.49, 0.51}, {0.99, 1}};

// The doubles nearest to multiples of pi/2, the first thousand and then ever further ones. The
// last is the double that is nearest of all to one.
std::vector<double> turns() {
  std::vector<double> all;
  Mpfr half(1300), product(1300);
  mpfr_const_pi(half.value, MPFR_RNDN);
  mpfr_div_2ui(half.value, half.value, 1, MPFR_RNDN);
  const auto add = [&](double count) {
    mpfr_mul_d(product.value, half.value, count, MPFR_RNDN);
    all.push_back(mpfr_get_d(product.value, MPFR_RNDN));
  };
  for (int k = 1; k <= 1000; ++k) add(k);
  for (double k = 1001; k < 1e300; k = std::floor(k * 1.5)) add(k);
  all.push_back(6381956970095103.0 * 0x1p797);
  return all;
}

// log, exp and so on are overloaded for all of C++'s float types: these are C's.
#define ARRAYC_C(f) ::f##l, static_cast<double (*)(double)>(::f)
const Function kFunctions[] = {
    {"exp",
     mpfr_exp,
     ARRAYC_C(exp),
     1,
     {{-1, 1}, {-104, 89}, {-745, 710}},
     {0, 709.782712893384, -708.3964185322641, -745.1332191019412, 88.72283935546875, -87.33654475,
      -103.972084}},
    {"exp2",
     mpfr_exp2,
     ARRAYC_C(exp2),
     1,
     {{-1, 1}, {-150, 128}, {-1075, 1024}},
     {0, 0.5, 1024, -1022, -1075, 128, -126, -150}},
    {"expm1",
     mpfr_expm1,
     ARRAYC_C(expm1),
     1,
     {{-1, 1}, {-0.01, 0.01}, {-40, 90}, {-40, 710}},
     {0, 0.34657359, -0.34657359, 709.782712893384, 88.72283935546875, -37.42994775, -17.32868}},
    {"log", mpfr_log, ARRAYC_C(log), 1, kPositive, {0, 1, 0.70710678, 1.41421356}},
    {"log2", mpfr_log2, ARRAYC_C(log2), 1, kPositive, {0, 1, 0.70710678, 1.41421356}},
    {"log10", mpfr_log10, ARRAYC_C(log10), 1, kPositive, {0, 1, 10, 100, 1000, 0.70710678}},
    {"log1p",
     mpfr_log1p,
     ARRAYC_C(log1p),
     1,
     {{-0.5, 1}, {-0.01, 0.01}, {-1, 1e3}},
     {0, -1, -0.29289321, 0.41421356}},
    {"sin", mpfr_sin, ARRAYC_C(sin), 1, kAngles, {}},
    {"cos", mpfr_cos, ARRAYC_C(cos), 1, kAngles, {}},
    {"tan", mpfr_tan, ARRAYC_C(tan), 2, kAngles, {}},
    {"arcsin", mpfr_asin, ARRAYC_C(asin), 2, kUnit, {0, 0.5, -0.5, 1, -1}},
    {"arccos", mpfr_acos, ARRAYC_C(acos), 2, kUnit, {0, 0.5, -0.5, 1, -1}},
    {"arctan",
     mpfr_atan,
     ARRAYC_C(atan),
     2,
     {{-1, 1}, {-0.01, 0.01}, {-3, 3}, {-1e3, 1e3}},
     {0, 0.41421356, 1, -1, 2.41421356}},
    {"sinh",
     mpfr_sinh,
     ARRAYC_C(sinh),
     2,
     {{-1, 1}, {-0.01, 0.01}, {-89.5, 89.5}, {-711, 711}},
     {0, 1, 710.4758600739439, -710.4758600739439, 89.41598629, 709.782712893384, 22}},
    {"cosh",
     mpfr_cosh,
     ARRAYC_C(cosh),
     2,
     {{-1, 1}, {-0.01, 0.01}, {-89.5, 89.5}, {-711, 711}},
     {0, 710.4758600739439, -710.4758600739439, 89.41598629, 709.782712893384, 22}},
    {"tanh",
     mpfr_tanh,
     ARRAYC_C(tanh),
     2,
     {{-1, 1}, {-0.1, 0.1}, {-20, 20}},
     {0, 0.625, 1, 9.01, 19.06, 22}},
    {"arcsinh",
     mpfr_asinh,
     ARRAYC_C(asinh),
     2,
     {{-1, 1}, {-0.01, 0.01}, {-20, 20}, {-1e9, 1e9}},
     {0, 0.5, 1, 1e154, 0x1p64}},
    {"arccosh",
     mpfr_acosh,
     ARRAYC_C(acosh),
     2,
     {{1, 2}, {1, 1.01}, {1, 20}, {1, 1e9}},
     {1, 1.5, 2, 1e154, 0x1p64}},
    {"arctanh",
     mpfr_atanh,
     ARRAYC_C(atanh),
     2,
     {{-1, 1}, {-0.01, 0.01}, {-0.3, 0.3}, {0.99, 1}},
     {0, 0.5, 1, -1}},
    {"cbrt", mpfr_cbrt, ARRAYC_C(cbrt), 1, {{-1, 1}, {0.5, 8}, {-1e3, 1e3}}, {0, 1, 8, 27}},
    {"i0",
     exact_i0,
     i0<long double>,
     i0<double>,
     5,
     {{-1, 1}, {-9, 9}, {8, 90}, {90, 714}},
     {0, 8}},
    {"erf", mpfr_erf, ARRAYC_C(erf), 1.5, {{-1, 1}, {-0.01, 0.01}, {1, 6}}, {0, 1, 5.92, 3.92}},
    {"gamma",
     mpfr_gamma,
     ARRAYC_C(tgamma),
     16,
     {{0, 3}, {-8, 8}, {8, 172}, {-184, -8}},
     {1, 2, 171.62437695630272, 35.04010009765625}},
    {"lgamma",
     log_abs_gamma,
     ARRAYC_C(lgamma),
     8,
     {{0, 3}, {0.99, 1.01}, {1.99, 2.01}, {2, 10}, {-20, 0}, {-4, -2}, {8, 1e3}},
     {1, 2, -2.4570247382208, -2.7476826467274},
     true}};
#undef ARRAYC_C

const double kSpecialNumbers[] = {0.0,
                                  -0.0,
                                  1,
                                  -1,
                                  0.5,
                                  -0.5,
                                  2,
                                  3,
                                  -2,
                                  -3,
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
                                  -kNan,
                                  0x1.fffffffffffffp1023,
                                  -0x1.fffffffffffffp1023,
                                  0x1.fffffep127,
                                  -0x1.fffffep127,
                                  0x1p-1074,
                                  -0x1p-1074,
                                  1e-310,
                                  -1e-310,
                                  0x1p-1022,
                                  0x1p-149,
                                  -0x1p-149,
                                  1e-40,
                                  -1e-40,
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
                                  6381956970095103.0 * 0x1p797};

}  // namespace

const std::vector<Function>& functions() {
  static const auto table = [] {
    std::vector<Function> all(std::begin(kFunctions), std::end(kFunctions));
    for (Function& function : all) {
      if (function.near.empty()) function.near = turns();
    }
    return all;
  }();
  return table;
}

const std::vector<BinaryFunction>& binary_functions() {
  static const std::vector<BinaryFunction> table = {{"hypot", mpfr_hypot, ::hypotl, 2},
                                                    {"arctan2", mpfr_atan2, ::atan2l, 2},
                                                    {"power", mpfr_pow, ::powl, 2}};
  return table;
}

const std::vector<double>& special_numbers() {
  static const std::vector<double> numbers(std::begin(kSpecialNumbers), std::end(kSpecialNumbers));
  return numbers;
}

}  // namespace arrayc::tests
