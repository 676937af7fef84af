// What the formulas of complex functions share.
#pragma once

#include <cmath>

#include "ir/complex/complex_ufunc.h"

namespace arrayc::ir::complex_formulas {

// exp(x) as a product: `scale` is 1 except where exp(x) would be beyond the largest number.
struct ScaledExponential {
  Part value, scale;
};
ScaledExponential scaled_exponential(Part x);

}  // namespace arrayc::ir::complex_formulas
