// Contractions over named indices, before their subscripts are numbered.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

// One einsum node: promotes the operands, drops axes of length 1 that meet longer ones, and numbers
// the indices by first appearance. A label is any integer; axes of one operand that share one have
// one length.
struct Contraction {
  std::vector<Value> operands;
  std::vector<std::vector<int>> labels;  // of each operand's axes
  std::vector<int> result;
  std::map<int, Message> exact = {};            // labels whose axes are not stretched: the error
  Message message = {};                         // the error of the others, if it is not np.einsum's
  std::vector<std::vector<Place>> places = {};  // where the labels are written, if that is known
  std::optional<DType> dtype = {};              // instead of the operands' common one
  Casting casting = Casting::safe;              // what it takes to get there
};
Value contract(Contraction contraction, Place place);
// np.dot's and np.inner's error: a's last axis and this one of b.
std::string not_aligned(const Value& a, const Value& b, std::size_t axis);

}  // namespace arrayc::ir::build
