// NumPy's functions on whole arrays: reductions, selection, shapes. Names, order of arguments
// and defaults are NumPy's.
#pragma once

#include <arrayc/array.h>

#include <string_view>
#include <utility>
#include <vector>

namespace arrayc {

// --- reductions: sum(x), sum(x, 1), sum(x, {.axis = {0, 1}, .keepdims = true, .dtype = f32}), and
// all(x), which is in array.h
Array sum(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array sum(const Operand& x, I axis) {
  return sum(x, Reduction{.axis = axis});
}
Array prod(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array prod(const Operand& x, I axis) {
  return prod(x, Reduction{.axis = axis});
}
Array min(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array min(const Operand& x, I axis) {
  return min(x, Reduction{.axis = axis});
}
Array max(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array max(const Operand& x, I axis) {
  return max(x, Reduction{.axis = axis});
}
Array amin(const Operand& x, const Reduction& how = {});
Array amax(const Operand& x, const Reduction& how = {});
Array any(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array any(const Operand& x, I axis) {
  return any(x, Reduction{.axis = axis});
}
Array mean(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array mean(const Operand& x, I axis) {
  return mean(x, Reduction{.axis = axis});
}
Array var(const Operand& x, const VarianceReduction& how = {});
template <std::integral I>
Array var(const Operand& x, I axis) {
  return var(x, VarianceReduction{.axis = axis});
}
Array std(const Operand& x, const VarianceReduction& how = {});
template <std::integral I>
Array std(const Operand& x, I axis) {
  return std(x, VarianceReduction{.axis = axis});
}
Array count_nonzero(const Operand& x, const Reduction& how = {});
template <std::integral I>
Array count_nonzero(const Operand& x, I axis) {
  return count_nonzero(x, Reduction{.axis = axis});
}
Array ptp(const Operand& x, const Reduction& how = {});  // maximum minus minimum
// Of the elements that are not NaN; nanmin and nanmax of NaNs alone are NaN.
Array nansum(const Operand& x, const Reduction& how = {});
Array nanprod(const Operand& x, const Reduction& how = {});
Array nanmin(const Operand& x, const Reduction& how = {});
Array nanmax(const Operand& x, const Reduction& how = {});
Array nanmean(const Operand& x, const Reduction& how = {});
Array nanvar(const Operand& x, const VarianceReduction& how = {});
Array nanstd(const Operand& x, const VarianceReduction& how = {});
struct Average {
  Axis axis = {};
  Given weights = {};  // of x's shape, or with axes of their shape
  bool keepdims = false;
};
Array average(const Operand& x, const Average& how = {});
Array argmin(const Operand& x, const ArgReduction& how = {});
template <std::integral I>
Array argmin(const Operand& x, I axis) {
  return argmin(x, ArgReduction{.axis = axis});
}
Array argmax(const Operand& x, const ArgReduction& how = {});
template <std::integral I>
Array argmax(const Operand& x, I axis) {
  return argmax(x, ArgReduction{.axis = axis});
}

Array isclose(const Operand& a, const Operand& b, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);
bool array_equal(const Operand& a, const Operand& b);
// |a - b| <= atol + rtol * |b| everywhere, equal infinities included.
bool allclose(const Operand& a, const Operand& b, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);

// --- types and selection
Array astype(const Operand& x, DType dtype);
Array clip(const Operand& x, const Operand& low, const Operand& high);
Array clip(const Operand& x, None, const Operand& high);
Array clip(const Operand& x, const Operand& low, None);
Array round(const Operand& x, int decimals = 0);     // ties to even
Array fix(const Operand& x);                         // without the fraction
Array nan_to_num(const Operand& x, double nan = 0);  // infinities become the largest numbers
Array nan_to_num(const Operand& x, double nan, double posinf, double neginf);
Array isposinf(const Operand& x);
Array isneginf(const Operand& x);

// --- functions of elements with two results
std::pair<Array, Array> divmod(const Operand& x, const Operand& y);  // x // y and x % y
std::pair<Array, Array> modf(const Operand& x);                      // fraction and whole part
std::pair<Array, Array> frexp(const Operand& x);                     // mantissa and exponent of 2

// --- others
Array sinc(const Operand& x);  // sin(pi x)/(pi x)
// Complex numbers with these parts, c64 where both are floats of at most 32 bits.
Array complex(const Operand& re, const Operand& im);
Array real(const Operand& z);  // of real numbers themselves
Array imag(const Operand& z);  // of real numbers 0
Array angle(const Operand& z, bool deg = false);

// --- shapes; results are views where NumPy's are
Array reshape(const Operand& x, const Shape& shape);  // one extent may be -1
Array ravel(const Operand& x);
Array transpose(const Operand& x, const Axis& axes = none);
Array moveaxis(const Operand& x, const Axis& source, const Axis& destination);
Array swapaxes(const Operand& x, std::int64_t a, std::int64_t b);
Array expand_dims(const Operand& x, const Axis& axis);
Array squeeze(const Operand& x, const Axis& axis = none);
Array flip(const Operand& x, const Axis& axis = none);
Array broadcast_to(const Operand& x, const Shape& shape);
std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays,
                                    Where where = Where::current());
Array atleast_1d(const Operand& x);
Array atleast_2d(const Operand& x);

}  // namespace arrayc
