// The primitive operations on blocks of elements: what the interpreters run instead of machine
// code.
#pragma once

#include <cstdint>

#include "ir/scalar.h"

namespace arrayc::backends::interp {

// out[i] = op(args[0][i], args[1][i], …) for i < n, elements contiguous and aligned. `out` may be
// one of the arguments.
using BlockOp = void (*)(std::int64_t n, void* out, const void* const* args);

// The loop for arguments of type `in` (of a select: its second and third; for eq and the like `out`
// is Bool). Throws a limitation for types without arithmetic and a bug where the primitive does not
// take the type.
BlockOp block_op(ir::Prim prim, ir::DType in, ir::DType out);

// Of the primitives angle_* on f64 and f32; null for others.
BlockOp angle_op(ir::Prim prim, ir::DType in);

}  // namespace arrayc::backends::interp
