// The routine that reduces large angles, for kernels with the primitives angle_*.
#pragma once

#include <llvm/IR/DerivedTypes.h>

#include "ir/scalar.h"

namespace arrayc::backends {

inline bool is_angle(ir::Prim p) {
  return p == ir::Prim::angle_turns || p == ir::Prim::angle_high || p == ir::Prim::angle_low;
}

// `void @arrayc.angles(ptr x, ptr turns, ptr high, ptr low, i64 n)`, declared if it is new.
llvm::FunctionCallee angles_function(llvm::Module& module);

}  // namespace arrayc::backends
