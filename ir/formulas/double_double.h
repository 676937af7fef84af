// Numbers as sums of two floats, with twice the bits (Dekker, A Floating-Point Technique for
// Extending the Available Precision, 1971).
#pragma once

#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

struct Pair {
  Expression high, low;
};

// x + y exactly, for |x| >= |y| or x = 0.
inline Pair fast_sum(Expression x, Expression y) {
  const Expression sum = x + y;
  return {sum, (x - sum) + y};
}

// The half of a float's bits that multiplies exactly.
inline Expression upper_half(Expression x) {
  const Expression shifted = x * (x.is_double() ? 0x1.0000002p27 : 0x1.001p12);
  return shifted - (shifted - x);
}

// x * y exactly.
inline Pair product(Expression x, Expression y) {
  const Expression high = x * y;
  if (x.builder().has_fma()) return {high, multiply_add(x, y, -high)};
  const Expression x1 = upper_half(x), y1 = upper_half(y);
  const Expression x2 = x - x1, y2 = y - y1;
  return {high, ((x1 * y1 - high) + x1 * y2 + x2 * y1) + x2 * y2};
}

inline Pair product(const Pair& x, const Pair& y) {
  const Pair main = product(x.high, y.high);
  return {main.high, multiply_add(x.high, y.low, multiply_add(x.low, y.high, main.low))};
}

}  // namespace arrayc::ir::formulas
