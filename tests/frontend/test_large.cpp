// Arrays that no cache holds: their kernels fetch ahead and write past the caches.
#include <cmath>
#include <cstdint>

#include "arrayc/arrayc.h"
#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

constexpr std::int64_t n = 3'000'017;  // 24 MB of f64, two of them are beyond

double number(std::int64_t i) { return static_cast<double>(i * 7919 % 10007) / 16; }

Array numbers(std::int64_t count, ac::DType dtype = ac::f64) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = number(i);
  return ac::array(values).astype(dtype);
}

// The first element that is not `expected(i)`, or -1.
template <typename T, typename Expected>
std::int64_t first_wrong(const Array& a, Expected expected) {
  const auto elements = a.as_span<T>();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i] != static_cast<T>(expected(static_cast<std::int64_t>(i)))) {
      return static_cast<std::int64_t>(i);
    }
  }
  return -1;
}

}  // namespace

TEST_CASE("elementwise, each element once") {
  const Array x = numbers(n), y = x + 1;
  CHECK(first_wrong<double>(x * y - 2, [](auto i) { return number(i) * (number(i) + 1) - 2; }) ==
        -1);
  CHECK(first_wrong<float>(x.astype(ac::f32) * 2, [](auto i) { return 2 * number(i); }) == -1);
  CHECK(first_wrong<bool>(x > 300, [](auto i) { return number(i) > 300; }) == -1);
}

TEST_CASE("views that begin between lines, and rows of odd lengths") {
  const Array x = numbers(2 * n);
  CHECK(first_wrong<double>(x(ac::slice(1, ac::none)) + 1,
                            [](auto i) { return number(i + 1) + 1; }) == -1);
  CHECK(first_wrong<double>(x(ac::slice(ac::none, ac::none, -1)) + 1,
                            [](auto i) { return number(2 * n - 1 - i) + 1; }) == -1);
  CHECK(first_wrong<double>(x(ac::slice(ac::none, ac::none, 2)) + 1,
                            [](auto i) { return number(2 * i) + 1; }) == -1);
  const std::int64_t rows = 2 * n / 1001;
  const Array m = x(ac::slice(ac::none, rows * 1001)).reshape({rows, 1001});
  const Array row = numbers(1001);
  CHECK(first_wrong<double>(m + row, [](auto i) { return number(i) + number(i % 1001); }) == -1);
  CHECK(first_wrong<double>(m.sum({.axis = 1}) * 0 + m(ac::slice(ac::none), 7) * 2,
                            [](auto i) { return 2 * number(i * 1001 + 7); }) == -1);
}

TEST_CASE("an array that is its own result") {
  Array x = numbers(2 * n);
  x += 1;
  x *= 2;
  CHECK(first_wrong<double>(x, [](auto i) { return (number(i) + 1) * 2; }) == -1);
}

TEST_CASE("folds have the bits of small ones") {
  const Array x = numbers(2 * n);
  const std::int64_t half = (n / 4096) * 4096;
  const auto sums = ac::jit([](const Array& a) { return ac::sum(a); });
  // Whole chunks fold alike, however many there are: the parts have the sums of the whole's parts.
  double total = 0;
  for (std::int64_t i = 0; i < 2 * n; ++i) total += number(i);
  CHECK(std::fabs(sums(x).item<double>() - total) <= 1e-9 * total);
  ac::set_num_threads(1);
  const double one = sums(x).item<double>();
  ac::set_num_threads(3);
  CHECK(sums(x).item<double>() == one);
  ac::set_num_threads(0);
  CHECK(ac::max(x(ac::slice(half, ac::none))).item<double>() == 10006.0 / 16);
  CHECK(ac::argmin(x).item<std::int64_t>() == 0);
}
