// How the operands of a contraction lie in memory, and which call of a BLAS that suits: as far as a
// graph says, and for the strides of one call.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/module.h"
#include "runtime/array.h"

namespace arrayc::backends::blas {

// An operand as a view of a value that is in memory: an argument or what a step has computed.
struct Source {
  ir::NodeId base = ir::no_node;
  ir::Shape shape;    // of the memory: the base's, or what it is reshaped to
  ir::ViewAttr view;  // from the operand's axes to those of `shape`
};
Source source_of(const ir::Function& function, ir::NodeId operand);

// Whether a contraction goes to the BLAS: the routine ("gemm", "gemv", "dot") and how it is called,
// or none and why not. Strides of strided parameters are not known here.
struct Verdict {
  std::string routine;
  std::string text;
};
Verdict judge(const ir::Function& function, ir::NodeId einsum);

// An index: its extent and how far apart its elements lie in the left and the right operand and in
// the result, in elements; 0 where it is none of theirs.
struct Axis {
  std::int64_t extent = 1;
  std::array<std::int64_t, 3> strides{};
};

// result[m, n] = sum of left[m, k] * right[k, n] over k, for all that the loops give: `outer` ones
// step through the result, `sums` add up.
struct Plan {
  enum class Routine : std::uint8_t { gemm, gemv, dot } routine = Routine::gemm;
  bool swapped = false;  // left is the contraction's second operand
  Axis m, n, k;
  std::vector<Axis> outer, sums;
};
// Nothing where no routine takes the strides, or the products are many and small. There are
// elements to multiply.
std::optional<Plan> plan_for(const ir::EinsumAttr& einsum, const runtime::Array& a,
                             const runtime::Array& b, const runtime::Array& result);

}  // namespace arrayc::backends::blas
