#include "ir/build/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace arrayc::ir::build {

namespace {

// Accepts what cannot be disproved, preferring constants, which say more, else the first.
class RecordingRules final : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent& a, const Extent& b) override {
    if (never_equal(a, b)) return std::nullopt;
    return b.is_constant() ? b : a;
  }
  std::optional<Extent> stretch(const Extent& a, const Extent& target) override {
    return never_stretches(a, target) ? std::nullopt : std::optional(target);
  }
};

// Whether an integer constant fits an integer dtype.
bool fits(Scalar value, DType to) {
  const bool negative = value.dtype != DType::U64 && static_cast<std::int64_t>(value.bits) < 0;
  const int bits = info(to).bits;
  if (is_unsigned(to)) return !negative && (bits == 64 || value.bits >> bits == 0);
  if (negative) return static_cast<std::int64_t>(value.bits) >= -1 - (INT64_MAX >> (64 - bits));
  return value.bits <= static_cast<std::uint64_t>(INT64_MAX >> (64 - bits));
}

[[noreturn]] void out_of_bounds(Scalar value, DType to, Place place) {
  if (to == DType::I64) user_error("Python int too large to convert to C long", place);
  const std::string text = value.dtype == DType::U64
                               ? std::to_string(value.bits)
                               : std::to_string(static_cast<std::int64_t>(value.bits));
  user_error(fmt::format("Python integer {} out of bounds for {}", text, numpy_name(to)), place);
}

}  // namespace

Operation operation(Op op, Attributes attributes) {
  return {op, nullptr, std::make_shared<const Attributes>(std::move(attributes))};
}

Value make(Operation op, std::vector<Value> operands, Place place, DType result_dtype) {
  std::vector<Type> types;
  types.reserve(operands.size());
  for (const Value& operand : operands) types.push_back(operand.type());
  RecordingRules rules;
  try {
    Type type = infer(op, types, result_dtype, rules);
    return record(std::move(op), std::move(operands), std::move(type), Weak::strong, place);
  } catch (const Error& error) {
    throw error.at(place);
  }
}

const Ufunc& row(std::string_view name) {
  const Ufunc* found = find_builtin_ufunc(name);
  if (!found) bug("ufuncs.def has no row " + std::string(name));
  return *found;
}

Value apply(std::string_view ufunc_name, std::vector<Value> operands, Place place) {
  return ufunc(row(ufunc_name), operands, place);
}

Value constant(Scalar value, Place place) {
  return record(operation(Op::constant, ConstantAttr{value, Weak::strong}), {},
                Type{value.dtype, {}}, Weak::strong, place);
}

Value number(double value, DType dtype, Place place) {
  if (is_complex(dtype)) {
    const DType part = part_dtype(dtype);
    return complex(number(value, part, place), number(0, part, place), place);
  }
  return constant(convert(Scalar::of(value), dtype), place);
}

Value complex(const Value& re, const Value& im, Place place) {
  const Value values[] = {re, im};
  const DType part = part_dtype(complex_dtype(common_dtype(values)));
  const Shape shapes[] = {re.shape(), im.shape()};
  const auto shape = common_shape(shapes);
  if (!shape) cannot_broadcast(values, place);
  const auto operand = [&](const Value& x) { return stretch(cast(x, part, place), *shape, place); };
  return make({Op::complex, nullptr, nullptr}, {operand(re), operand(im)}, place);
}

Value complex_literal(std::complex<double> value, Place place) {
  const Value made = number(value.real(), DType::C128, place);
  const Value re = made->operands[0];
  return record(made->operation, {re, number(value.imag(), DType::F64, place)}, made.type(),
                Weak::complex, place);
}

std::optional<std::complex<double>> complex_value(const Value& x) {
  if (const auto value = constant_value(x)) return to_double(*value);
  if (x->weak != Weak::complex || x->operation.op != Op::complex) return std::nullopt;
  const auto re = constant_value(x->operands[0]), im = constant_value(x->operands[1]);
  if (!re || !im) return std::nullopt;
  return std::complex<double>(to_double(*re), to_double(*im));
}

Value real(const Value& z, Place place) {
  return is_complex(z.dtype()) ? make({Op::real, nullptr, nullptr}, {z}, place) : strong(z, place);
}

Value imag(const Value& z, Place place) {
  if (is_complex(z.dtype())) return make({Op::imag, nullptr, nullptr}, {z}, place);
  return stretch(number(0, strong(z, place).dtype(), place), z.shape(), place);
}

std::optional<Scalar> constant_value(const Value& x) {
  if (x->operation.op != Op::constant) return std::nullopt;
  return x->operation.attr<ConstantAttr>().value;
}

Value cast(const Value& x, DType to, Place place, bool checked) {
  if (x->weak == Weak::strong && x.dtype() == to) return x;
  if (const auto value = is_complex(to) ? std::nullopt : constant_value(x)) {
    if (checked && x->weak == Weak::integer && is_integer(to) && !fits(*value, to)) {
      out_of_bounds(*value, to, place);
    }
    return constant(convert(*value, to), place);
  }
  if (x.dtype() == to) return x;
  return make({Op::convert, nullptr, nullptr}, {x}, place, to);
}

void refuse_complex(const Value& x, DType to, Place place) {
  if (x->weak != Weak::complex || (!is_integer(to) && !is_float(to))) return;
  user_error(
      fmt::format("{} real number, not 'complex'",
                  is_integer(to) ? "int() argument must be a string, a bytes-like object or a"
                                 : "float() argument must be a string or a"),
      place, "use its real part: z.real");
}

Value strong(const Value& x, Place place) {
  if (x->weak == Weak::strong) return x;
  const DType dtype = default_dtype(x->weak);
  Value result = cast(x, dtype, place, true);
  if (result->weak == Weak::strong) return result;
  if (x->operation.op == Op::extent && !is_size_of_operand(*x)) {
    return record(x->operation, {}, x.type(), Weak::strong, x->place);
  }
  return make({Op::convert, nullptr, nullptr}, {x}, place, dtype);
}

DType common_dtype(std::span<const Value> values) {
  // From the highest kind down, as NumPy: f16 with u16 and i8 is f32, though u16 with i8 is i32.
  std::optional<DType> dtype;
  for (const Kind kind : {Kind::complex, Kind::floating, Kind::signed_integer,
                          Kind::unsigned_integer, Kind::boolean}) {
    for (const Value& value : values) {
      if (value->weak != Weak::strong || ir::kind(value.dtype()) != kind) continue;
      dtype = dtype ? promote(*dtype, value.dtype()) : value.dtype();
    }
  }
  Weak highest = Weak::strong;
  for (const Value& value : values) highest = std::max(highest, value->weak);
  if (highest == Weak::strong) return *dtype;
  return dtype ? promote_weak(*dtype, highest) : default_dtype(highest);
}

std::string without_values(std::string message) {
  std::erase_if(message, [](char c) { return c == '{' || c == '}'; });
  return message;
}

std::shared_ptr<const Demand> demand(std::span<const Shape> shapes, const Message& message) {
  for (const Shape& shape : shapes) {
    for (const Extent& extent : shape) {
      if (!extent.is_constant()) return std::make_shared<const Demand>(Demand{message()});
    }
  }
  return nullptr;
}

Value fitted(const Value& x, const Shape& shape, Place place, const Message& message) {
  if (x.shape() == shape) return x;
  bool possible = x.shape().size() == shape.size();
  for (std::size_t k = 0; possible && k < shape.size(); ++k) {
    possible = !never_equal(x.shape()[k], shape[k]);
  }
  if (!possible) user_error(without_values(message()), place);
  auto demand = std::make_shared<const Demand>(Demand{message(), true});
  return make(operation(Op::broadcast, ShapeAttr{shape, std::move(demand)}), {x}, place);
}

Value stretch(const Value& x, const Shape& shape, Place place,
              std::shared_ptr<const Demand> demand) {
  if (x.shape() == shape) return x;
  return make(operation(Op::broadcast, ShapeAttr{shape, std::move(demand)}), {x}, place);
}

std::optional<Shape> common_shape(std::span<const Shape> shapes) {
  std::size_t rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.size());
  Shape result(rank, Extent(1));
  for (const Shape& shape : shapes) {
    const std::size_t offset = rank - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      Extent& known = result[offset + i];
      const Extent& other = shape[i];
      if (other.is(1) || known == other) continue;
      if (never_stretches(known, other) && never_equal(other, 1)) return std::nullopt;
      known = broadcast(known, other);
    }
  }
  return result;
}

std::vector<Shape> shapes_of(std::span<const Value> values) {
  std::vector<Shape> shapes;
  for (const Value& value : values) shapes.push_back(value.shape());
  return shapes;
}

std::string broadcast_message(std::span<const Shape> shapes) {
  std::string message = "operands could not be broadcast together with shapes ";
  for (const Shape& shape : shapes) message += shape_template(shape) + " ";
  return message;
}

void cannot_broadcast(std::span<const Value> values, Place place) {
  std::string message = "operands could not be broadcast together with shapes ";
  for (const Value& value : values) message += numpy_string(value.shape()) + " ";
  user_error(std::move(message), place);
}

void no_argument(std::string_view function, std::string_view name, Place place) {
  user_error(fmt::format("{}() got an unexpected keyword argument '{}'", function, name), place);
}

int checked_axis(std::int64_t axis, int rank, Place place, std::string_view what) {
  if (axis < -rank || axis >= rank) {
    user_error(fmt::format("{}{}axis {} is out of bounds for array of dimension {}", what,
                           what.empty() ? "" : ": ", axis, rank),
               place);
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::vector<std::int32_t> checked_axes(const Axes& axes, int rank, Place place,
                                       std::string_view repeated) {
  std::vector<std::int32_t> result;
  if (!axes) {
    for (int i = 0; i < rank; ++i) result.push_back(i);
    return result;
  }
  for (const std::int64_t axis : *axes) result.push_back(checked_axis(axis, rank, place));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    user_error(std::string(repeated), place);
  }
  return result;
}

}  // namespace arrayc::ir::build
