// Builders of functions.def: reductions and products.
#include <fmt/format.h>

#include <algorithm>

#include "ir/build/einsum.h"
#include "ir/build/functions.h"
#include "ir/build/rules.h"

namespace arrayc::ir::build {

namespace {

using Fold = Value (*)(const Value&, const ReduceOptions&, Place);

// A value, or null for None.
Value optional(const Arguments& a, std::size_t i) { return a.is_none(i) ? Value() : a.value(i); }

// f(a, axis, dtype, out, keepdims, initial, where)
ReduceOptions typed_options(const Arguments& a) {
  return {a.axes(1), a.flag(4), a.dtype(2), optional(a, 6), optional(a, 5)};
}

// f(a, axis, out, keepdims, initial, where)
ReduceOptions extreme_options(const Arguments& a) {
  return {a.axes(1), a.flag(3), std::nullopt, optional(a, 5), optional(a, 4)};
}

// f(a, axis, out, keepdims, where)
ReduceOptions truth_options(const Arguments& a) {
  return {a.axes(1), a.flag(3), std::nullopt, optional(a, 4)};
}

// f(a, axis, dtype, out, keepdims, where)
ReduceOptions mean_options(const Arguments& a) {
  return {a.axes(1), a.flag(4), a.dtype(2), optional(a, 5)};
}

// f(a, axis, dtype, out, ddof, keepdims, where, mean, correction)
Object spread(Value (*compute)(const Value&, const ReduceOptions&, double, Place),
              const Arguments& a) {
  const double ddof = a.is_none(8) ? a.real(4) : a.real(8);
  const ReduceOptions options{a.axes(1), a.flag(5), a.dtype(2), optional(a, 6)};
  return compute(a.value(0), options, ddof, a.place());
}

Object without(Fold fold, const Arguments& a, const ReduceOptions& options) {
  return fold(a.value(0), without_nans(a.value(0), options, a.place()), a.place());
}

// fmin and fmax are NaN only where all elements are.
Object nan_extreme(std::string_view name, const Arguments& a) {
  return reduce(row(name), a.value(0), extreme_options(a), a.place());
}

Object position(bool maximum, const Arguments& a) {
  return arg_reduce(maximum, a.value(0), a.axis(1), a.flag(3), a.place());
}

std::vector<int> range(int first, int count) {
  std::vector<int> labels;
  for (int i = 0; i < count; ++i) labels.push_back(first + i);
  return labels;
}

// The axes that tensordot sums, of each operand.
struct SummedAxes {
  std::vector<int> a, b;
};

SummedAxes summed_axes(const Arguments& arguments, const Value& a, const Value& b) {
  const Place place = arguments.place();
  SummedAxes result;
  const Object& axes = arguments.object(2);
  if (axes.kind != Object::Kind::tuple) {
    const std::int64_t count = arguments.integer(2);
    if (count < 0 || count > std::min(a.rank(), b.rank())) {
      user_error("shape-mismatch for sum", place);
    }
    const int n = static_cast<int>(count);
    return {range(a.rank() - n, n), range(0, n)};
  }
  if (axes.items.size() != 2) user_error("shape-mismatch for sum", place);
  const Arguments parts("tensordot", axes.items, place);
  for (const std::int64_t axis : parts.axis_list(0)) {
    result.a.push_back(checked_axis(axis, a.rank(), place));
  }
  for (const std::int64_t axis : parts.axis_list(1)) {
    result.b.push_back(checked_axis(axis, b.rank(), place));
  }
  if (result.a.size() != result.b.size()) user_error("shape-mismatch for sum", place);
  return result;
}

}  // namespace

Object np_sum(const Arguments& a) { return sum(a.value(0), typed_options(a), a.place()); }
Object np_prod(const Arguments& a) { return prod(a.value(0), typed_options(a), a.place()); }
Object np_mean(const Arguments& a) { return mean(a.value(0), mean_options(a), a.place()); }
Object np_min(const Arguments& a) { return min(a.value(0), extreme_options(a), a.place()); }
Object np_max(const Arguments& a) { return max(a.value(0), extreme_options(a), a.place()); }
Object np_amin(const Arguments& a) { return np_min(a); }
Object np_amax(const Arguments& a) { return np_max(a); }
Object np_any(const Arguments& a) { return any(a.value(0), truth_options(a), a.place()); }
Object np_all(const Arguments& a) { return all(a.value(0), truth_options(a), a.place()); }
Object np_var(const Arguments& a) { return spread(var, a); }
Object np_std(const Arguments& a) { return spread(std, a); }
Object np_argmin(const Arguments& a) { return position(false, a); }
Object np_argmax(const Arguments& a) { return position(true, a); }

Object np_ptp(const Arguments& a) {
  return ptp(a.value(0), {.axes = a.axes(1), .keepdims = a.flag(3)}, a.place());
}

Object np_count_nonzero(const Arguments& a) {
  return count_nonzero(a.value(0), {.axes = a.axes(1), .keepdims = a.flag(2)}, a.place());
}

Object np_nansum(const Arguments& a) { return without(sum, a, typed_options(a)); }
Object np_nanprod(const Arguments& a) { return without(prod, a, typed_options(a)); }
Object np_nanmean(const Arguments& a) { return without(mean, a, mean_options(a)); }
Object np_nanmin(const Arguments& a) { return nan_extreme("fmin", a); }
Object np_nanmax(const Arguments& a) { return nan_extreme("fmax", a); }
Object np_nanvar(const Arguments& a) { return spread(nanvar, a); }
Object np_nanstd(const Arguments& a) { return spread(nanstd, a); }

Object np_average(const Arguments& a) {
  const auto [mean, weights] = average(a.value(0), a.axes(1), optional(a, 2), a.flag(4), a.place());
  return a.flag(3) ? Object::tuple({mean, weights}) : Object(mean);
}

Object np_norm(const Arguments& a) {
  const Place place = a.place();
  if (!a.is_none(1)) {
    limitation("argument 'ord' of linalg.norm is not built", place,
               "leave it out for the Euclidean norm");
  }
  Value x = strong(a.value(0), place);
  if (!is_float(x.dtype()) && !is_complex(x.dtype())) x = astype(x, DType::F64, place);
  const Value squares = squared_size(x, place);
  const ReduceOptions options{.axes = a.axes(2), .keepdims = a.flag(3)};
  return apply("sqrt", {sum(squares, options, place)}, place);
}

Object np_einsum(const Arguments& a) {
  const std::vector<Value> operands = a.values(1);
  return einsum(a.text(0), operands, a.place());
}

Object np_matmul(const Arguments& a) { return matmul(a.value(0), a.value(1), a.place()); }
Object np_dot(const Arguments& a) { return dot(a.value(0), a.value(1), a.place()); }

Object np_vdot(const Arguments& a) {
  const Place place = a.place();
  Value x = strong(a.value(0), place);
  if (is_complex(x.dtype())) x = apply("conjugate", {x}, place);
  return dot(ravel(x, place), ravel(strong(a.value(1), place), place), place);
}

Object np_inner(const Arguments& arguments) {
  const Place place = arguments.place();
  const Value a = strong(arguments.value(0), place);
  const Value b = strong(arguments.value(1), place);
  if (a.rank() == 0 || b.rank() == 0) return apply("multiply", {a, b}, place);
  Contraction c;
  c.exact[0] = [=] { return not_aligned(a, b, b.shape().size() - 1); };
  c.operands = {a, b};
  c.labels = {range(1, a.rank() - 1), range(a.rank(), b.rank() - 1)};
  c.result = range(1, a.rank() + b.rank() - 2);
  c.labels[0].push_back(0);
  c.labels[1].push_back(0);
  return contract(std::move(c), place);
}

Object np_outer(const Arguments& a) {
  const Place place = a.place();
  const Value rows = expand_dims(ravel(strong(a.value(0), place), place), {1}, place);
  return apply("multiply", {rows, ravel(strong(a.value(1), place), place)}, place);
}

Object np_tensordot(const Arguments& arguments) {
  const Place place = arguments.place();
  const Value a = strong(arguments.value(0), place);
  const Value b = strong(arguments.value(1), place);
  const SummedAxes axes = summed_axes(arguments, a, b);
  Contraction c;
  c.operands = {a, b};
  c.labels = {range(0, a.rank()), range(a.rank(), b.rank())};
  for (std::size_t i = 0; i < axes.a.size(); ++i) {
    const auto at_a = static_cast<std::size_t>(axes.a[i]);
    const auto at_b = static_cast<std::size_t>(axes.b[i]);
    c.exact[c.labels[0][at_a]] = [] { return "shape-mismatch for sum"; };
    c.labels[1][at_b] = c.labels[0][at_a];
  }
  for (std::size_t side = 0; side < 2; ++side) {
    const std::vector<int>& summed = side == 0 ? axes.a : axes.b;
    for (std::size_t k = 0; k < c.labels[side].size(); ++k) {
      const bool gone =
          std::find(summed.begin(), summed.end(), static_cast<int>(k)) != summed.end();
      if (!gone) c.result.push_back(c.labels[side][k]);
    }
  }
  return contract(std::move(c), place);
}

// a[i,k] * b[j,l] at row i*J + j and column k*L + l, for any rank.
Object np_kron(const Arguments& arguments) {
  const Place place = arguments.place();
  Value a = strong(arguments.value(0), place);
  Value b = strong(arguments.value(1), place);
  const int rank = std::max(a.rank(), b.rank());
  Shape interleaved, merged;
  const auto widen = [&](const Value& x, int parity) {
    std::vector<std::int64_t> added;
    const int missing = rank - x.rank();
    for (int i = 0; i < rank; ++i) {
      if (i < missing) added.push_back(2 * i + parity);
      added.push_back(2 * i + 1 - parity);
    }
    return expand_dims(x, added, place);
  };
  for (int i = 0; i < rank; ++i) {
    const auto extent_of = [&](const Value& x) {
      const int k = i - (rank - x.rank());
      return k < 0 ? Extent(1) : x.shape()[static_cast<std::size_t>(k)];
    };
    merged.push_back(extent_of(a) * extent_of(b));
  }
  const Value product = apply("multiply", {widen(a, 0), widen(b, 1)}, place);
  return reshape(product, merged, place);
}

}  // namespace arrayc::ir::build
