// One bit pattern, whatever the number of threads, whoever calls, and in whatever floating-point
// environment.
#include <fenv.h>
#include <xmmintrin.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "arrayc/arrayc.h"
#include "runtime/threads.h"
#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

// Elements whose sums depend on the order: random bits, magnitudes from 2^-20 to 2^20.
Array numbers(const std::vector<std::int64_t>& shape, std::uint64_t seed) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& v : values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    v = std::ldexp(static_cast<double>(static_cast<std::int64_t>(seed)) / 9.3e18,
                   static_cast<int>(seed >> 40) % 41 - 20);
  }
  return ac::array(std::move(values)).reshape(shape);
}

using Bits = std::vector<std::string>;

std::string bits(const Array& a) {
  const Array dense = a.copy();
  const auto* bytes = static_cast<const char*>(dense.data());
  return {bytes, bytes + dense.nbytes()};
}

struct Case {
  std::string name;
  std::function<Array(const Array& x, const Array& m)> compute;
};

Array complex_of(const Array& x) { return ac::complex(ac::sin(x), x * 0.25); }

const std::vector<Case> cases = {
    {"sum", [](const Array& x, const Array&) { return ac::sum(x); }},
    {"sum of f32", [](const Array& x, const Array&) { return ac::sum(x.astype(ac::f32)); }},
    {"mean and var", [](const Array& x, const Array&) { return ac::mean(x) + ac::var(x); }},
    {"prod", [](const Array& x, const Array&) { return ac::prod(1.0 + x * 1e-8); }},
    {"sum by row", [](const Array&, const Array& m) { return ac::sum(m, {.axis = 1}); }},
    {"sum by column", [](const Array&, const Array& m) { return ac::sum(m, {.axis = 0}); }},
    {"max by column", [](const Array&, const Array& m) { return ac::max(m, {.axis = 0}); }},
    {"variance by row", [](const Array&, const Array& m) { return ac::var(m, {.axis = 1}); }},
    {"variance by column", [](const Array&, const Array& m) { return ac::var(m, {.axis = 0}); }},
    {"softmax",
     [](const Array&, const Array& m) {
       const Array e = ac::exp(m - ac::max(m, {.axis = 1, .keepdims = true}));
       return e / ac::sum(e, {.axis = 1, .keepdims = true});
     }},
    {"elementwise", [](const Array& x, const Array&) { return ac::exp(ac::sin(x) / 3) + x; }},
    {"nearest",
     [](const Array& x, const Array&) {
       const Array a = x(ac::slice(0, 3000)).reshape({3000, 1});
       const Array b = x(ac::slice(3000, 4000)).reshape({1, 1000});
       return ac::min(ac::square(a - b), {.axis = 1});
     }},
    {"argmin", [](const Array& x, const Array&) { return ac::argmin(x); }},
    {"argmin by row", [](const Array&, const Array& m) { return ac::argmin(m, {.axis = 1}); }},
    {"complex sum", [](const Array& x, const Array&) { return ac::sum(complex_of(x)); }},
    {"complex by column",
     [](const Array&, const Array& m) { return ac::sum(complex_of(m), {.axis = 0}); }},
    {"product", [](const Array&, const Array& m) { return ac::matmul(ac::transpose(m), m); }},
};

struct Inputs {
  Array x = numbers({300007}, 1), m = numbers({1201, 251}, 2);
};

const Inputs& inputs() {
  static const Inputs one;
  return one;
}

Bits all_bits() {
  Bits all;
  for (const Case& c : cases) {
    // Forgets that loops were held up, which would make them serial.
    arrayc::runtime::set_thread_count(arrayc::runtime::thread_count());
    all.push_back(bits(c.compute(inputs().x, inputs().m)));
  }
  return all;
}

void check_same(const Bits& got, const Bits& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO(cases[i].name);
    CHECK(got[i] == expected[i]);
  }
}

const Bits& bits_of_one_thread() {
  static const Bits one = [] {
    ac::set_num_threads(1);
    Bits all = all_bits();
    ac::set_num_threads(0);
    return all;
  }();
  return one;
}

struct Restore {
  ~Restore() { ac::set_num_threads(0); }
};

// What a caller may have set, for the time of a block.
class Environment {
 public:
  explicit Environment(unsigned control) : saved_(_mm_getcsr()) { _mm_setcsr(control); }
  ~Environment() { _mm_setcsr(saved_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  unsigned saved_;
};

constexpr unsigned flush = 0x9fc0;                // flush to zero, denormals are zero
constexpr unsigned upwards = 0x5f80;              // rounding to plus infinity
constexpr unsigned trapping = 0x1f80 & ~0x1e80u;  // all but inexact: they would be signals

}  // namespace

TEST_CASE("1 to 16 threads give the bits of one", "[threads]") {
  const Restore restore;
  for (int threads = 1; threads <= 16; ++threads) {
    CAPTURE(threads);
    ac::set_num_threads(threads);
    CHECK(ac::num_threads() == threads);
    check_same(all_bits(), bits_of_one_thread());
  }
}

TEST_CASE("many callers at a time get the bits of one", "[threads]") {
  const Restore restore;
  ac::set_num_threads(3);
  const auto variance = ac::jit([](const Array& m) { return ac::var(m, {.axis = 0}); });
  const std::string alone = bits(variance(inputs().m));
  const Bits& expected = bits_of_one_thread();
  ac::set_num_threads(3);
  std::vector<Bits> got(6);
  std::vector<std::string> jitted(got.size());
  std::vector<std::thread> callers;
  for (std::size_t t = 0; t < got.size(); ++t) {
    callers.emplace_back([&, t] {
      for (int k = 0; k < 20; ++k) jitted[t] = bits(variance(inputs().m));
      got[t] = all_bits();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (std::size_t t = 0; t < got.size(); ++t) {
    CHECK(jitted[t] == alone);
    check_same(got[t], expected);
  }
}

TEST_CASE("the caller's floating-point environment changes no bit", "[threads]") {
  const Restore restore;
  const Bits& expected = bits_of_one_thread();
  for (const unsigned control : {flush, upwards, trapping}) {
    for (const int threads : {1, 4}) {
      CAPTURE(control, threads);
      ac::set_num_threads(threads);
      Bits got;
      unsigned after = 0;
      {
        const Environment environment(control);
        got = all_bits();
        after = _mm_getcsr();
      }
      CHECK((after & 0xffc0) == (control & 0xffc0));
      check_same(got, expected);
    }
  }
}

TEST_CASE("nor what is recorded, folded and printed", "[threads]") {
  const auto texts = [] {
    const double tiny = std::numeric_limits<double>::denorm_min();
    std::vector<std::string> all;
    const auto add = [&](const Array& a) {
      all.push_back(ac::str(a));
      all.push_back(bits(a));
    };
    add(ac::linspace(0.1, 0.7, 7));
    add(ac::arange(0.1, 1.0, 0.1));
    add(ac::logspace(-1, 2, 5));
    add(ac::geomspace(1, 1000, 4));
    add(ac::array({0.1, 1.0 / 3, 1e-40, 3e38}, ac::f32));
    add(ac::array({tiny, -tiny, 5e-310}) * 3.0);
    add(ac::array({1.0f, 2.0f}) * (1.0 / 3));  // a number becomes f32
    add(ac::array(std::vector<std::int64_t>{(1ll << 53) + 1, -(1ll << 53) - 1}).astype(ac::f64));
    add(ac::full({2}, 1e300) * 1e300);
    add(ac::sqrt(ac::array({-1.0, 2.0})) / ac::array({0.0, 3.0}));
    add(ac::array({1.5, 0.1}).astype(ac::f16));
    add(ac::mean(ac::array({tiny, 1e-323, 1.5e-323})));
    return all;
  };
  const std::vector<std::string> expected = texts();
  for (const unsigned control : {flush, upwards, trapping}) {
    std::vector<std::string> got;
    {
      const Environment environment(control);
      got = texts();
    }
    CHECK(got == expected);
  }
}
