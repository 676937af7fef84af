// The pieces of power that other functions share, in f64; see power.cpp.
#pragma once

#include "ir/formulas/double_double.h"

namespace arrayc::ir::formulas {

// log x for 0 < x < infinity, to about 2^-64.
Pair log_pair(Expression x);

// e^(x.high + x.low); x.low is small beside 1 unless the result is 0 or infinity.
Expression exp_pair(const Pair& x);

}  // namespace arrayc::ir::formulas
