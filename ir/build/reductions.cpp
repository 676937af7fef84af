// Reductions. Several axes are folded one after the other, the highest first.
#include <fmt/format.h>

#include <algorithm>

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
  return is_float(x.dtype()) ? std::nullopt : std::optional(DType::F64);
}

Value named_reduce(std::string_view name, const Value& x, const ReduceOptions& options,
                   Place place) {
  return reduce(row(name), x, options, place);
}

}  // namespace

Value reduce(const Ufunc& ufunc, const Value& value, const ReduceOptions& options, Place place) {
  const Value x = strong(value, place);
  const bool scalar_axis = x.rank() == 0 && options.axes && options.axes->size() == 1 &&
                           ((*options.axes)[0] == 0 || (*options.axes)[0] == -1);
  const std::vector<std::int32_t> axes =
      scalar_axis ? std::vector<std::int32_t>{} : checked_axes(options.axes, x.rank(), place);
  const DType dtype = options.dtype ? *options.dtype : accumulator(ufunc, x.dtype());
  check_foldable(ufunc, dtype, place);
  Value result = cast(x, dtype, place);
  const int last = x.rank() - 1;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    Operation fold =
        operation(Op::reduce, ReduceAttr{*axis, default_tree(ufunc, dtype, *axis == last)});
    fold.ufunc = &ufunc;
    result = make(std::move(fold), {result}, place, dtype);
  }
  // NumPy starts a sum at +0, so a sum of -0 is +0.
  if (ufunc.name == "add" && is_float(dtype) && !axes.empty()) {
    result = apply("add", {result, number(0.0, dtype, place)}, place);
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
  ReduceOptions counting = options;
  counting.dtype = DType::I64;
  return sum(astype(strong(x, place), DType::Bool, place), counting, place);
}

Value mean(const Value& value, const ReduceOptions& options, Place place) {
  const Value x = strong(value, place);
  ReduceOptions adding = options;
  adding.dtype = floating(x, options.dtype);
  const Value total = sum(x, adding, place);
  const Value count = folded_count(x, options.axes, 0, place);
  return astype(apply("divide", {total, count}, place), total.dtype(), place);
}

Value var(const Value& value, const ReduceOptions& options, double ddof, Place place) {
  const Value x = strong(value, place);
  ReduceOptions adding = options;
  adding.dtype = floating(x, options.dtype);
  adding.keepdims = true;
  const Value count = folded_count(x, options.axes, 0, place);
  const Value total = sum(x, adding, place);
  const Value average = astype(apply("divide", {total, count}, place), total.dtype(), place);
  const Value deviation = apply("subtract", {x, average}, place);
  adding.keepdims = options.keepdims;
  const Value squares = sum(apply("multiply", {deviation, deviation}, place), adding, place);
  Value freedom;
  const auto whole = static_cast<std::int64_t>(ddof);
  if (static_cast<double>(whole) == ddof) {
    freedom = folded_count(x, options.axes, whole, place);
  } else {
    const Value left =
        apply("subtract", {cast(count, DType::F64, place), number(ddof, DType::F64, place)}, place);
    freedom = apply("maximum", {left, number(0, DType::F64, place)}, place);
    freedom = cast(freedom, squares.dtype(), place);
  }
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
  const Value result =
      make(operation(Op::arg_reduce, ArgReduceAttr{position, maximum}), {x}, place);
  if (!keepdims) return result;
  if (axis && rank > 0) return expand_dims(result, {position}, place);
  return reshape(result, Shape(static_cast<std::size_t>(rank), Extent(1)), place);
}

}  // namespace arrayc::ir::build
