// Values without operands, and arrays made of them.
#include <fmt/format.h>

#include "ir/build/rules.h"

namespace arrayc::ir::build {

Value scalar(Scalar value, Weak weak, Place place) {
  return record(operation(Op::constant, ConstantAttr{value, weak}), {}, Type{value.dtype, {}}, weak,
                place);
}

Value extent(const Extent& e, Place place) {
  if (e.is_constant()) return scalar(Scalar::of(e.constant()), Weak::integer, place);
  return record(operation(Op::extent, ExtentAttr{e}), {}, Type{DType::I64, {}}, Weak::integer,
                place);
}

std::optional<Extent> known_extent(const Value& x) {
  if (is_size_of_operand(*x)) {
    return axis_extents(x->operation.attr<ExtentAttr>().value, x->operands[0].shape());
  }
  if (x->operation.op == Op::extent) return x->operation.attr<ExtentAttr>().value;
  const auto value = constant_value(x);
  if (!value || !(is_integer(value->dtype) || is_bool(value->dtype))) return std::nullopt;
  if (value->dtype == DType::U64 && value->bits > INT64_MAX) return std::nullopt;
  return Extent(to_int64(*value));
}

Value iota(const Extent& n, Place place) {
  if (n.is_constant() && n.constant() < 0) {
    user_error("negative dimensions are not allowed", place);
  }
  return make(operation(Op::iota, ExtentAttr{n}), {}, place);
}

Value full(const Shape& shape, const Value& fill, std::optional<DType> dtype, Place place) {
  for (const Extent& extent : shape) {
    if (extent.is_constant() && extent.constant() < 0) {
      user_error("negative dimensions are not allowed", place);
    }
  }
  const Value value = strong(dtype ? cast(fill, *dtype, place, true) : fill, place);
  const Shape shapes[] = {value.shape(), shape};
  const auto message = [&] {
    return fmt::format("could not broadcast input array from shape {} into shape {}",
                       shape_template(value.shape()), shape_template(shape));
  };
  bool possible = value.shape().size() <= shape.size();
  for (std::size_t k = 1; possible && k <= value.shape().size(); ++k) {
    possible = !never_stretches(value.shape().end()[-static_cast<std::ptrdiff_t>(k)],
                                shape.end()[-static_cast<std::ptrdiff_t>(k)]);
  }
  if (!possible) user_error(without_values(message()), place);
  return stretch(value, shape, place, demand(shapes, message));
}

}  // namespace arrayc::ir::build
