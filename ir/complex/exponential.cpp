// Exponentials, logarithms, roots and powers, as the C library defines them (C99, annex G.6).
#include "ir/complex/functions.h"

namespace arrayc::ir::complex_formulas {

using Args = std::span<const Complex>;

namespace {

Part real(const char* name, Part x) { return call(name, x); }

Complex scaled(const Complex& z, double factor) { return {z.re * factor, z.im * factor}; }

// log |z|; near |z| = 1 from |z|^2 - 1, where the logarithm of the rounded |z| would be inexact.
Part log_size(const Complex& z) {
  const Part x = abs(z.re), y = abs(z.im);
  const Part large = call("maximum", x, y), small = call("minimum", x, y);
  const bool wide = z.re.is_double();
  const Part huge = large > (wide ? 0x1p1022 : 0x1p126);
  const Part tiny = large < (wide ? 0x1p-960 : 0x1p-110);
  const double up = wide ? 0x1p100 : 0x1p40, exponent = wide ? 100 : 40;
  const Part one = x.number(1);
  const Part scale = select(huge, one * 0.25, select(tiny, one * up, one));
  const Part shift = select(huge, one * 2.0, select(tiny, one * -exponent, one * 0.0));
  const Part size = call("hypot", x * scale, y * scale);
  const Part plain = real("log", size) + shift * M_LN2;
  const Part beyond = (large - 1.0) * (large + 1.0) + small * small;
  const Part near = real("log1p", beyond) * 0.5;
  const Part is_near = (large < 1.5) & (size > 0.7) & (size < 1.5) & (scale == 1.0);
  return select(is_near, near, plain);
}

}  // namespace

// Above the largest exponent, exp(x) is made in two steps, since its product with the sine or
// cosine may be finite.
ScaledExponential scaled_exponential(Part x) {
  const double limit = x.is_double() ? 709 : 88;
  const Part large = x > limit;
  const Part one = x.number(1);
  return {real("exp", select(large, x - limit, x)), select(large, one * std::exp(limit), one)};
}

Complex exp(Args a) {
  const Complex z = a[0];
  const auto [e, scale] = scaled_exponential(z.re);
  const Part zero = z.re.number(0);
  const Part flat = z.im == 0;
  const Complex usual{e * (scale * real("cos", z.im)), e * (scale * real("sin", z.im))};
  const Complex result{select(flat, e * scale, usual.re), select(flat, z.im, usual.im)};
  const Part endless = is_infinite(z.re) & !is_finite(z.im);
  const Part below = z.re < 0;
  const Complex end{select(below, zero, z.re), select(below, copysign(zero, z.im), z.im - z.im)};
  return select(endless, end, result);
}

Complex exp2(Args a) {
  const Complex scaled_z[] = {scaled(a[0], M_LN2)};
  return exp(scaled_z);
}

Complex expm1(Args a) {
  const Complex z = a[0];
  const Part half = real("sin", z.im * 0.5);
  return {real("expm1", z.re) * real("cos", z.im) - 2.0 * half * half,
          real("exp", z.re) * real("sin", z.im)};
}

Complex log(Args a) { return {log_size(a[0]), call("arctan2", a[0].im, a[0].re)}; }
Complex log2(Args a) { return scaled(log(a), M_LOG2E); }
Complex log10(Args a) { return scaled(log(a), M_LOG10E); }
Complex log1p(Args a) {
  const Part x = a[0].re + 1.0;
  return {real("log", call("hypot", x, a[0].im)), call("arctan2", a[0].im, x)};
}

// Kahan, Branch Cuts for Complex Elementary Functions (1987): from the sum that does not cancel.
Complex sqrt(Args a) {
  const Complex z = a[0];
  const bool wide = z.re.is_double();
  const Part zero = z.re.number(0), one = z.re.number(1), infinity = z.re.number(INFINITY);
  const Part most = call("maximum", abs(z.re), abs(z.im));
  const Part huge = most > (wide ? 0x1p1020 : 0x1p124), tiny = most < (wide ? 0x1p-900 : 0x1p-100);
  // z is scaled by an even power of 2 and the root by half of it.
  const Part up = select(huge, one * 0x1p-4, select(tiny, one * (wide ? 0x1p200 : 0x1p48), one));
  const Part down = select(huge, one * 4.0, select(tiny, one * (wide ? 0x1p-100 : 0x1p-24), one));
  const Part x = z.re * up, y = z.im * up;
  const Part large = real("sqrt", (abs(x) + call("hypot", x, y)) * 0.5);
  const Part small = select(large == 0, zero, abs(y) / (large * 2.0));
  const Part right = z.re >= 0;
  const Part re = select(right, large, small) * down, im = select(right, small, large) * down;
  const Part imaginary = z.re == 0;  // both parts are equal, bit by bit
  const Part equal = real("sqrt", abs(y) * 0.5) * down;
  Complex result{select(imaginary, equal, re), copysign(select(imaginary, equal, im), z.im)};
  // On the real axis a part is 0, whatever rounding does.
  const Part flat = z.im == 0;
  const Part root = real("sqrt", abs(z.re));
  const Complex on_axis{select(right, root, zero), copysign(select(right, zero, root), z.im)};
  result = select(flat & !is_nan(z.re), on_axis, result);
  const Part below = z.re < 0;
  const Part lost = is_nan(z.im);
  const Complex far{
      select(below, select(lost, z.im, zero), infinity),
      select(below, copysign(infinity, z.im), select(lost, z.im, copysign(zero, z.im)))};
  result = select(is_infinite(z.re), far, result);
  return select(is_infinite(z.im), Complex{infinity, z.im}, result);
}

// Integers below 100 by multiplication, as NumPy does; x^y = exp(y log x) beyond.
Complex power(Args a) {
  const auto [x, y] = std::pair(a[0], a[1]);
  const Part zero = x.re.number(0), one = x.re.number(1), nan = x.re.number(__builtin_nan(""));
  const Complex unit{one, zero};
  const Complex logarithm = log(a.subspan(0, 1));
  const Complex exponent[] = {y, logarithm};
  const Complex in_exp[] = {multiply(exponent)};
  const Complex general = exp(in_exp);

  const Part n = abs(y.re);
  const Part whole = (y.im == 0) & (n == real("trunc", n)) & (n < 100.0);
  const Part unrolled = (y.re > 0) & (n <= 3);
  Part rest = select(whole, n, zero);
  Complex product = unit, base = x;
  for (int bit = 0; bit < 7; ++bit) {
    const Part half = real("floor", rest * 0.5);
    const Part odd = half * 2.0 != rest;
    // NumPy multiplies 1 by the first factor, which changes infinities, but for 1, 2 and 3.
    const Complex factors[] = {product, base};
    const Part first = unrolled & (product.re == 1.0) & (product.im == 0.0);
    const Complex next = select(first, base, multiply(factors));
    product = select(odd, next, product);
    rest = half;
    const Complex again[] = {base, base};
    if (bit < 6) base = multiply(again);
  }
  const Complex quotient[] = {unit, product};
  const Complex by_products = select(y.re < 0, divide(quotient), product);

  Complex result = select(whole, by_products, general);
  const Part from_zero = (x.re == 0) & (x.im == 0);
  const Part of_zero = select(y.re > 0, zero, nan);
  result = select(from_zero, Complex{of_zero, of_zero}, result);
  return select((y.re == 0) & (y.im == 0), unit, result);
}
Complex float_power(Args a) { return power(a); }

}  // namespace arrayc::ir::complex_formulas
