// Python's own numbers: weak values without axes.
#pragma once

#include <optional>

#include "ir/build.h"

namespace arrayc::dialect {

// The value of a constant.
std::optional<ir::Scalar> constant_of(const ir::Value& x);
// The same value as one of Python's numbers.
ir::Value weakened(const ir::Value& x, ir::Weak weak, ir::Place place);
// float(x), int(x), bool(x).
ir::Value to_python(const ir::Value& x, ir::Weak weak, ir::Place place);

}  // namespace arrayc::dialect
