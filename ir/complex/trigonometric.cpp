// Trigonometric and hyperbolic functions and their inverses. The hyperbolic ones are as C99's annex
// G.6 defines them, the others follow: sin z = -i sinh iz. Inverses after Kahan, Branch Cuts for
// Complex Elementary Functions (1987), which keeps the sides of the cuts.
#include "ir/complex/functions.h"

namespace arrayc::ir::complex_formulas {

using Args = std::span<const Complex>;

namespace {

Part real(const char* name, Part x) { return call(name, x); }

Complex times_i(const Complex& z) { return {-z.im, z.re}; }
Complex over_i(const Complex& z) { return {z.im, -z.re}; }

struct Hyperbola {
  Part sinh, cosh, scale;  // to be multiplied by scale
};

// Beyond the largest exponent both are exp(|x|)/2.
Hyperbola hyperbola(Part x) {
  const double limit = x.is_double() ? 709 : 88;
  const Part large = (abs(x) > limit) & is_finite(x);
  const Part half = real("exp", select(large, abs(x) - limit, x * 0.0)) * 0.5;
  const Part one = x.number(1);
  return {select(large, copysign(half, x), real("sinh", x)), select(large, half, real("cosh", x)),
          select(large, one * std::exp(limit), one)};
}

Complex sinh_of(const Complex& z) {
  const auto [s, c, scale] = hyperbola(z.re);
  const Part flat = z.im == 0;
  const Part lost = !is_finite(z.im);
  const Part re = select(flat, s * scale, s * (scale * real("cos", z.im)));
  const Part im = select(flat, z.im, c * (scale * real("sin", z.im)));
  return {select(lost & ((z.re == 0) | is_infinite(z.re)), z.re, re), im};
}

Complex cosh_of(const Complex& z) {
  const auto [s, c, scale] = hyperbola(z.re);
  const Part flat = z.im == 0, upright = z.re == 0;
  const Part lost = !is_finite(z.im);
  const Part re = select(flat, c * scale, c * (scale * real("cos", z.im)));
  const Part im = s * (scale * real("sin", z.im));
  const Part none = copysign(z.im.number(0), z.re) * copysign(z.im.number(1), z.im);
  return {select(lost & is_infinite(z.re), abs(z.re), re),
          select(flat | (upright & lost), none, im)};
}

// Beyond |x| = 22 (9 in f32) the real part is 1, and the imaginary one 4 sin y cos y / exp(2|x|).
Complex tanh_of(const Complex& z) {
  const auto& [x, y] = z;
  const Part sine = real("sin", y), cosine = real("cos", y);
  const Part far = abs(x) > (x.is_double() ? 22.0 : 11.0);
  const Part near_x = select(far, x * 0.0, x);
  const Part s = real("sinh", near_x), c = real("cosh", near_x);
  const Part below = s * s + cosine * cosine;
  const Complex near{s * c / below, sine * cosine / below};
  const Part decay = real("exp", abs(x) * -1.0);
  const Complex beyond{copysign(x.number(1), x), 4.0 * sine * cosine * decay * decay};
  const Part zero = x.number(0);
  const Part lost = !is_finite(y);
  Complex result = select(far, beyond, near);
  result.im = select(is_infinite(x) & lost, copysign(zero, y), result.im);
  result.re = select(lost & !is_infinite(x), select(x == 0, x, y - y), result.re);
  return {select(y == 0, real("tanh", x), result.re), select(y == 0, y, result.im)};
}

Complex root(const Complex& z) {
  const Complex args[] = {z};
  return sqrt(args);
}

// Where a part is beyond this, 1 is lost beside z, and products of z's parts may overflow.
Part is_huge(const Complex& z) {
  const double limit = z.re.is_double() ? 0x1p500 : 0x1p60;
  return (abs(z.re) > limit) | (abs(z.im) > limit);
}

// Re(a b) and Im(conj(a) b).
Part real_product(const Complex& a, const Complex& b) { return a.re * b.re - a.im * b.im; }
Part imag_product(const Complex& a, const Complex& b) { return a.re * b.im - a.im * b.re; }

// log 2|z| with the sign of `sign`, for huge z.
Part huge_logarithm(const Complex& z, Part sign) {
  const Complex args[] = {z};
  return copysign(log(args).re + M_LN2, sign);
}

Complex asin_of(const Complex& z) {
  const auto& [x, y] = z;
  const Complex minus = root({1.0 - x, -y}), plus = root({1.0 + x, y});
  const Part near = call("arctan2", x, real_product(minus, plus));
  const Part near_im = real("arcsinh", imag_product(minus, plus));
  const Part huge = is_huge(z);
  return {select(x == 0, x, select(huge, call("arctan2", x, abs(y)), near)),
          select(huge, huge_logarithm(z, y), near_im)};
}

Complex acos_of(const Complex& z) {
  const auto& [x, y] = z;
  const Complex minus = root({1.0 - x, -y}), plus = root({1.0 + x, y});
  const Part near = 2.0 * call("arctan2", minus.re, plus.re);
  const Part near_im = real("arcsinh", imag_product(plus, minus));
  const Part huge = is_huge(z);
  const Part right = x.number(M_PI_2);  // also where y is NaN
  return {select(x == 0, right, select(huge, call("arctan2", abs(y), x), near)),
          select(huge, huge_logarithm(z, -y), near_im)};
}

Complex atanh_of(const Complex& z) {
  const auto& [x, y] = z;
  const Part size = abs(x);
  const Part huge = is_huge(z);
  const Part one = x.number(1);
  const Part u = select(huge, one, size), v = select(huge, one, y);
  const Part apart = 1.0 - u;
  const Part beside = real("log1p", 4.0 * u / (apart * apart + v * v)) * 0.25;
  // Above 1, where the square of v may be lost.
  const Part above = (real("log", call("hypot", one * 2.0, v)) - real("log", abs(v))) * 0.5;
  const Part re = select(apart == 0, above, beside);
  const Part im = call("arctan2", 2.0 * v, apart * (1.0 + u) - v * v) * 0.5;
  // x/|z|^2 beside the sign's pi/2.
  const Part most = call("hypot", x, y);
  const Part far_re = select(is_infinite(most), size * 0.0, size / most / most);
  const Part far_im = select(is_nan(y), y, copysign(x.number(M_PI_2), y));
  const Part far = select(is_infinite(x) | is_infinite(y), x.number(0), far_re);
  const Part near = select(size == 0, size, re);
  return {copysign(select(huge, far, near), x),
          select(huge, far_im, select((y == 0) & (size <= 1.0), y, im))};
}

}  // namespace

Complex sinh(Args a) { return sinh_of(a[0]); }
Complex cosh(Args a) { return cosh_of(a[0]); }
Complex tanh(Args a) { return tanh_of(a[0]); }
Complex sin(Args a) { return over_i(sinh_of(times_i(a[0]))); }
Complex cos(Args a) { return cosh_of(times_i(a[0])); }
Complex tan(Args a) { return over_i(tanh_of(times_i(a[0]))); }
Complex arcsin(Args a) { return asin_of(a[0]); }
Complex arccos(Args a) { return acos_of(a[0]); }
Complex arctan(Args a) { return over_i(atanh_of(times_i(a[0]))); }
Complex arcsinh(Args a) { return over_i(asin_of(times_i(a[0]))); }
Complex arctanh(Args a) { return atanh_of(a[0]); }
// The one of ±i arccos z whose real part is not negative.
Complex arccosh(Args a) {
  const Complex w = acos_of(a[0]);
  const Part up = copysign(w.re.number(1), a[0].im);
  return {abs(w.im), w.re * up};
}

}  // namespace arrayc::ir::complex_formulas
