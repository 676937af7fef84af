// The elementary functions against MPFR, over the whole range of both float types, in both FMA
// classes. ARRAYC_ACCURACY_SAMPLES (600) is how many random numbers are taken from each range,
// ARRAYC_ACCURACY_STRIDE (16777213) the step between the bit patterns of f32: 1 takes all.
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

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

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

// The last number is the double nearest to a multiple of pi/2.
const std::vector<double> kSpecial = {0.0,
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
                                      6381956970095103.0 * 0x1p797};

using Unary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using Binary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
using Ranges = std::vector<std::pair<double, double>>;

int log_abs_gamma(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t round) {
  int sign = 0;
  return mpfr_lgamma(result, &sign, x, round);
}

// The sum of (x^2/4)^k / (k!)^2. Beyond 1000 it is above every double; of infinity NumPy's is NaN.
int bessel_i0(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t) {
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

struct Function {
  const char* name;
  Unary exact;
  double bound;  // in units of the last place
  Ranges ranges;
  bool has_small_zeros = false;  // below 1, of negative numbers: in units of 1's last place
};

const Ranges kAngles = {{-3.2, 3.2}, {-100, 100}, {-1.1e6, 1.1e6}, {-1e10, 1e10}};
const Ranges kPositive = {{0.5, 2}, {0.99, 1.01}, {0, 1e3}};
const Ranges kUnit = {{-1, 1}, {-0.01, 0.01}, {0.49, 0.51}, {0.99, 1}};

const Function kFunctions[] = {
    {"exp", mpfr_exp, 1, {{-1, 1}, {-104, 89}, {-745, 710}}},
    {"exp2", mpfr_exp2, 1, {{-1, 1}, {-150, 128}, {-1075, 1024}}},
    {"expm1", mpfr_expm1, 1.02, {{-1, 1}, {-0.01, 0.01}, {-40, 90}, {-40, 710}}},
    {"log", mpfr_log, 1, kPositive},
    {"log2", mpfr_log2, 1, kPositive},
    {"log10", mpfr_log10, 1, kPositive},
    {"log1p", mpfr_log1p, 1, {{-0.5, 1}, {-0.01, 0.01}, {-1, 1e3}}},
    {"sin", mpfr_sin, 1, kAngles},
    {"cos", mpfr_cos, 1, kAngles},
    {"tan", mpfr_tan, 2, kAngles},
    {"arcsin", mpfr_asin, 2, kUnit},
    {"arccos", mpfr_acos, 2, kUnit},
    {"arctan", mpfr_atan, 2, {{-1, 1}, {-0.01, 0.01}, {-3, 3}, {-1e3, 1e3}}},
    {"sinh", mpfr_sinh, 2, {{-1, 1}, {-0.01, 0.01}, {-89.5, 89.5}, {-711, 711}}},
    {"cosh", mpfr_cosh, 2, {{-1, 1}, {-0.01, 0.01}, {-89.5, 89.5}, {-711, 711}}},
    {"tanh", mpfr_tanh, 2, {{-1, 1}, {-0.1, 0.1}, {-20, 20}}},
    {"arcsinh", mpfr_asinh, 2, {{-1, 1}, {-0.01, 0.01}, {-20, 20}, {-1e9, 1e9}}},
    {"arccosh", mpfr_acosh, 2, {{1, 2}, {1, 1.01}, {1, 20}, {1, 1e9}}},
    {"arctanh", mpfr_atanh, 2, {{-1, 1}, {-0.01, 0.01}, {-0.3, 0.3}, {0.99, 1}}},
    {"cbrt", mpfr_cbrt, 1, {{-1, 1}, {0.5, 8}, {-1e3, 1e3}}},
    {"i0", bessel_i0, 5, {{-1, 1}, {-9, 9}, {8, 90}, {90, 714}}},
    {"erf", mpfr_erf, 1.5, {{-1, 1}, {-0.01, 0.01}, {1, 6}}},
    {"gamma", mpfr_gamma, 8, {{0, 3}, {-8, 8}, {8, 172}, {-184, -8}}},
    {"lgamma",
     log_abs_gamma,
     8,
     {{0, 3}, {0.99, 1.01}, {1.99, 2.01}, {2, 10}, {-20, 0}, {-4, -2}, {8, 1e3}},
     true}};

template <typename T>
struct Worst {
  double error = 0;
  T at = 0, at_second = 0;
  void add(double found, T x, T y = 0) {
    if (found > error) *this = {found, x, y};
  }
};

template <typename T>
T random_in(std::mt19937_64& random, double low, double high) {
  const double v = low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
  const double limit = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(v, -limit, limit));
}

template <typename T>
Worst<T> worst_error(const Function& function, bool fma) {
  const Ufunc& ufunc = *find_builtin_ufunc(function.name);
  Mpfr x, exact;
  Worst<T> worst;
  const auto check = [&](T argument) {
    const Scalar args[] = {Scalar::of(argument)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    mpfr_set_d(x.value, static_cast<double>(argument), MPFR_RNDN);
    function.exact(exact.value, x.value, MPFR_RNDN);
    double found = error(got, exact);
    if (function.has_small_zeros && argument < 0 && mpfr_cmpabs_ui(exact.value, 1) < 0) {
      mpfr_sub_d(exact.value, exact.value, static_cast<double>(got), MPFR_RNDN);
      const double distance = std::fabs(mpfr_get_d(exact.value, MPFR_RNDN));
      found = distance / std::numeric_limits<T>::epsilon();
    }
    worst.add(found, argument);
  };
  for (const double special : kSpecial) check(static_cast<T>(special));
  const std::uint64_t samples = setting("ARRAYC_ACCURACY_SAMPLES", 600);
  std::mt19937_64 random(1);
  // The magnitude of a gamma function of large numbers is beyond any precision.
  const bool wide = function.ranges.back().second < 1e3 || std::string(function.name) != "lgamma";
  for (std::uint64_t i = 0; wide && i < samples; ++i) check(from_bits<T>(random()));
  for (const auto& [low, high] : function.ranges) {
    for (std::uint64_t i = 0; i < samples; ++i) check(random_in<T>(random, low, high));
  }
  if constexpr (sizeof(T) == 4) {
    const std::uint64_t stride = setting("ARRAYC_ACCURACY_STRIDE", 16777213);
    for (std::uint64_t bits = 0; bits >> 32 == 0; bits += stride) check(from_bits<T>(bits));
  }
  return worst;
}

template <typename T>
void check_function(const Function& function, bool fma) {
  const Worst<T> worst = worst_error<T>(function, fma);
  INFO(function.name << " of " << Scalar::of(worst.at).bits << (sizeof(T) == 8 ? " f64" : " f32")
                     << (fma ? " with" : " without") << " FMA: " << worst.at);
  CHECK(worst.error <= function.bound);
  if (std::getenv("ARRAYC_ACCURACY_SAMPLES")) {
    std::printf("%-10s %s %s %.3f at %.17g\n", function.name, sizeof(T) == 8 ? "f64" : "f32",
                fma ? "fma" : "no fma", worst.error, static_cast<double>(worst.at));
  }
}

TEST_CASE("elementary functions are within their bounds") {
  const char* only = std::getenv("ARRAYC_ACCURACY_FUNCTION");
  for (const Function& function : kFunctions) {
    if (only && std::string(only) != function.name) continue;
    for (const bool fma : {true, false}) {
      check_function<double>(function, fma);
      check_function<float>(function, fma);
    }
  }
}

struct BinaryFunction {
  const char* name;
  Binary exact;
  double bound;
};

const BinaryFunction kBinaryFunctions[] = {{"hypot", mpfr_hypot, 1.25}, {"arctan2", mpfr_atan2, 2}};

template <typename T>
Worst<T> worst_binary_error(const BinaryFunction& function, bool fma) {
  const Ufunc& ufunc = *find_builtin_ufunc(function.name);
  Mpfr x, y, exact;
  Worst<T> worst;
  const auto check = [&](T first, T second) {
    const Scalar args[] = {Scalar::of(first), Scalar::of(second)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    mpfr_set_d(x.value, static_cast<double>(first), MPFR_RNDN);
    mpfr_set_d(y.value, static_cast<double>(second), MPFR_RNDN);
    function.exact(exact.value, x.value, y.value, MPFR_RNDN);
    worst.add(error(got, exact), first, second);
  };
  for (const double first : kSpecial) {
    for (const double second : kSpecial) check(static_cast<T>(first), static_cast<T>(second));
  }
  const std::uint64_t samples = setting("ARRAYC_ACCURACY_SAMPLES", 600);
  std::mt19937_64 random(2);
  for (std::uint64_t i = 0; i < samples; ++i) {
    check(from_bits<T>(random()), from_bits<T>(random()));
    const T near = random_in<T>(random, -2, 2);
    check(near, random_in<T>(random, -2, 2));
    check(near * T(1e-3), random_in<T>(random, -2, 2));
    check(near, near * random_in<T>(random, 0.99, 1.01));
  }
  return worst;
}

template <typename T>
void check_binary_function(const BinaryFunction& function, bool fma) {
  const Worst<T> worst = worst_binary_error<T>(function, fma);
  INFO(function.name << (sizeof(T) == 8 ? " in f64" : " in f32") << (fma ? " with" : " without")
                     << " FMA: " << worst.at << ", " << worst.at_second);
  CHECK(worst.error <= function.bound);
  if (std::getenv("ARRAYC_ACCURACY_SAMPLES")) {
    std::printf("%-10s %s %s %.3f at %.17g, %.17g\n", function.name, sizeof(T) == 8 ? "f64" : "f32",
                fma ? "fma" : "no fma", worst.error, static_cast<double>(worst.at),
                static_cast<double>(worst.at_second));
  }
}

TEST_CASE("elementary functions of two numbers are within their bounds") {
  const char* only = std::getenv("ARRAYC_ACCURACY_FUNCTION");
  for (const BinaryFunction& function : kBinaryFunctions) {
    if (only && std::string(only) != function.name) continue;
    for (const bool fma : {true, false}) {
      check_binary_function<double>(function, fma);
      check_binary_function<float>(function, fma);
    }
  }
}

}  // namespace
}  // namespace arrayc::ir
