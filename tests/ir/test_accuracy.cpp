// The formulas of the elementary functions, as they are interpreted, against MPFR, over the whole
// range of both float types, in both FMA classes. test_accuracy_compiled.cpp is about the kernels.
// ARRAYC_ACCURACY_SAMPLES (600) is how many random numbers are taken from each range,
// ARRAYC_ACCURACY_STRIDE (16777213) the step between the bit patterns of f32: 1 takes all.
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "ir/ufunc.h"
#include "ir/value_builder.h"
#include "tests/accuracy/distance.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

using tests::BinaryFunction;
using tests::exact_error;
using tests::from_bits;
using tests::Function;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

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
  Worst<T> worst;
  const auto check = [&](T argument) {
    const Scalar args[] = {Scalar::of(argument)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    worst.add(exact_error(function, argument, got), argument);
  };
  for (const double special : tests::special_numbers()) check(static_cast<T>(special));
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
  CHECK(worst.error <= function.limit);
  if (std::getenv("ARRAYC_ACCURACY_SAMPLES")) {
    std::printf("%-10s %s %s %.3f at %.17g\n", function.name, sizeof(T) == 8 ? "f64" : "f32",
                fma ? "fma" : "no fma", worst.error, static_cast<double>(worst.at));
  }
}

TEST_CASE("elementary functions are within their bounds") {
  const char* only = std::getenv("ARRAYC_ACCURACY_FUNCTION");
  for (const Function& function : tests::functions()) {
    if (only && std::string(only) != function.name) continue;
    for (const bool fma : {true, false}) {
      check_function<double>(function, fma);
      check_function<float>(function, fma);
    }
  }
}

template <typename T>
Worst<T> worst_binary_error(const BinaryFunction& function, bool fma) {
  const Ufunc& ufunc = *find_builtin_ufunc(function.name);
  Worst<T> worst;
  const auto check = [&](T first, T second) {
    const Scalar args[] = {Scalar::of(first), Scalar::of(second)};
    const T got = from_bits<T>(evaluate(ufunc, args, args[0].dtype, fma).bits);
    worst.add(exact_error(function, first, second, got), first, second);
  };
  for (const double first : tests::special_numbers()) {
    for (const double second : tests::special_numbers())
      check(static_cast<T>(first), static_cast<T>(second));
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
  CHECK(worst.error <= function.limit);
  if (std::getenv("ARRAYC_ACCURACY_SAMPLES")) {
    std::printf("%-10s %s %s %.3f at %.17g, %.17g\n", function.name, sizeof(T) == 8 ? "f64" : "f32",
                fma ? "fma" : "no fma", worst.error, static_cast<double>(worst.at),
                static_cast<double>(worst.at_second));
  }
}

TEST_CASE("elementary functions of two numbers are within their bounds") {
  const char* only = std::getenv("ARRAYC_ACCURACY_FUNCTION");
  for (const BinaryFunction& function : tests::binary_functions()) {
    if (only && std::string(only) != function.name) continue;
    for (const bool fma : {true, false}) {
      check_binary_function<double>(function, fma);
      check_binary_function<float>(function, fma);
    }
  }
}

}  // namespace
}  // namespace arrayc::ir
