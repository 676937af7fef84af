// The one node that every contraction becomes.
#include "ir/build/einsum.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "ir/build/subscripts.h"

namespace arrayc::ir::build {

namespace {

// np.einsum's: each operand's shape, and how its axes lie in the result and then the sums.
std::string mismatch_message(const Contraction& c) {
  if (c.message) return c.message();
  std::vector<int> order = c.result;
  std::map<int, bool> rest;
  for (const auto& labels : c.labels) {
    for (const int label : labels) rest[label] = true;
  }
  for (const auto& [label, unused] : rest) {
    if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
  }
  std::string message =
      "operands could not be broadcast together with remapped shapes [original->remapped]: ";
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Shape& shape = c.operands[i].shape();
    std::string remapped;
    for (const int label : order) {
      const auto at = std::find(c.labels[i].begin(), c.labels[i].end(), label);
      if (at == c.labels[i].end() && remapped.empty()) continue;
      remapped += remapped.empty() ? "" : ",";
      remapped += at == c.labels[i].end()
                      ? "newaxis"
                      : extent_template(shape[static_cast<std::size_t>(at - c.labels[i].begin())]);
    }
    message += fmt::format("{}->({}{}) ", shape_template(shape), remapped,
                           order.size() == 1 && !remapped.empty() ? "," : "");
  }
  return message;
}

// The extent of each label, 1 only where all axes have length 1.
std::map<int, Extent> label_extents(const Contraction& c, Place place) {
  std::map<int, Extent> extents;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Shape& shape = c.operands[i].shape();
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const int label = c.labels[i][k];
      const auto [at, is_new] = extents.emplace(label, shape[k]);
      if (is_new) continue;
      const bool exact = c.exact.contains(label);
      if (never_equal(at->second, shape[k]) &&
          (exact || (never_equal(at->second, 1) && never_equal(shape[k], 1)))) {
        user_error(without_values(exact ? c.exact.at(label)() : mismatch_message(c)),
                   c.places.empty() ? place : c.places[i][k]);
      }
      if (!exact) {
        at->second = broadcast(at->second, shape[k]);
      } else if (shape[k].is_constant()) {
        at->second = shape[k];
      }
    }
  }
  return extents;
}

// Operand i with the extents of its labels; axes of length 1 stay as they are, unless they are
// exact.
Value with_label_extents(const Contraction& c, std::size_t i, const std::map<int, Extent>& extents,
                         Place place) {
  Value x = c.operands[i];
  Shape wide = x.shape();
  for (std::size_t k = 0; k < wide.size(); ++k) {
    const int label = c.labels[i][k];
    if (c.exact.contains(label)) {
      Shape shape = x.shape();
      wide[k] = shape[k] = extents.at(label);
      x = fitted(x, shape, place, c.exact.at(label));
    } else if (!wide[k].is(1)) {
      wide[k] = extents.at(label);
    }
  }
  const Shape shapes[] = {x.shape(), wide};
  return stretch(x, wide, place, demand(shapes, [&] { return mismatch_message(c); }));
}

// The type that products and sums are made in.
DType dtype_of(const Contraction& c, Place place) {
  const DType dtype = c.dtype ? *c.dtype : common_dtype(c.operands);
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    if (can_cast(c.operands[i].dtype(), dtype, c.casting)) continue;
    user_error(
        fmt::format("Iterator operand {} dtype could not be cast from dtype('{}') to "
                    "dtype('{}') according to the rule '{}'",
                    i, numpy_name(c.operands[i].dtype()), numpy_name(dtype), name(c.casting)),
        place);
  }
  return dtype;
}

}  // namespace

Value contract(Contraction c, Place place) {
  for (Value& operand : c.operands) operand = strong(operand, place);
  const std::map<int, Extent> extents = label_extents(c, place);
  const DType dtype = dtype_of(c, place);
  const DType summed = arithmetic_dtype(dtype);  // f16 and bf16 are summed as f32
  EinsumAttr attr;
  std::map<int, std::int32_t> numbers;
  std::vector<Value> operands;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Value x = with_label_extents(c, i, extents, place);
    std::vector<std::int64_t> stretched;
    attr.operands.emplace_back();
    for (std::size_t k = 0; k < x.shape().size(); ++k) {
      const int label = c.labels[i][k];
      if (x.shape()[k].is(1) && !extents.at(label).is(1)) {
        stretched.push_back(static_cast<std::int64_t>(k));
        continue;
      }
      const auto next = static_cast<std::int32_t>(numbers.size());
      attr.operands.back().push_back(numbers.emplace(label, next).first->second);
    }
    const Value narrow = stretched.empty() ? x : squeeze(x, stretched, place);
    operands.push_back(cast(cast(narrow, dtype, place), summed, place));
  }
  for (const int label : c.result) attr.result.push_back(numbers.at(label));
  const Value result =
      make(operation(Op::einsum, std::move(attr)), std::move(operands), place, summed);
  return cast(result, dtype, place);
}

namespace {

Value einsum_of(const Subscripts& subscripts, std::span<const Value> operands, Place place,
                const EinsumOptions& options) {
  Contraction c = contraction_of(subscripts, operands, place);
  // Where nothing is computed, NumPy makes a view of the operand whatever type it is asked for.
  const auto kept = [&](int label) {
    return std::find(c.result.begin(), c.result.end(), label) != c.result.end();
  };
  const bool view = operands.size() == 1 && std::ranges::all_of(c.labels[0], kept);
  if (!view) {
    c.dtype = options.dtype;
    c.casting = options.casting;
  }
  return contract(std::move(c), place);
}

}  // namespace

Value einsum(std::string_view subscripts, std::span<const Value> operands, Place place,
             const EinsumOptions& options) {
  if (operands.empty()) {
    user_error("must specify the einstein sum subscripts string and at least one operand", place);
  }
  return einsum_of(parse_subscripts(subscripts, options.places, place), operands, place, options);
}

Value einsum(std::span<const Value> operands, std::span<const EinsumIndices> indices, Place place,
             const EinsumOptions& options) {
  if (operands.empty() || indices.size() < operands.size()) {
    user_error("must provide at least an operand and a subscripts list to einsum", place);
  }
  return einsum_of(numbered_subscripts(indices, operands.size(), place), operands, place, options);
}

}  // namespace arrayc::ir::build
