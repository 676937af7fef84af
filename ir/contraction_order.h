// In which order a contraction of many operands is done, and what that costs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ir/node.h"

namespace arrayc::ir {

// An extent that is not a constant counts as this much where costs are compared.
inline constexpr std::int64_t assumed_extent = 1024;
// The elements of a shape, where costs are compared.
double planned_count(std::span<const Extent> shape);
// All orders of up to so many operands are tried.
inline constexpr std::size_t most_operands_searched = 12;

// What is done at once: a contraction of some of the operands that are left. They are taken out of
// the list, and their result is appended to it, as np.einsum_path counts.
struct ContractionStep {
  std::vector<std::size_t> operands;  // positions in the list, ascending
  EinsumAttr einsum;                  // of these operands, in terms of the whole one's indices
  Shape space;                        // the extents of its indices: each of them is a loop
  Shape result;
};

// The steps with the fewest multiply-adds, and of those the ones whose intermediate results have
// the fewest elements. Of more than `most_operands_searched` operands, the pair that leaves the
// least behind is contracted first. Operands that run over the same indices are multiplied in one
// step, since an intermediate result would save nothing. Up to two operands are one step.
//
// It depends on nothing but the index lists and those extents that are constants.
std::vector<ContractionStep> contraction_order(const EinsumAttr& einsum,
                                               std::span<const Shape> shapes);

// What a step costs at each point of its space: multiply-adds, or additions of one operand.
std::size_t operations_per_point(const ContractionStep& step);
// Multiply-adds of a step (of a single operand: additions), over symbols: "2*n*m*k", "6000".
std::string operation_count(const ContractionStep& step);

// `(0, 1) "ij,jk->ik": n*m*k multiply-adds, n*k elements`
std::string to_string(const ContractionStep& step);

}  // namespace arrayc::ir
