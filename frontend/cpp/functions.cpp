// Reductions and selection.
#include "arrayc/functions.h"

#include <limits>

#include "arrayc/create.h"
#include "arrayc/ufuncs.h"
#include "frontend/cpp/access.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::place_of;
using detail::record;
using ir::Place;
using ir::Value;

namespace {

template <typename Build>
Array reduction(const Operand& x, const Reduction& how, Build build) {
  return record(
      x, [&](const Value& v, Place place) { return build(v, detail::options(how, place), place); });
}

template <typename Build>
Array variance(const Operand& x, const VarianceReduction& how, Build build) {
  return record(x, [&](const Value& v, Place place) {
    const Reduction same{how.axis, how.keepdims, how.dtype, how.where, {}};
    return build(v, detail::options(same, place), how.ddof, place);
  });
}

// The reduction `build` of what is not NaN.
template <typename Build>
Array nan_reduction(const Operand& x, const Reduction& how, Build build) {
  return record(x, [&](const Value& v, Place place) {
    return build(v, ir::build::without_nans(v, detail::options(how, place), place), place);
  });
}

Array fold(std::string_view ufunc, const Operand& x, const Reduction& how) {
  return reduction(x, how, [&](const Value& v, const auto& options, Place place) {
    return ir::build::reduce(*ir::find_builtin_ufunc(ufunc), v, options, place);
  });
}

Array arg_reduction(const Operand& x, const ArgReduction& how, bool maximum) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::arg_reduce(maximum, v, how.axis, how.keepdims, place);
  });
}

Value number(double value, Place place) {
  return ir::build::scalar(ir::Scalar::of(value), ir::Weak::floating, place);
}

std::pair<Array, Array> both(std::pair<Value, Value> results) {
  return {Access::make(std::move(results.first)), Access::make(std::move(results.second))};
}

}  // namespace

Array sum(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::sum); }
Array prod(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::prod); }
Array min(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::min); }
Array max(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::max); }
Array amin(const Operand& x, const Reduction& how) { return min(x, how); }
Array amax(const Operand& x, const Reduction& how) { return max(x, how); }
Array any(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::any); }
Array mean(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::mean); }
Array count_nonzero(const Operand& x, const Reduction& how) {
  return reduction(x, how, ir::build::count_nonzero);
}
Array var(const Operand& x, const VarianceReduction& how) {
  return variance(x, how, ir::build::var);
}
Array std(const Operand& x, const VarianceReduction& how) {
  return variance(x, how, ir::build::std);
}
Array ptp(const Operand& x, const Reduction& how) { return reduction(x, how, ir::build::ptp); }
Array nansum(const Operand& x, const Reduction& how) {
  return nan_reduction(x, how, ir::build::sum);
}
Array nanprod(const Operand& x, const Reduction& how) {
  return nan_reduction(x, how, ir::build::prod);
}
Array nanmin(const Operand& x, const Reduction& how) { return fold("fmin", x, how); }
Array nanmax(const Operand& x, const Reduction& how) { return fold("fmax", x, how); }
Array nanmean(const Operand& x, const Reduction& how) {
  return nan_reduction(x, how, ir::build::mean);
}
Array nanvar(const Operand& x, const VarianceReduction& how) {
  return variance(x, how, ir::build::nanvar);
}
Array nanstd(const Operand& x, const VarianceReduction& how) {
  return variance(x, how, ir::build::nanstd);
}
Array average(const Operand& x, const Average& how) {
  return record(x, [&](const Value& v, Place place) {
    const Value weights = Access::value(how.weights, place);
    return ir::build::average(v, how.axis.list(), weights, how.keepdims, place).first;
  });
}
Array argmin(const Operand& x, const ArgReduction& how) { return arg_reduction(x, how, false); }
Array argmax(const Operand& x, const ArgReduction& how) { return arg_reduction(x, how, true); }

Array All::operator()(const Operand& x) const { return (*this)(x, Reduction{}); }
Array All::operator()(const Operand& x, const Reduction& how) const {
  return reduction(x, how, ir::build::all);
}

bool array_equal(const Operand& a, const Operand& b) {
  return guarded([&] {
    const ir::Shape left = Access::value(a).shape();
    return left == Access::value(b).shape() && bool(all(a == b));
  });
}

Array isclose(const Operand& a, const Operand& b, double rtol, double atol, bool equal_nan) {
  return record(a, b, [&](const Value& x, const Value& y, Place place) {
    return ir::build::isclose(x, y, {number(rtol, place), number(atol, place), equal_nan}, place);
  });
}

bool allclose(const Operand& a, const Operand& b, double rtol, double atol, bool equal_nan) {
  return bool(all(isclose(a, b, rtol, atol, equal_nan)));
}

// --- types and selection

Array astype(const Operand& x, DType dtype) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::astype(v, detail::internal(dtype), place);
  });
}

Array clip(const Operand& x, const Operand& low, const Operand& high) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::clip(v, Access::value(low), Access::value(high), place);
  });
}
Array clip(const Operand& x, None, const Operand& high) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::clip(v, {}, Access::value(high), place);
  });
}
Array clip(const Operand& x, const Operand& low, None) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::clip(v, Access::value(low), {}, place);
  });
}

Array round(const Operand& x, int decimals) {
  return record(x,
                [&](const Value& v, Place place) { return ir::build::round(v, decimals, place); });
}
Array fix(const Operand& x) { return trunc(x); }

Array nan_to_num(const Operand& x, double nan) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::nan_to_num(v, number(nan, place), {}, {}, place);
  });
}
Array nan_to_num(const Operand& x, double nan, double posinf, double neginf) {
  return record(x, [&](const Value& v, Place place) {
    return ir::build::nan_to_num(v, number(nan, place), number(posinf, place),
                                 number(neginf, place), place);
  });
}
Array isposinf(const Operand& x) { return logical_and(isinf(x), logical_not(signbit(x))); }
Array isneginf(const Operand& x) { return logical_and(isinf(x), signbit(x)); }

std::pair<Array, Array> divmod(const Operand& x, const Operand& y) {
  return guarded([&] {
    return both(ir::build::divmod(Access::value(x), Access::value(y), Access::place(x)));
  });
}
std::pair<Array, Array> modf(const Operand& x) {
  return guarded([&] { return both(ir::build::modf(Access::value(x), Access::place(x))); });
}
std::pair<Array, Array> frexp(const Operand& x) {
  return guarded([&] { return both(ir::build::frexp(Access::value(x), Access::place(x))); });
}

Array sinc(const Operand& x) { return record(x, ir::build::sinc); }
Array complex(const Operand& re, const Operand& im) { return record(re, im, ir::build::complex); }
Array real(const Operand& z) { return record(z, ir::build::real); }
Array imag(const Operand& z) { return record(z, ir::build::imag); }
Array angle(const Operand& z, bool deg) {
  return record(z, [&](const Value& v, Place place) { return ir::build::angle(v, deg, place); });
}

}  // namespace arrayc
