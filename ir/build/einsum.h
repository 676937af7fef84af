// Contractions over named indices, before their subscripts are numbered.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

// One einsum node: promotes the operands, drops axes of length 1 that meet longer ones, and numbers
// the indices by first appearance. A label is any integer.
struct Contraction {
  std::vector<Value> operands;
  std::vector<std::vector<int>> labels;  // of each operand's axes
  std::vector<int> result;
};
Value contract(Contraction contraction, Place place);

}  // namespace arrayc::ir::build
