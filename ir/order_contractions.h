// Contractions of many operands as steps of few, each a node of its own, and each summed over one
// index where that can be (ir/merge_indices.h).
//
//   %4 = einsum %a, %b, %c, "ij,jk,kl->il" : f64[n,8]    (c is f64[100,8])
//   →
//   %4 = einsum %b, %c, "jk,kl->jl" : f64[100,8]
//   %5 = einsum %a, %4, "ij,jl->il" : f64[n,8]
//
// The steps are those of ir/contraction_order.h; they depend on the types alone.
#pragma once

#include "ir/module.h"

namespace arrayc::ir {

bool has_contraction(const Function& function);

Function order_contractions(const Function& function);

}  // namespace arrayc::ir
