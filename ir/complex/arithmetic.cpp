// Arithmetic, comparison and tests: the formulas of NumPy's loops.
#include "ir/complex/complex_ufunc.h"
#include "runtime/planted.h"

namespace arrayc::ir::complex_formulas {

using Args = std::span<const Complex>;

namespace {

Complex truth(Part value) { return {value, value}; }

// Real parts decide, then imaginary ones; beside a NaN nothing is above anything.
Part above(const Complex& x, const Complex& y) {
  return ((x.re > y.re) & !is_nan(x.im) & !is_nan(y.im)) | ((x.re == y.re) & (x.im > y.im));
}
Part not_below(const Complex& x, const Complex& y) {
  return ((x.re > y.re) & !is_nan(x.im) & !is_nan(y.im)) | ((x.re == y.re) & (x.im >= y.im));
}
Part any_nan(const Complex& z) { return is_nan(z.re) | is_nan(z.im); }
Part is_true(const Complex& z) { return (z.re != 0) | (z.im != 0); }

}  // namespace

Complex add(Args a) { return {a[0].re + a[1].re, a[0].im + a[1].im}; }
Complex subtract(Args a) { return {a[0].re - a[1].re, a[0].im - a[1].im}; }
Complex multiply(Args a) {
  const auto& [x, y] = std::pair(a[0], a[1]);
  return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}

// Smith, Algorithm 116: Complex Division (1962).
Complex divide(Args a) {
  const auto [x, y] = std::pair(a[0], a[1]);
  const Part size_re = abs(y.re), size_im = abs(y.im);
  const Part flat = size_re >= size_im;
  const Part large = select(flat, y.re, y.im), small = select(flat, y.im, y.re);
  const Part ratio = small / large;
  const Part scale = 1.0 / (large + small * ratio);
  const Part u = select(flat, x.re, x.im), v = select(flat, x.im, x.re);
  const Part re = (u + v * ratio) * scale;
  const Part cross = u * ratio;
  const Part steep = planted(runtime::Plant::complex_divide) ? v - cross : cross - v;
  const Part im = select(flat, v - cross, steep) * scale;
  const Part by_zero = (size_re == 0) & (size_im == 0);
  return select(by_zero, Complex{x.re / size_re, x.im / size_re}, Complex{re, im});
}

Complex reciprocal(Args a) {
  const Complex x = a[0];
  const Part flat = abs(x.im) <= abs(x.re);
  const Part large = select(flat, x.re, x.im), small = select(flat, x.im, x.re);
  const Part ratio = small / large;
  const Part below = large + small * ratio;
  const Part one = x.re.number(1), minus = x.re.number(-1);
  return {select(flat, one, ratio) / below, select(flat, -ratio, minus) / below};
}

Complex negative(Args a) { return {-a[0].re, -a[0].im}; }
Complex positive(Args a) { return a[0]; }
Complex conjugate(Args a) { return {a[0].re, -a[0].im}; }
Complex absolute(Args a) { return truth(call("hypot", a[0].re, a[0].im)); }
Complex square(Args a) {
  const Complex x = a[0];
  return {x.re * x.re - x.im * x.im, x.re * x.im + x.im * x.re};
}
Complex rint(Args a) { return {call("rint", a[0].re), call("rint", a[0].im)}; }

// x / |x|; of an infinity its direction, if it has one.
Complex sign(Args a) {
  const Complex x = a[0];
  const Part size = call("hypot", x.re, x.im);
  const Part zero = x.re.number(0), nan = x.re.number(__builtin_nan(""));
  const auto direction = [&](Part one, Part other) {
    const Part only = select(is_infinite(other), nan, copysign(one.number(1), one));
    return select(is_infinite(one), only, select(is_infinite(other), zero, nan));
  };
  const Complex far{direction(x.re, x.im), direction(x.im, x.re)};
  const Complex near{x.re / size, x.im / size};
  const Complex result = select(is_infinite(size), far, near);
  return select(size == 0, Complex{zero, zero}, select(any_nan(x), Complex{nan, nan}, result));
}

Complex minimum(Args a) { return select(any_nan(a[0]) | not_below(a[1], a[0]), a[0], a[1]); }
Complex maximum(Args a) { return select(any_nan(a[0]) | not_below(a[0], a[1]), a[0], a[1]); }
Complex fmin(Args a) { return select(any_nan(a[1]) | not_below(a[1], a[0]), a[0], a[1]); }
Complex fmax(Args a) { return select(any_nan(a[1]) | not_below(a[0], a[1]), a[0], a[1]); }

Complex equal(Args a) { return truth((a[0].re == a[1].re) & (a[0].im == a[1].im)); }
Complex not_equal(Args a) { return truth((a[0].re != a[1].re) | (a[0].im != a[1].im)); }
Complex greater(Args a) { return truth(above(a[0], a[1])); }
Complex greater_equal(Args a) { return truth(not_below(a[0], a[1])); }
Complex less(Args a) { return truth(above(a[1], a[0])); }
Complex less_equal(Args a) { return truth(not_below(a[1], a[0])); }
Complex logical_and(Args a) { return truth(is_true(a[0]) & is_true(a[1])); }
Complex logical_or(Args a) { return truth(is_true(a[0]) | is_true(a[1])); }
Complex logical_xor(Args a) { return truth(call("logical_xor", is_true(a[0]), is_true(a[1]))); }
Complex logical_not(Args a) { return truth(!is_true(a[0])); }
Complex isnan(Args a) { return truth(any_nan(a[0])); }
Complex isinf(Args a) { return truth(is_infinite(a[0].re) | is_infinite(a[0].im)); }
Complex isfinite(Args a) { return truth(is_finite(a[0].re) & is_finite(a[0].im)); }

}  // namespace arrayc::ir::complex_formulas
