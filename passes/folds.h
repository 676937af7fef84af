// What a reduction of the array level is at the loop level.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "ir/loops.h"

namespace arrayc::passes {

// How elements of this type are combined by a reduce or arg_reduce node.
ir::loops::Fold fold_of(const ir::Node& node, ir::DType dtype);
// The combining operation of a fold that is not arg_*.
ir::Prim prim_of(ir::loops::Fold fold);
// The fold's result over no elements.
ir::Scalar identity_of(ir::loops::Fold fold, ir::DType dtype);
// What combined with any value gives that value: the identity, but of a sum of floats -0.
ir::Scalar neutral_of(ir::loops::Fold fold, ir::DType dtype);
// All but the values.
ir::loops::Accumulator accumulator_of(const ir::Node& node, ir::DType dtype);
// The position of the first minimum or maximum of some values (the first NaN if there is one).
ir::loops::Id first_extreme(ir::loops::Builder& b, const std::vector<ir::loops::Id>& values,
                            bool maximum);

// Complex numbers in loops.
struct ComplexIds {
  ir::loops::Id re, im;
};
struct ComplexExtreme {
  ComplexIds value;
  ir::loops::Id position;
};
ComplexExtreme first_extreme(ir::loops::Builder& b, const std::vector<ComplexIds>& values,
                             bool maximum);
ComplexIds complex_product(ir::loops::Builder& b, const std::vector<ComplexIds>& values,
                           const ir::Tree& tree);

}  // namespace arrayc::passes
