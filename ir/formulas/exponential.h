// The pieces of exp that other functions share; see exponential.cpp.
#pragma once

#include "ir/formulas/expression.h"

namespace arrayc::ir::formulas {

inline constexpr double kLog2E = 0x1.71547652b82fep0;

// NaN stays.
Expression clamp(Expression x, double low, double high);

// x * factor rounded to an integer, as a float and as an integer.
struct Rounded {
  Expression k, k_integer;
};
Rounded round_scaled(Expression x, double factor);

// x - k ln 2 = high - low, where high is exact.
struct Remainder {
  Expression high, low;
};
Remainder subtract_ln2(Expression x, Expression k);

Expression exp_of(Expression x);
Expression exp2_of(Expression x);

}  // namespace arrayc::ir::formulas
