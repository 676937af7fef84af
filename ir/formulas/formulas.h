// The formulas of ufuncs.def: one function for each row, under the row's name.
#pragma once

#include <span>

#include "ir/scalar.h"

namespace arrayc::ir::formulas {

#define UFUNC(name, ...) \
  ScalarBuilder::Reg name(ScalarBuilder& b, std::span<const ScalarBuilder::Reg> args, DType out);
#include "ir/ufuncs.def"

}  // namespace arrayc::ir::formulas
