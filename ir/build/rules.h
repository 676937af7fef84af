// What the functions of build.h share: node making, casts, weak scalars, shapes and axes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/build.h"

namespace arrayc::ir::build {

// --- nodes
// An operation with attributes.
Operation operation(Op op, Attributes attributes);
// Infers the type and records the node; shape errors get `place`. Extents that cannot be compared
// here are accepted (they become guards when the function is made).
Value make(Operation op, std::vector<Value> operands, Place place, DType result_dtype = DType::F64);
// A row of ufuncs.def that the tree itself relies on.
const Ufunc& row(std::string_view name);
Value apply(std::string_view ufunc_name, std::vector<Value> operands, Place place);

// --- dtypes
Value constant(Scalar value, Place place);             // strong
Value number(double value, DType dtype, Place place);  // strong, converted
std::optional<Scalar> constant_value(const Value& x);  // of a constant node
Value squared_size(const Value& x, Place place);       // x*x, of complex numbers re*re + im*im
// The same elements in this dtype, as an operand of a node: a convert node, a converted constant or
// x itself, weak or not. `checked`: a weak integer constant that does not fit is NumPy's
// OverflowError.
Value cast(const Value& x, DType to, Place place, bool checked = false);
Value strong(const Value& x, Place place);          // a weak value in its default dtype
DType common_dtype(std::span<const Value> values);  // weak values by NEP 50's rules

// --- shapes
// As it is said when compiling: "{n}" is "n".
std::string without_values(std::string message);
// Null where all extents are known: nothing is left to demand.
std::shared_ptr<const Demand> demand(std::span<const Shape> shapes, const Message& message);
// x with its axes stretched to `shape`, which the caller has found to be possible; what depends on
// sizes that are not known is demanded at the call.
Value stretch(const Value& x, const Shape& shape, Place place,
              std::shared_ptr<const Demand> demand = nullptr);
// The shape of the values broadcast together; nothing where that is impossible.
std::optional<Shape> common_shape(std::span<const Shape> shapes);
std::vector<Shape> shapes_of(std::span<const Value> values);
// "operands could not be broadcast together with shapes (3,2) (3,) "
std::string broadcast_message(std::span<const Shape> shapes);
[[noreturn]] void cannot_broadcast(std::span<const Value> values, Place place);

// NumPy's sentence for an argument that a function has not.
[[noreturn]] void no_argument(std::string_view function, std::string_view name, Place place);

// --- axes
// `what`: NumPy's prefix in the message ("source"), or "".
int checked_axis(std::int64_t axis, int rank, Place place, std::string_view what = "");
// Sorted; nullopt: all. `repeated`: the message for an axis named twice.
std::vector<std::int32_t> checked_axes(const Axes& axes, int rank, Place place,
                                       std::string_view repeated = "duplicate value in 'axis'");

}  // namespace arrayc::ir::build
