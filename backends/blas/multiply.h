// Contractions of arrays in memory by a BLAS.
#pragma once

#include "ir/node.h"
#include "runtime/array.h"

namespace arrayc::backends::blas {

// Writes the contraction of a and b, aligned arrays of f32, f64, c64 or c128, into the contiguous
// `result`. False where no routine takes the arrays as they lie: then nothing is written.
bool multiply(const ir::EinsumAttr& einsum, const runtime::Array& a, const runtime::Array& b,
              runtime::Array& result);

}  // namespace arrayc::backends::blas
