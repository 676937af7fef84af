// Arguments of `arrayc run` as arrays.
#pragma once

#include <string>

#include "ir/module.h"
#include "runtime/array.h"

namespace arrayc::cli {

// A .npy file, a scalar (3, 2.5, true, nan), or random:f64[1000,2]:seed (uniform in [0, 1),
// integers over a small range). Throws a user error that names the parameter.
runtime::Array read_argument(const std::string& text, const ir::Param& param);

}  // namespace arrayc::cli
