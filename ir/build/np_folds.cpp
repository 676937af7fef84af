// Builders of functions.def: reductions.
#include <fmt/format.h>

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

}  // namespace arrayc::ir::build
