// Result types: one function for each operation that has a rule of its own.
#include <fmt/format.h>

#include <algorithm>

#include "ir/node.h"

namespace arrayc::ir {

namespace {

using Types = std::span<const Type>;

std::size_t at(std::int32_t axis) { return static_cast<std::size_t>(axis); }

[[noreturn]] void cannot_broadcast(Types operands) {
  std::string message = "operands could not be broadcast together with shapes ";
  for (const Type& operand : operands) message += numpy_string(operand.shape) + " ";
  user_error(std::move(message));
}

void check_axis(std::int32_t axis, int rank) {
  if (axis >= 0 && axis < rank) return;
  user_error(fmt::format("axis {} is out of bounds for array of dimension {}", axis, rank));
}

// Positions in [0, rank), none twice.
void check_axes(const std::vector<std::int32_t>& axes, int rank, const char* repeated) {
  std::vector<bool> seen(static_cast<std::size_t>(rank));
  for (const std::int32_t axis : axes) {
    check_axis(axis, rank);
    if (seen[at(axis)]) user_error(repeated);
    seen[at(axis)] = true;
  }
}

std::optional<Extent> equal(const Extent& a, const Extent& b, ExtentRules& rules) {
  if (a == b) return a;
  if (a.is_constant() && b.is_constant()) return {};
  return rules.equate(a, b);
}

Type infer_ufunc(Types operands, DType result, ExtentRules& rules) {
  if (operands.empty()) bug("a ufunc without operands");
  Type type{result, operands[0].shape};
  for (const Type& operand : operands.subspan(1)) {
    if (operand.rank() != type.rank()) cannot_broadcast(operands);
    for (std::size_t k = 0; k < type.shape.size(); ++k) {
      if (operand.shape[k] == type.shape[k]) continue;
      const auto extent = equal(type.shape[k], operand.shape[k], rules);
      if (!extent) cannot_broadcast(operands);
      type.shape[k] = *extent;
    }
  }
  return type;
}

Type infer_broadcast(const Type& operand, const Shape& shape, ExtentRules& rules) {
  const auto fail = [&] {
    user_error(
        fmt::format("operands could not be broadcast together with remapped shapes "
                    "[original->remapped]: {}  and requested shape {}",
                    numpy_string(operand.shape), numpy_string(shape)));
  };
  if (operand.shape.size() > shape.size()) fail();
  const std::size_t added = shape.size() - operand.shape.size();
  Type type{operand.dtype, shape};
  for (std::size_t k = 0; k < operand.shape.size(); ++k) {
    Extent& extent = type.shape[added + k];
    if (operand.shape[k] == extent || operand.shape[k].is(1)) continue;
    const bool known = extent.is_constant() && operand.shape[k].is_constant();
    const auto common = known ? std::nullopt : rules.stretch(operand.shape[k], extent);
    if (!common) fail();
    extent = *common;
  }
  return type;
}

void check_index(const Slice& slice, const Extent& n, std::size_t axis) {
  const Extent& start = *slice.start;
  if (!start.is_constant() || !n.is_constant()) return;
  if (start.constant() >= -n.constant() && start.constant() < n.constant()) return;
  user_error(fmt::format("index {} is out of bounds for axis {} with size {}", start.constant(),
                         axis, n.constant()));
}

Type infer_slice(const Type& operand, const SliceAttr& attr) {
  if (attr.axes.size() != operand.shape.size()) user_error("too many indices for array");
  Type type{operand.dtype, {}};
  type.shape.reserve(operand.shape.size());
  for (std::size_t k = 0; k < attr.axes.size(); ++k) {
    if (attr.axes[k].index) check_index(attr.axes[k], operand.shape[k], k);
    type.shape.push_back(slice_bounds(attr.axes[k], operand.shape[k]).length);
  }
  return type;
}

Type infer_transpose(const Type& operand, const AxesAttr& attr) {
  if (attr.axes.size() != operand.shape.size()) user_error("axes don't match array");
  check_axes(attr.axes, operand.rank(), "repeated axis in transpose");
  Type type{operand.dtype, {}};
  type.shape.reserve(attr.axes.size());
  for (const std::int32_t axis : attr.axes) type.shape.push_back(operand.shape[at(axis)]);
  return type;
}

Type infer_expand_dims(const Type& operand, const AxesAttr& attr) {
  const int rank = operand.rank() + static_cast<int>(attr.axes.size());
  check_axes(attr.axes, rank, "repeated axis");
  std::vector<bool> added(static_cast<std::size_t>(rank));
  for (const std::int32_t axis : attr.axes) added[at(axis)] = true;
  Type type{operand.dtype, {}};
  auto next = operand.shape.begin();
  for (const bool is_new : added) type.shape.push_back(is_new ? Extent(1) : *next++);
  return type;
}

Type infer_squeeze(const Type& operand, const AxesAttr& attr, ExtentRules& rules) {
  check_axes(attr.axes, operand.rank(), "duplicate value in 'axis'");
  std::vector<bool> removed(operand.shape.size());
  for (const std::int32_t axis : attr.axes) {
    removed[at(axis)] = true;
    if (!equal(1, operand.shape[at(axis)], rules)) {
      user_error("cannot select an axis to squeeze out which has size not equal to one");
    }
  }
  Type type{operand.dtype, {}};
  for (std::size_t k = 0; k < operand.shape.size(); ++k) {
    if (!removed[k]) type.shape.push_back(operand.shape[k]);
  }
  return type;
}

Type infer_view(const Type& operand, const ViewAttr& attr) {
  if (attr.axes.size() != operand.shape.size()) bug("a view's map has not the operand's rank");
  for (const ViewAxis& axis : attr.axes) {
    if (axis.axis < -1 || axis.axis >= static_cast<int>(attr.shape.size())) {
      bug("a view's map names an axis that the result has not");
    }
  }
  return {operand.dtype, attr.shape};
}

Type infer_reshape(const Type& operand, const Shape& shape, ExtentRules& rules) {
  const Extent before = element_count(operand.shape);
  const Extent after = element_count(shape);
  const bool known = before.is_constant() && after.is_constant();
  if (before != after && (known || !rules.same_count(before, after))) {
    user_error(fmt::format("cannot reshape array of size {} into shape {}", to_string(before),
                           numpy_string(shape)));
  }
  return {operand.dtype, shape};
}

Type without_axis(const Type& operand, std::int32_t axis) {
  check_axis(axis, operand.rank());
  Type type = operand;
  type.shape.erase(type.shape.begin() + axis);
  return type;
}

// Two operands are the parts of complex numbers.
void check_parts(std::span<const Type> operands) {
  if (operands.size() < 2) return;
  const bool floats = operands[0].dtype == DType::F32 || operands[0].dtype == DType::F64;
  if (!floats || operands[0] != operands[1]) {
    user_error("the parts of complex numbers are f32 or f64, of one type and shape");
  }
}

void check_factors(std::span<const Type> operands) {
  const DType dtype = operands[0].dtype;
  if (is_bool(dtype) || is_complex(dtype)) {
    user_error(fmt::format("sums of products are of integers or floats, not {}", name(dtype)), {},
               "multiply first: `reduce.add multiply(%x, %y), axis=0`");
  }
  if (!(operands[0] == operands[1])) {
    user_error("the factors of a sum of products have different types: " + to_string(operands[0]) +
               " and " + to_string(operands[1]));
  }
}

Type infer_reduce(const Operation& operation, std::span<const Type> operands) {
  const Type& operand = operands[0];
  const auto& attr = operation.attr<ReduceAttr>();
  const std::string_view name = operation.ufunc->name;
  const bool products = sums_products(operation, operands.size());
  if (products) {
    check_factors(operands);
  } else {
    check_parts(operands);
  }
  if (!products && (operands.size() == 2) != (attr.part != ResultPart::whole)) {
    user_error("a part of a complex result is made of two operands, and only that");
  }
  if (!products && operands.size() == 2 && name != "multiply" && name != "minimum" &&
      name != "maximum") {
    user_error(fmt::format("reduce.{} has no loop for parts of complex numbers", name));
  }
  const std::int32_t axis = attr.axis;
  Type type = without_axis(operand, axis);
  if (operand.shape[at(axis)].is(0) && lacks_identity(*operation.ufunc) && !attr.initial) {
    user_error(fmt::format("zero-size array to reduction operation {} which has no identity",
                           operation.ufunc->name));
  }
  return type;
}

Type infer_arg_reduce(const ArgReduceAttr& attr, std::span<const Type> operands) {
  check_parts(operands);
  const Type& operand = operands[0];
  Type type = without_axis(operand, attr.axis);
  if (operand.shape[at(attr.axis)].is(0)) {
    user_error(
        fmt::format("attempt to get {} of an empty sequence", attr.maximum ? "argmax" : "argmin"));
  }
  type.dtype = DType::I64;
  return type;
}

// NumPy writes every operand's shape along the iterator's axes, which are the result's indices and
// then those that are summed; "newaxis" where the operand has none, left out at the front.
std::string remapped(const Type& operand, const std::vector<std::int32_t>& own,
                     const std::vector<std::int32_t>& order) {
  std::vector<std::string> parts;
  for (const std::int32_t index : order) {
    const auto found = std::find(own.begin(), own.end(), index);
    if (found != own.end()) {
      parts.push_back(to_string(operand.shape[static_cast<std::size_t>(found - own.begin())]));
    } else if (!parts.empty()) {
      parts.emplace_back("newaxis");
    }
  }
  return fmt::format("({})", fmt::join(parts, ","));
}

[[noreturn]] void cannot_contract(const EinsumAttr& attr, Types operands) {
  std::vector<std::int32_t> order = attr.result;
  for (const auto& own : attr.operands) {
    for (const std::int32_t index : own) {
      if (std::find(order.begin(), order.end(), index) == order.end()) order.push_back(index);
    }
  }
  std::string message =
      "operands could not be broadcast together with remapped shapes [original->remapped]: ";
  for (std::size_t k = 0; k < operands.size(); ++k) {
    message += numpy_string(operands[k].shape) + "->" +
               remapped(operands[k], attr.operands[k], order) + " ";
  }
  user_error(std::move(message));
}

Type infer_einsum(const EinsumAttr& attr, Types operands, ExtentRules& rules) {
  const std::vector<Extent> extents = einsum_extents(attr, operands, rules);
  Type type{operands[0].dtype, {}};
  std::vector<bool> free(extents.size());  // indices that the result may still have
  for (const auto& own : attr.operands) {
    for (const std::int32_t index : own) free[at(index)] = true;
  }
  for (const std::int32_t index : attr.result) {
    if (index < 0 || at(index) >= extents.size() || !free[at(index)]) {
      user_error("einsum: an index of the result that no operand has, or that it has already");
    }
    free[at(index)] = false;
    type.shape.push_back(extents[at(index)]);
  }
  return type;
}

}  // namespace

std::vector<Extent> einsum_extents(const EinsumAttr& attr, Types operands, ExtentRules& rules) {
  if (operands.empty() || attr.operands.size() != operands.size()) {
    user_error(fmt::format("einsum: {} index lists for {} operands", attr.operands.size(),
                           operands.size()));
  }
  std::vector<Extent> extents;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Shape& shape = operands[k].shape;
    const auto& indices = attr.operands[k];
    if (indices.size() != shape.size()) {
      user_error(fmt::format("einsum: {} indices for the {} axes of operand {}", indices.size(),
                             shape.size(), k));
    }
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < 0) bug("einsum: a negative index");
      if (at(indices[i]) >= extents.size()) extents.resize(at(indices[i]) + 1, Extent(1));
      Extent& extent = extents[at(indices[i])];
      if (shape[i] == extent || shape[i].is(1)) continue;
      const auto common = extent.is(1) ? shape[i] : equal(extent, shape[i], rules);
      if (!common) cannot_contract(attr, operands);
      extent = *common;
    }
  }
  return extents;
}

Type infer(const Operation& operation, Types operands, DType result_dtype, ExtentRules& rules) {
  const int expected = info(operation.op).operands;
  if (expected >= 0 && static_cast<std::size_t>(expected) != operands.size()) {
    bug(fmt::format("{} has {} operands", info(operation.op).name, operands.size()));
  }
  switch (operation.op) {
    case Op::param:
      bug("the type of a parameter is not inferred");
    case Op::constant:
      return {operation.attr<ConstantAttr>().value.dtype, {}};
    case Op::extent:
      return {DType::I64, {}};
    case Op::iota:
      return {DType::I64, {operation.attr<ExtentAttr>().value}};
    case Op::convert:
      return {result_dtype, operands[0].shape};
    case Op::complex:
      return infer_ufunc(operands, complex_dtype(operands[0].dtype), rules);
    case Op::real:
    case Op::imag:
      return {part_dtype(operands[0].dtype), operands[0].shape};
    case Op::ufunc:
      return infer_ufunc(operands, result_dtype, rules);
    case Op::keep:
      return operands[0];
    case Op::broadcast:
      return infer_broadcast(operands[0], operation.attr<ShapeAttr>().shape, rules);
    case Op::slice:
      return infer_slice(operands[0], operation.attr<SliceAttr>());
    case Op::transpose:
      return infer_transpose(operands[0], operation.attr<AxesAttr>());
    case Op::expand_dims:
      return infer_expand_dims(operands[0], operation.attr<AxesAttr>());
    case Op::squeeze:
      return infer_squeeze(operands[0], operation.attr<AxesAttr>(), rules);
    case Op::view:
      return infer_view(operands[0], operation.attr<ViewAttr>());
    case Op::reshape:
      return infer_reshape(operands[0], operation.attr<ShapeAttr>().shape, rules);
    case Op::reduce:
      return infer_reduce(operation, operands);
    case Op::arg_reduce:
      return infer_arg_reduce(operation.attr<ArgReduceAttr>(), operands);
    case Op::einsum:
      return infer_einsum(operation.attr<EinsumAttr>(), operands, rules);
  }
  bug("an operation without a type rule");
}

}  // namespace arrayc::ir
