// Random programs of the C++ interface: computed step by step by the interpreter, and all at once
// by every backend, they give the same bits (NaNs count as equal).
#include <arrayc/arrayc.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

constexpr ac::DType dtypes[] = {ac::bool_, ac::i8,  ac::i16, ac::i32, ac::i64, ac::u8,  ac::u16,
                                ac::u32,   ac::u64, ac::f32, ac::f64, ac::c64, ac::c128};
constexpr int dtype_count = sizeof dtypes / sizeof *dtypes;

bool is_complex(ac::DType t) { return t == ac::c64 || t == ac::c128; }
bool is_inexact(ac::DType t) { return t == ac::f32 || t == ac::f64 || is_complex(t); }

// A program: choices drawn from one seed, so that it can be run again in another way.
class Program {
 public:
  Program(unsigned seed, bool step_by_step) : random_(seed), step_by_step_(step_by_step) {}

  std::vector<Array> run() {
    const std::int64_t n = pick({1, 2, 3, 5, 17, 40, 129});
    const std::int64_t m = pick({1, 2, 3, 8, 33, 0});
    for (int i = 0; i < 3; ++i) keep(input({n, m}));
    keep(input({m}));
    keep(input({n, 1}));
    const int steps = 3 + number(14);
    for (int i = 0; i < steps; ++i) step();
    ac::eval(pool_);
    return pool_;
  }

 private:
  int number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::int64_t pick(std::initializer_list<std::int64_t> list) {
    return list.begin()[number(static_cast<int>(list.size()))];
  }
  const Array& any() {
    return pool_[static_cast<std::size_t>(number(static_cast<int>(pool_.size())))];
  }

  void keep(Array a) {
    if (step_by_step_) ac::eval(a);
    pool_.push_back(std::move(a));
  }

  ac::DType any_dtype() { return dtypes[number(dtype_count)]; }

  Array input(const ac::Shape& shape) {
    const ac::DType dtype = any_dtype();
    const Array re = part(shape, dtype);
    return is_complex(dtype) ? ac::complex(re, part(shape, dtype)).astype(dtype) : re.astype(dtype);
  }

  Array part(const ac::Shape& shape, ac::DType dtype) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    std::vector<double> elements(static_cast<std::size_t>(count));
    for (double& e : elements) {
      e = number(40) - (dtype >= ac::u8 && dtype <= ac::u64 ? 0 : 20);
      if (is_inexact(dtype)) e = e / 8 + (number(30) == 0 ? NAN : 0);
      if (number(25) == 0) e = 0;
    }
    return ac::array(elements.data(), shape);
  }

  static Array inexact(const Array& a, ac::DType dtype) {
    return is_complex(a.dtype()) ? a : a.astype(dtype);
  }

  Array unary(const Array& a) {
    switch (number(14)) {
      case 0:
        return ac::abs(a);
      case 1:
        return ac::square(inexact(a, ac::f64));
      case 2:
        return ac::sqrt(inexact(a, ac::f32));
      case 3:
        return ac::exp(inexact(a, ac::f64));
      case 4:
        return ac::sin(inexact(a, ac::f32));
      case 5:
        return ac::isnan(inexact(a, ac::f64));
      case 6:
        return a.astype(any_dtype());
      case 7:
        return ac::logical_not(a);
      case 8:
        return ac::floor(ac::real(a));
      case 9:
        return ac::clip(a.astype(ac::f64), -1.5, 2);
      case 10:
        return -a.astype(ac::i32);
      case 11:
        return ac::imag(a);
      case 12:
        return ac::log(inexact(a, ac::f64));
      default:
        return ac::tanh(inexact(a, ac::f64));
    }
  }

  Array binary(const Array& a, const Array& b) {
    switch (number(13)) {
      case 0:
        return a + b;
      case 1:
        return inexact(a, ac::f64) - b;
      case 2:
        return a * b;
      case 3:
        return inexact(a, ac::f64) / b;
      case 4:
        return ac::maximum(a, b);
      case 5:
        return ac::minimum(a, b);
      case 6:
        return a < b;
      case 7:
        return a == b;
      case 8:
        return ac::where(a != 0, a, b);
      case 9:
        return ac::floor_divide(a.astype(ac::i64), b.astype(ac::i32));
      case 10:
        return a.astype(ac::i64) % b.astype(ac::i64);
      case 11:
        return ac::complex(ac::real(a).astype(ac::f64), ac::real(b).astype(ac::f32));
      default:
        return ac::sqrt(ac::square(a.astype(ac::f64)) + ac::square(b.astype(ac::f64)));
    }
  }

  Array view(const Array& a) {
    if (a.ndim() == 0) return ac::expand_dims(a, 0);
    switch (number(6)) {
      case 0:
        return a.T();
      case 1:
        return ac::flip(a);
      case 2:
        return a(ac::dots, ac::slice(ac::none, ac::none, 2));
      case 3:
        return a(ac::slice(number(3), ac::none));
      case 4:
        return a.reshape({-1});
      default:
        return ac::expand_dims(a, 0);
    }
  }

  Array reduction(const Array& a) {
    if (a.ndim() == 0 || a.size() == 0) return ac::sum(a);
    const std::int64_t axis = number(static_cast<int>(a.ndim()));
    const bool keepdims = number(2) == 0;
    switch (number(8)) {
      case 0:
        return ac::max(a, {.axis = axis, .keepdims = keepdims});
      case 1:
        return ac::argmin(a, {.axis = axis});
      case 2:
        return ac::mean(a, {.axis = axis, .keepdims = keepdims});
      case 3:
        return ac::var(inexact(a, ac::f64), {.axis = axis, .keepdims = keepdims});
      case 4:
        return ac::any(a, {.axis = axis, .keepdims = keepdims});
      case 5:
        return ac::prod(a, {.axis = axis});
      default:
        return ac::sum(a, {.axis = axis, .keepdims = keepdims});
    }
  }

  void step() {
    const Array& a = any();
    switch (number(8)) {
      case 0:
        return keep(unary(a));
      case 1:
        return keep(view(a));
      case 2:
        return keep(reduction(a));
      case 3:
        return store(number(static_cast<int>(pool_.size())));
      default:
        break;
    }
    const Array& b = any();
    try {
      keep(binary(a, b));
    } catch (const ac::UserError&) {  // shapes that do not fit
      keep(unary(a));
    }
  }

  void store(int at) {
    Array target = pool_[static_cast<std::size_t>(at)].copy();
    if (target.dtype() == ac::bool_ || target.ndim() == 0) return keep(target);
    const Array seen = target(ac::slice(ac::none, ac::none, -1));
    target += 1;
    target(ac::slice(1, ac::none)) *= 2;
    keep(seen);
    keep(target);
  }

  std::mt19937 random_;
  bool step_by_step_;
  std::vector<Array> pool_;
};

template <typename T>
bool same_bits(const Array& a, const Array& b) {
  const std::vector<T> x = a.to_vector<T>();
  const std::vector<T> y = b.to_vector<T>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] != x[i] && y[i] != y[i]) continue;
    if (std::memcmp(&x[i], &y[i], sizeof(T)) != 0) return false;
  }
  return x.size() == y.size();
}

bool same(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.dtype() == ac::f64) return same_bits<double>(a, b);
  if (a.dtype() == ac::f32) return same_bits<float>(a, b);
  if (is_complex(a.dtype())) {
    return same(ac::real(a), ac::real(b)) && same(ac::imag(a), ac::imag(b));
  }
  return ac::array_equal(a, b);
}

struct Backend {
  explicit Backend(const char* name) { ac::set_backend(name); }
  ~Backend() { ac::set_backend(""); }
};

std::vector<Array> results(unsigned seed, const char* backend, bool step_by_step) {
  const Backend scope(backend);
  return Program(seed, step_by_step).run();
}

}  // namespace

TEST_CASE("random programs give the same bits on every backend", "[random]") {
  const char* const more = std::getenv("RANDOM_GRAPHS");
  const unsigned count = more ? static_cast<unsigned>(std::atoi(more)) : 25;
  for (unsigned seed = 1; seed <= count; ++seed) {
    const std::vector<Array> expected = results(seed, "interp", true);
    for (const char* backend : {"interp", "interp-loops", "cpu"}) {
      const std::vector<Array> found = results(seed, backend, false);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        INFO("seed " << seed << ", backend " << backend << ", value " << i);
        CHECK(same(found[i], expected[i]));
      }
    }
  }
}
