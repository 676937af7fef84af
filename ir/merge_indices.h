// A sum over several indices becomes a sum over one, where arrays can be read that way.
//
//   einsum %a, %b, "ijab,abcd->ijcd"                   einsum %a, %b, "bhlk,hkd->bld"
//   →                                                  →
//   %2 = reshape %a, [i,j,a*b]                         %2 = transpose %a, axes=[0,2,1,3]
//   %3 = reshape %b, [a*b,c,d]                         %3 = reshape %2, [b,l,h*k]      (a copy)
//   einsum %2, %3, "ijk,kcd->ijcd"                     %4 = reshape %b, [h*k,d]
//                                                      einsum %3, %4, "blk,kd->bld"
//
// A reshape of an array in memory costs nothing. Of a product with reuse (ir/contraction.h) an
// operand whose indices lie elsewhere is copied first: each of its elements is used many times.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "ir/guarded_extents.h"

namespace arrayc::ir {

// The node of a contraction of some operands, and those of its operands' new shapes. The result has
// this type; `extents` are those that the function may take for equal.
NodeId contract(Graph& graph, GuardedExtents& extents, EinsumAttr einsum,
                std::vector<NodeId> operands, const Type& result, Place place);

}  // namespace arrayc::ir
