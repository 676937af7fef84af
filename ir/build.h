// Checked construction of recorded values under NumPy's names and rules.
//
// Each function promotes, casts, broadcasts and then makes nodes, so that every cast and broadcast
// is a node. Errors carry NumPy's sentence and `place`. Defaults and argument order are NumPy's.
#pragma once

#include <complex>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/value.h"

namespace arrayc::ir::build {

using Axes =
    std::optional<std::vector<std::int64_t>>;  // nullopt: all axes; negatives count from the end

// --- leaves and generators
Value scalar(Scalar value, Weak weak, Place place);              // weak: a Python-style literal
Value complex_literal(std::complex<double> value, Place place);  // weak
// Python's error for one of its complex numbers where an integer or a float is made of it.
void refuse_complex(const Value& x, DType to, Place place);
// The number, if x is a constant or a complex literal.
std::optional<std::complex<double>> complex_value(const Value& x);
Value extent(const Extent& e, Place place);  // a size as a weak integer value
// The extent behind an integer that is a constant or computed from sizes; nothing for other values.
std::optional<Extent> known_extent(const Value& x);
Value iota(const Extent& n, Place place);
Value full(const Shape& shape, const Value& fill, std::optional<DType> dtype, Place place);
Value arange(const Value& start, const Value& stop, const Value& step, std::optional<DType> dtype,
             Place place);
Value linspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
               std::optional<DType> dtype, Place place);
// base to the powers of a linspace; a linspace of logarithms, whose ends are `start` and `stop`.
Value logspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
               const Value& base, std::optional<DType> dtype, Place place);
Value geomspace(const Value& start, const Value& stop, const Extent& num, bool endpoint,
                std::optional<DType> dtype, Place place);
// Each axis's indices, for arrays of `shape`; sparse: without stretching.
std::vector<Value> indices(const Shape& shape, DType dtype, bool sparse, Place place);
// One axis of np.mgrid: start (null: 0) up to stop by step (null: 1); an imaginary step is the
// number of points, stop included. Numbers. Lines of all axes, stretched to the grid unless `open`.
struct GridAxis {
  Value start, stop, step;
};
std::vector<Value> grid(std::span<const GridAxis> axes, bool open, Place place);
Value eye(const Extent& n, const Extent& m, std::int64_t k, DType dtype, Place place);
// Ones at and below a diagonal; the elements there, or at and above it.
Value tri(const Extent& n, const Extent& m, std::int64_t k, DType dtype, Place place);
Value tril(const Value& x, std::int64_t k, Place place);
Value triu(const Value& x, std::int64_t k, Place place);
std::vector<Value> meshgrid(std::span<const Value> coordinates, bool sparse, bool ij_indexing,
                            Place place);

// The array with these items along a new axis.
Value stack(std::span<const Value> items, std::int64_t axis, Place place);

// --- operators, by their symbol in the dialect ("+", "//", "<", "&", "**", "@", unary "-"): the
// ufunc with that symbol, except that weak values alone behave as Python's own numbers: the result
// is weak, and known when building where the operands are.
Value binary_operator(std::string_view symbol, std::span<const Value, 2> operands, Place place);
Value binary_operator(std::string_view symbol, const Value& a, const Value& b, Place place);
Value unary_operator(std::string_view symbol, const Value& x, Place place);

// --- elementwise
Value ufunc(const Ufunc& ufunc, std::span<const Value> operands, Place place);  // result: strong
Value astype(const Value& x, DType to, Place place);
// The operator `x ** y`: as np.power, but `x ** 0.5` is sqrt, `x ** 2` square, `x ** -1`
// reciprocal when the exponent is a weak constant, as NumPy's fast paths are.
Value power_operator(const Value& x, const Value& y, Place place);
// Complex numbers of these parts, in c64 where both are floats of at most 32 bits; the parts, of
// real numbers themselves and 0.
Value complex(const Value& re, const Value& im, Place place);
Value real(const Value& z, Place place);
Value imag(const Value& z, Place place);
// Two results: quotient and remainder; fraction and whole part; mantissa and exponent.
std::pair<Value, Value> divmod(const Value& x, const Value& y, Place place);
std::pair<Value, Value> modf(const Value& x, Place place);
std::pair<Value, Value> frexp(const Value& x, Place place);
Value round(const Value& x, std::int64_t decimals, Place place);
// |a - b| <= atol + rtol * |b|, or equal.
struct Tolerance {
  Value rtol, atol;
  bool equal_nan = false;
};
Value isclose(const Value& a, const Value& b, const Tolerance& tolerance, Place place);
// Null: the largest numbers for infinities.
Value nan_to_num(const Value& x, const Value& nan, const Value& posinf, const Value& neginf,
                 Place place);
Value sinc(const Value& x, Place place);  // sin(pi x)/(pi x)
Value angle(const Value& z, bool in_degrees, Place place);
Value clip(const Value& x, const Value& low, const Value& high, Place place);  // null: no bound

// --- shapes
// A message whose "{n}" the call replaces by the value of n.
using Message = std::function<std::string()>;
// x where its axes have exactly the lengths of `shape`; else the message is the error, at once or
// at the call.
Value fitted(const Value& x, const Shape& shape, Place place, const Message& message);
Value broadcast_to(const Value& x, const Shape& shape, Place place);
std::vector<Value> broadcast_arrays(std::span<const Value> values, Place place);
Value reshape(const Value& x, std::vector<Extent> shape, Place place);  // one -1 is inferred
Value ravel(const Value& x, Place place);
Value transpose(const Value& x, const Axes& axes, Place place);  // nullopt: reversed
Value moveaxis(const Value& x, const std::vector<std::int64_t>& source,
               const std::vector<std::int64_t>& destination, Place place);
Value swapaxes(const Value& x, std::int64_t a, std::int64_t b, Place place);
Value expand_dims(const Value& x, const std::vector<std::int64_t>& axes, Place place);
// Without axes: those that are 1 whatever the sizes are; an axis of unknown extent stays.
Value squeeze(const Value& x, const Axes& axes, Place place);

// Basic indexing. An item is a slice, an integer, newaxis or an ellipsis.
struct IndexItem {
  enum class Kind : std::uint8_t { slice, integer, newaxis, ellipsis } kind = Kind::slice;
  Slice slice;
  Extent integer = 0;
};
Value index(const Value& x, std::span<const IndexItem> items, Place place);

// --- reductions. dtype: of the accumulation, NumPy's default if absent. where: a mask of the
// elements that are folded; null: all. initial: a number that is folded as well; null: none.
struct ReduceOptions {
  Axes axes;
  bool keepdims = false;
  std::optional<DType> dtype = {};
  Value where = {};
  Value initial = {};
};
Value reduce(const Ufunc& ufunc, const Value& x, const ReduceOptions& options, Place place);
Value sum(const Value& x, const ReduceOptions& options, Place place);
Value prod(const Value& x, const ReduceOptions& options, Place place);
Value min(const Value& x, const ReduceOptions& options, Place place);
Value max(const Value& x, const ReduceOptions& options, Place place);
Value any(const Value& x, const ReduceOptions& options, Place place);
Value all(const Value& x, const ReduceOptions& options, Place place);
Value mean(const Value& x, const ReduceOptions& options, Place place);
Value var(const Value& x, const ReduceOptions& options, double ddof, Place place);
Value std(const Value& x, const ReduceOptions& options, double ddof, Place place);
Value count_nonzero(const Value& x, const ReduceOptions& options, Place place);
Value ptp(const Value& x, const ReduceOptions& options, Place place);  // maximum minus minimum
// The options that leave out NaNs as well: nansum is sum with them, nanmin folds fmin.
ReduceOptions without_nans(const Value& x, const ReduceOptions& options, Place place);
Value nanvar(const Value& x, const ReduceOptions& options, double ddof, Place place);
Value nanstd(const Value& x, const ReduceOptions& options, double ddof, Place place);
// The weighted mean and the sum of weights. Null weights: the mean and the count. Weights have x's
// shape or, with axes, that of these axes.
std::pair<Value, Value> average(const Value& x, const Axes& axes, const Value& weights,
                                bool keepdims, Place place);
Value arg_reduce(bool maximum, const Value& x, std::optional<std::int64_t> axis, bool keepdims,
                 Place place);

// --- contractions: one einsum node each, or views around one
// Where the characters of a text are written, if that is known.
using TextPlaces = std::function<Place(std::size_t)>;
struct EinsumOptions {
  std::optional<DType> dtype = {};  // of products and sums, instead of the operands' common one
  Casting casting = Casting::safe;  // of operands to that
  TextPlaces places = {};           // of the subscripts
};
Value einsum(std::string_view subscripts, std::span<const Value> operands, Place place,
             const EinsumOptions& options = {});
// By numbers, which are at least 0: a list for each operand, and perhaps one for the result.
inline constexpr std::int64_t einsum_ellipsis = -1'000'000'000'000;
using EinsumIndices = std::vector<std::int64_t>;
Value einsum(std::span<const Value> operands, std::span<const EinsumIndices> indices, Place place,
             const EinsumOptions& options = {});

Value matmul(const Value& a, const Value& b, Place place);
Value matvec(const Value& a, const Value& v, Place place);
Value vecmat(const Value& v, const Value& a, Place place);                     // conjugates v
Value vecdot(const Value& a, const Value& b, std::int64_t axis, Place place);  // conjugates a
Value dot(const Value& a, const Value& b, Place place);
Value vdot(const Value& a, const Value& b, Place place);  // of all elements; conjugates a
Value inner(const Value& a, const Value& b, Place place);
Value outer(const Value& a, const Value& b, Place place);  // of all elements
// Summed over these axes of a and b, pair by pair; `count`: the last ones of a, the first of b.
Value tensordot(const Value& a, const Value& b, std::int64_t count, Place place);
Value tensordot(const Value& a, const Value& b, const std::vector<std::int64_t>& axes_a,
                const std::vector<std::int64_t>& axes_b, Place place);
Value kron(const Value& a, const Value& b, Place place);
Value multi_dot(std::span<const Value> operands, Place place);
// The axes that the squares lie in become the last one, or are summed over.
struct Diagonal {
  std::int64_t offset = 0, axis1 = 0, axis2 = 1;
};
Value diagonal(const Value& x, const Diagonal& which, Place place);
Value trace(const Value& x, const Diagonal& which, std::optional<DType> dtype, Place place);

}  // namespace arrayc::ir::build
