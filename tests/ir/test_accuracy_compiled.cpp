// The elementary functions as compiled kernels: a million numbers of each, of both float types, in
// both FMA classes. Numbers come from every exponent, from the ranges where a function is not
// trivial and from around its roots, poles and ends; special values stand in every lane.
//
// The reference is the C library in the next wider format; MPFR decides where that is close to the
// limit. With ACCURACY_REPORT set, the largest errors are printed.
#include <arrayc/arrayc.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "frontend/session.h"
#include "tests/accuracy/distance.h"
#include "tests/catch.h"

namespace arrayc {
namespace {

using tests::BinaryFunction;
using tests::from_bits;
using tests::Function;

constexpr std::size_t kCount = 1'000'000;

template <typename T>
struct Worst {
  double error = 0;
  T x = 0, y = 0;
  void add(double found, T at, T at_y = 0) {
    if (!(found <= error)) *this = {found, at, at_y};
  }
};

class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : random_(seed) {}

  double uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(random_() >> 11) * 0x1p-53);
  }
  template <typename T>
  static T narrow(double v) {
    constexpr double limit = std::numeric_limits<T>::max();
    return static_cast<T>(std::isinf(v) ? v : std::clamp(v, -limit, limit));
  }
  // Each exponent and sign as often as any other. Subnormals: each number of leading zeros.
  template <typename T>
  T of_exponent(std::uint64_t exponent) {
    constexpr int digits = std::numeric_limits<T>::digits - 1;
    constexpr int size = sizeof(T) * 8;
    std::uint64_t mantissa = random_() & ((std::uint64_t{1} << digits) - 1);
    if (exponent == 0) mantissa >>= random_() % digits;
    const std::uint64_t sign = random_() & 1;
    return from_bits<T>(sign << (size - 1) | exponent << digits | mantissa);
  }
  // A number beside `point`: at most 64 floats away, or ever further.
  template <typename T>
  T beside(double point) {
    const T at = narrow<T>(point);
    const auto bits =
        std::bit_cast<std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>>(at);
    if (random_() % 2 == 0) {
      const auto moved = bits + static_cast<std::int64_t>(random_() % 129) - 64;
      const T found = from_bits<T>(static_cast<std::uint64_t>(moved));
      return at == 0 ? static_cast<T>(moved) * std::numeric_limits<T>::denorm_min() : found;
    }
    const double size = at == 0 ? 1 : std::fabs(static_cast<double>(at));
    const double step = std::ldexp(uniform(-1, 1), -static_cast<int>(random_() % 60));
    return static_cast<T>(static_cast<double>(at) + size * step);
  }
  std::uint64_t operator()() { return random_(); }

 private:
  std::mt19937_64 random_;
};

// `count` numbers: two fifths over all exponents, a fifth beside special points, the rest uniform
// in the function's ranges.
template <typename T>
std::vector<T> numbers_for(const Function& function, std::size_t count) {
  constexpr std::uint64_t exponents = sizeof(T) == 8 ? 2047 : 255;
  Numbers numbers(1);
  std::vector<T> all;
  for (std::size_t i = 0; i < count * 2 / 5; ++i) {
    all.push_back(numbers.of_exponent<T>(i % exponents));
  }
  for (std::size_t i = 0; i < count / 5; ++i) {
    all.push_back(numbers.beside<T>(function.near[i % function.near.size()]));
  }
  for (std::size_t i = 0; all.size() < count; ++i) {
    const auto& [low, high] = function.ranges[i % function.ranges.size()];
    all.push_back(Numbers::narrow<T>(numbers.uniform(low, high)));
  }
  return all;
}

template <typename T>
std::vector<T> special() {
  std::vector<T> all;
  for (const double v : tests::special_numbers()) {
    all.push_back(std::isnan(v) ? static_cast<T>(v) : Numbers::narrow<T>(v));
    if constexpr (sizeof(T) == 4) {
      if (static_cast<double>(all.back()) != v && !std::isnan(v)) all.push_back(static_cast<T>(v));
    }
  }
  return all;
}

template <typename T>
void report(const char* name, const std::string& cpu, const Worst<T>& worst, double limit,
            bool binary) {
  INFO(name << (sizeof(T) == 8 ? " of f64 " : " of f32 ") << worst.x << ", " << worst.y << " for "
            << cpu);
  CHECK(worst.error <= limit);
  if (std::getenv("ACCURACY_REPORT") == nullptr) return;
  std::printf("%-8s %s %-10s %.3f at %a", name, sizeof(T) == 8 ? "f64" : "f32", cpu.c_str(),
              worst.error, static_cast<double>(worst.x));
  if (binary) std::printf(", %a", static_cast<double>(worst.y));
  std::printf("\n");
}

template <typename T>
Worst<T> worst_of(const Function& function, std::size_t count) {
  Worst<T> worst;
  const Ufunc ufunc = ufunc::named(function.name);
  const auto check = [&](const std::vector<T>& x) {
    const Array result = ufunc(borrow(x.data(), {static_cast<std::int64_t>(x.size())}));
    const auto got = result.as_span<T>();
    for (std::size_t i = 0; i < x.size(); ++i) worst.add(error_of(function, x[i], got[i]), x[i]);
  };
  check(numbers_for<T>(function, count));
  // Every special value in every lane of every vector, tails among them.
  const std::vector<T> values = special<T>();
  for (std::size_t shift = 0; shift < 33; ++shift) {
    std::vector<T> x(shift, T(0.75));
    x.insert(x.end(), values.begin(), values.end());
    check(x);
  }
  if (std::isfinite(worst.error)) {
    const Array again = ufunc(borrow(&worst.x, {1}));
    worst.error = tests::exact_error(function, worst.x, again.as_span<T>()[0]);
  }
  return worst;
}

template <typename T>
std::vector<std::pair<T, T>> pairs(bool power, std::size_t count) {
  constexpr std::uint64_t exponents = sizeof(T) == 8 ? 2047 : 255;
  Numbers numbers(2);
  std::vector<std::pair<T, T>> all;
  for (const T x : special<T>()) {
    for (const T y : special<T>()) all.emplace_back(x, y);
  }
  while (all.size() < count) {
    const T any = numbers.of_exponent<T>(numbers() % exponents);
    all.emplace_back(any, numbers.of_exponent<T>(numbers() % exponents));
    const T near = static_cast<T>(numbers.uniform(-2, 2));
    all.emplace_back(near, static_cast<T>(numbers.uniform(-2, 2)));
    all.emplace_back(static_cast<T>(near * 1e-3), static_cast<T>(numbers.uniform(-2, 2)));
    all.emplace_back(near, static_cast<T>(near * numbers.uniform(0.99, 1.01)));
    if (!power) continue;
    // Results over the whole range: the exponent that gives one of them.
    const T base = std::fabs(any);
    const double most = std::numeric_limits<T>::max_exponent * 1.1;
    const double y = numbers.uniform(-most, most) / std::log2(static_cast<double>(base));
    all.emplace_back(base, Numbers::narrow<T>(y));
    all.emplace_back(static_cast<T>(1 + near * 1e-3),
                     Numbers::narrow<T>(numbers.uniform(-1e6, 1e6)));
    all.emplace_back(any, static_cast<T>(static_cast<int>(numbers() % 41) - 20));
  }
  return all;
}

template <typename T>
Worst<T> worst_of(const BinaryFunction& function, std::size_t count) {
  std::vector<T> x, y;
  for (const auto& [first, second] : pairs<T>(std::string(function.name) == "power", count)) {
    x.push_back(first);
    y.push_back(second);
  }
  const Shape shape{static_cast<std::int64_t>(x.size())};
  const Ufunc ufunc = ufunc::named(function.name);
  const Array result = ufunc(borrow(x.data(), shape), borrow(y.data(), shape));
  const auto got = result.as_span<T>();
  Worst<T> worst;
  for (std::size_t i = 0; i < x.size(); ++i) {
    worst.add(error_of(function, x[i], y[i], got[i]), x[i], y[i]);
  }
  return worst;
}

// The processor, and one without multiply-add, with fewer numbers.
template <typename Table>
void check_all(const Table& table) {
  Session& session = Session::current();
  const Options before = session.options();
  const char* only = std::getenv("ACCURACY_FUNCTION");
  for (const std::string cpu : {"native", "x86-64-v2"}) {
    Options options = before;
    options.small_work = false;
    options.target_cpu = cpu;
    try {
      session.set_options(options);
    } catch (const Error&) {
      continue;  // another kind of processor
    }
    const std::size_t count = cpu == "native" ? kCount : kCount / 10;
    for (const auto& function : table) {
      if (only && std::string(only) != function.name) continue;
      const bool binary = std::is_same_v<Table, std::vector<BinaryFunction>>;
      report(function.name, cpu, worst_of<double>(function, count), function.limit, binary);
      report(function.name, cpu, worst_of<float>(function, count), function.limit, binary);
    }
  }
  session.set_options(before);
}

TEST_CASE("compiled elementary functions are within their limits") {
  check_all(tests::functions());
}

TEST_CASE("compiled functions of two numbers are within their limits") {
  check_all(tests::binary_functions());
}

}  // namespace
}  // namespace arrayc
