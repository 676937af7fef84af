// Reductions. Several axes are folded one after the other, the highest first.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ir/build/rules.h"
#include "ir/import.h"

namespace arrayc::ir::build {

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// NumPy sums and multiplies small integers in 64 bits.
DType accumulator(const Ufunc& ufunc, DType dtype) {
  if (is_one_of(ufunc.name, {"logical_and", "logical_or", "logical_xor"})) return DType::Bool;
  if (!is_one_of(ufunc.name, {"add", "multiply"})) return dtype;
  if (is_bool(dtype) || is_signed(dtype)) return DType::I64;
  return is_unsigned(dtype) ? DType::U64 : dtype;
}

void check_foldable(const Ufunc& ufunc, DType dtype, Place place) {
  const bool known = is_one_of(
      ufunc.name, {"add", "multiply", "minimum", "maximum", "fmin", "fmax", "logical_and",
                   "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"});
  if (!known) {
    limitation(fmt::format("{}.reduce is not built", ufunc.name), place,
               "add, multiply, minimum, maximum, fmin, fmax, and the logical and bitwise ufuncs "
               "can be folded");
  }
  const Operand operand{dtype, Weak::strong};
  const Operand operands[] = {operand, operand};
  const UfuncLoop loop = resolve(ufunc, operands);
  if (loop.result != dtype && ufunc.rule != TypeRule::logical) {
    user_error(fmt::format("No loop matching the specified signature and casting was found for "
                           "ufunc {}",
                           ufunc.name),
               place);
  }
}

Value keep(const Value& x, const std::vector<std::int32_t>& axes, bool keepdims, Place place) {
  if (!keepdims) return x;
  return expand_dims(x, std::vector<std::int64_t>(axes.begin(), axes.end()), place);
}

// How many elements are folded into one, less `fewer`, as a value that does not fix the sizes.
Value folded_count(const Value& x, const Axes& axes, std::int64_t fewer, Place place) {
  Extent count = 1;
  Extent symbolic = 1;
  bool large = false;
  for (const std::int32_t axis : checked_axes(axes, x.rank(), place)) {
    const Extent& n = x.shape()[static_cast<std::size_t>(axis)];
    count = count * n;
    symbolic = symbolic * Extent::symbol("$" + std::to_string(axis));
    large = large || (n.is_constant() && n.constant() > ImportOptions().largest_constant);
  }
  const auto remaining = [&](const Extent& n) {
    return fewer == 0 ? n : arrayc::ir::max(n - fewer, 0);
  };
  if (!large) return extent(remaining(count), place);
  return record(operation(Op::extent, ExtentAttr{remaining(symbolic)}), {x}, Type{DType::I64, {}},
                Weak::integer, place);
}

// The dtype that mean and var compute in: NumPy's float64 for integers.
std::optional<DType> floating(const Value& x, std::optional<DType> asked) {
  if (asked) return asked;
  const bool inexact = is_float(x.dtype()) || is_complex(x.dtype());
  return inexact ? std::nullopt : std::optional(DType::F64);
}

// What changes nothing when it is folded; null: nothing does.
Value identity(const Ufunc& ufunc, DType dtype, Place place) {
  if (lacks_identity(ufunc)) return {};
  if (is_one_of(ufunc.name, {"multiply", "logical_and"})) return number(1, dtype, place);
  const bool all_bits = ufunc.name == "bitwise_and";
  return all_bits ? apply("invert", {number(0, dtype, place)}, place) : number(0, dtype, place);
}

void need_initial(const Ufunc& ufunc, const ReduceOptions& options, Place place) {
  if (options.initial || !lacks_identity(ufunc)) return;
  user_error(fmt::format("reduction operation '{}' does not have an identity, so to use a where "
                         "mask one has to specify 'initial'",
                         ufunc.name),
             place);
}

bool is_true(const Value& mask) {
  const auto known = constant_value(mask);
  return known && is_bool(known->dtype) && to_double(*known) != 0;
}

// x with `fill` where the mask is false.
Value masked(const Value& x, const Value& mask, const Value& fill, Place place) {
  if (is_true(mask)) return x;
  if (!is_bool(mask.dtype())) {
    user_error(fmt::format("Cannot cast array data from dtype('{}') to dtype('bool') according to "
                           "the rule 'safe'",
                           numpy_name(mask.dtype())),
               place);
  }
  const Message message = [&] {
    return fmt::format(
        "operands could not be broadcast together with remapped shapes [original->remapped]: {} "
        "{}: "
        "the mask where= must fit the array",
        shape_template(x.shape()), shape_template(mask.shape()));
  };
  const Shape shapes[] = {mask.shape(), x.shape()};
  const auto common = common_shape(shapes);
  bool possible = common && common->size() == x.shape().size();
  for (std::size_t k = 0; possible && k < common->size(); ++k) {
    possible = !never_stretches((*common)[k], x.shape()[k]);
  }
  if (!possible) user_error(without_values(message()), place);
  const Value spread = stretch(mask, x.shape(), place, demand(shapes, message));
  return apply("where", {spread, x, fill}, place);
}

bool has_no_elements(const Value& x, const std::vector<std::int32_t>& axes) {
  return std::any_of(axes.begin(), axes.end(), [&](std::int32_t axis) {
    return x.shape()[static_cast<std::size_t>(axis)].is(0);
  });
}

Value initial_number(const Value& initial, DType dtype, Place place) {
  if (initial.rank() > 0) user_error("setting an array element with a sequence.", place);
  refuse_complex(initial, dtype, place);
  return cast(initial, dtype, place, true);
}

// How many elements are folded into each result, less `fewer` but not below 0.
Value count_folded(const Value& x, const ReduceOptions& options, std::int64_t fewer, Place place) {
  if (!options.where || is_true(options.where)) {
    return folded_count(x, options.axes, fewer, place);
  }
  const Value mask = strong(options.where, place);
  const ReduceOptions adding{options.axes, options.keepdims, DType::I64};
  const Value no = constant(Scalar::of(false), place);
  const Value yes = stretch(constant(Scalar::of(true), place), x.shape(), place);
  const Value count = sum(masked(yes, mask, no, place), adding, place);
  if (fewer == 0) return count;
  const Value rest = apply("subtract", {count, constant(Scalar::of(fewer), place)}, place);
  return apply("maximum", {rest, constant(Scalar::of(std::int64_t{0}), place)}, place);
}

Value named_reduce(std::string_view name, const Value& x, const ReduceOptions& options,
                   Place place) {
  return reduce(row(name), x, options, place);
}

// fmin and fmax of floats: a NaN counts as infinity, and the result is NaN where all are (of
// complex numbers, the first of them).
Value fold_numbers(const Ufunc& ufunc, const Value& x, const ReduceOptions& options, Place place) {
  const bool least = ufunc.name == "fmin";
  const Ufunc& strict = row(least ? "minimum" : "maximum");
  const DType dtype = options.dtype ? *options.dtype : x.dtype();
  const std::vector<std::int32_t> axes = checked_axes(options.axes, x.rank(), place);
  const bool inexact = is_float(dtype) || is_complex(dtype);
  if (!inexact || has_no_elements(x, axes)) return reduce(strict, x, options, place);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  Value y = cast(x, dtype, place);
  if (options.where) {
    const Value mask = strong(options.where, place);
    if (!is_true(mask)) need_initial(ufunc, options, place);
    y = masked(y, mask, number(nan, dtype, place), place);
  }
  const Value is_nan = apply("isnan", {y}, place);
  const DType part = is_complex(dtype) ? part_dtype(dtype) : dtype;
  Value farthest = number(least ? infinity : -infinity, part, place);
  if (is_complex(dtype)) farthest = complex(farthest, farthest, place);
  const ReduceOptions plain{options.axes, options.keepdims};
  ReduceOptions strictly = plain;
  if (options.initial && !is_complex(dtype)) strictly.initial = farthest;
  const Value best = reduce(strict, apply("where", {is_nan, farthest, y}, place), strictly, place);
  const Value none = reduce(row("logical_and"), is_nan, plain, place);
  const Value nothing =
      is_complex(dtype) ? reduce(strict, y, plain, place) : number(nan, dtype, place);
  const Value result = apply("where", {none, nothing, best}, place);
  if (!options.initial) return result;
  return apply(ufunc.name, {initial_number(options.initial, dtype, place), result}, place);
}

}  // namespace

Value reduce(const Ufunc& ufunc, const Value& value, const ReduceOptions& options, Place place) {
  const Value x = strong(value, place);
  const bool scalar_axis = x.rank() == 0 && options.axes && options.axes->size() == 1 &&
                           ((*options.axes)[0] == 0 || (*options.axes)[0] == -1);
  const std::vector<std::int32_t> axes =
      scalar_axis ? std::vector<std::int32_t>{} : checked_axes(options.axes, x.rank(), place);
  if (is_one_of(ufunc.name, {"fmin", "fmax"}) && !axes.empty()) {
    return fold_numbers(ufunc, x, options, place);
  }
  const DType dtype = options.dtype ? *options.dtype : accumulator(ufunc, x.dtype());
  check_foldable(ufunc, dtype, place);
  const Value initial = options.initial ? initial_number(options.initial, dtype, place) : Value();
  Value result = cast(x, dtype, place);
  if (options.where) {
    const Value mask = strong(options.where, place);
    if (!is_true(mask)) need_initial(ufunc, options, place);
    const Value same = identity(ufunc, dtype, place);
    result = masked(result, mask, same ? same : initial, place);
  }
  if (initial && has_no_elements(x, axes)) {
    Shape rest;
    for (std::size_t k = 0; k < x.shape().size(); ++k) {
      if (std::find(axes.begin(), axes.end(), static_cast<std::int32_t>(k)) == axes.end()) {
        rest.push_back(x.shape()[k]);
      }
    }
    return keep(stretch(initial, rest, place), axes, options.keepdims, place);
  }
  // The elements of f16 and bf16 are folded as f32, and the result is rounded once.
  const DType folded = arithmetic_dtype(dtype);
  const int last = x.rank() - 1;
  const bool may_be_empty = initial && lacks_identity(ufunc) && !is_complex(folded);
  result = axes.empty() ? result : cast(result, folded, place);
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    Operation fold =
        operation(Op::reduce, ReduceAttr{*axis, default_tree(ufunc, folded, *axis == last),
                                         ResultPart::whole, may_be_empty});
    fold.ufunc = &ufunc;
    result = make(std::move(fold), {result}, place, folded);
  }
  // NumPy starts a sum at +0, so a sum of -0 is +0.
  if (ufunc.name == "add" && (is_float(dtype) || is_complex(dtype)) && !axes.empty()) {
    result = apply("add", {result, number(0.0, folded, place)}, place);
  }
  result = cast(result, dtype, place);
  if (initial) {
    const Value operands[] = {initial, result};
    result = arrayc::ir::build::ufunc(ufunc, operands, place);
  }
  return keep(result, axes, options.keepdims, place);
}

Value sum(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("add", x, options, place);
}
Value prod(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("multiply", x, options, place);
}
Value min(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("minimum", x, options, place);
}
Value max(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("maximum", x, options, place);
}
Value any(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("logical_or", x, options, place);
}
Value all(const Value& x, const ReduceOptions& options, Place place) {
  return named_reduce("logical_and", x, options, place);
}

Value count_nonzero(const Value& x, const ReduceOptions& options, Place place) {
  if (options.initial) no_argument("count_nonzero", "initial", place);
  if (options.where) no_argument("count_nonzero", "where", place);
  ReduceOptions counting = options;
  counting.dtype = DType::I64;
  return sum(astype(strong(x, place), DType::Bool, place), counting, place);
}

Value squared_size(const Value& x, Place place) {
  const auto square = [&](const Value& part) { return apply("multiply", {part, part}, place); };
  if (!is_complex(x.dtype())) return square(x);
  return apply("add", {square(real(x, place)), square(imag(x, place))}, place);
}

Value mean(const Value& value, const ReduceOptions& options, Place place) {
  if (options.initial) no_argument("mean", "initial", place);
  const Value x = strong(value, place);
  ReduceOptions adding = options;
  adding.dtype = floating(x, options.dtype);
  // NumPy's mean of float16 is one of float32, rounded.
  const DType dtype = adding.dtype.value_or(x.dtype());
  if (!options.dtype) adding.dtype = arithmetic_dtype(dtype);
  const Value total = sum(x, adding, place);
  const Value count = count_folded(x, options, 0, place);
  return astype(apply("divide", {total, count}, place), dtype, place);
}

namespace {

// How many elements are folded, less ddof but not below 0.
Value degrees_of_freedom(const Value& x, const ReduceOptions& options, double ddof, DType dtype,
                         Place place) {
  const auto whole = static_cast<std::int64_t>(ddof);
  if (static_cast<double>(whole) == ddof) return count_folded(x, options, whole, place);
  const Value count = cast(count_folded(x, options, 0, place), DType::F64, place);
  const Value left = apply("subtract", {count, number(ddof, DType::F64, place)}, place);
  return cast(apply("maximum", {left, number(0, DType::F64, place)}, place), dtype, place);
}

}  // namespace

Value var(const Value& value, const ReduceOptions& options, double ddof, Place place) {
  const Value x = strong(value, place);
  ReduceOptions adding = options;
  adding.dtype = floating(x, options.dtype);
  adding.keepdims = true;
  const Value count = count_folded(x, adding, 0, place);
  const Value total = sum(x, adding, place);
  const Value average = astype(apply("divide", {total, count}, place), total.dtype(), place);
  const Value deviation = apply("subtract", {x, average}, place);
  adding.keepdims = options.keepdims;
  if (is_complex(deviation.dtype()) && adding.dtype) adding.dtype = part_dtype(*adding.dtype);
  const Value squares = sum(squared_size(deviation, place), adding, place);
  const Value freedom = degrees_of_freedom(x, options, ddof, squares.dtype(), place);
  return astype(apply("divide", {squares, freedom}, place), squares.dtype(), place);
}

Value std(const Value& x, const ReduceOptions& options, double ddof, Place place) {
  const Value variance = var(x, options, ddof, place);
  return astype(apply("sqrt", {variance}, place), variance.dtype(), place);
}

Value arg_reduce(bool maximum, const Value& value, std::optional<std::int64_t> axis, bool keepdims,
                 Place place) {
  Value x = strong(value, place);
  const int rank = x.rank();
  int position = 0;
  if (!axis || rank == 0) {
    if (axis) checked_axis(*axis, 1, place);
    x = ravel(x, place);
  } else {
    position = checked_axis(*axis, rank, place);
  }
  x = cast(x, arithmetic_dtype(x.dtype()), place);
  const Value result =
      make(operation(Op::arg_reduce, ArgReduceAttr{position, maximum}), {x}, place);
  if (!keepdims) return result;
  if (axis && rank > 0) return expand_dims(result, {position}, place);
  return reshape(result, Shape(static_cast<std::size_t>(rank), Extent(1)), place);
}

}  // namespace arrayc::ir::build
