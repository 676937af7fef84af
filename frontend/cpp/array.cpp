// Array: facts, elements, operators, stores and methods.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "arrayc/functions.h"
#include "frontend/cpp/access.h"

namespace arrayc {

using detail::Access;
using detail::guarded;
using detail::place_of;

namespace {

const ir::Ufunc& row(std::string_view name) { return *ir::find_builtin_ufunc(name); }

Array apply(const ir::Ufunc& ufunc, const Operand& x) {
  return guarded([&] {
    const ir::Value operands[] = {Access::value(x)};
    return Access::make(ir::build::ufunc(ufunc, operands, Access::place(x)));
  });
}

Array binary(std::string_view symbol, const Operand& a, const Operand& b) {
  return guarded([&] {
    const ir::Value operands[] = {Access::value(a), Access::value(b)};
    return Access::make(ir::build::binary_operator(symbol, operands, Access::place(a)));
  });
}

[[noreturn]] void wrong_element_type(DType asked, ir::DType dtype, ir::Place place) {
  ir::user_error(fmt::format("elements of an array of {} were asked for as {}",
                             ir::numpy_name(dtype), numpy_name(asked)),
                 place, fmt::format("astype(arrayc::{}) converts", name(asked)));
}

}  // namespace

std::string_view name(DType dtype) { return ir::name(detail::internal(dtype)); }
std::string_view numpy_name(DType dtype) { return ir::numpy_name(detail::internal(dtype)); }
std::int64_t itemsize(DType dtype) { return ir::item_size(detail::internal(dtype)); }

// --- facts

DType Array::dtype() const {
  return guarded([&] { return detail::external(Access::value(*this).dtype()); });
}
Shape Array::shape() const {
  return guarded([&] { return detail::external(Access::value(*this).shape()); });
}
std::int64_t Array::ndim() const {
  return guarded([&] { return std::int64_t{Access::value(*this).rank()}; });
}
std::int64_t Array::size() const {
  return guarded([&] { return ir::element_count(Access::value(*this).shape()).constant(); });
}
std::int64_t Array::itemsize() const { return arrayc::itemsize(dtype()); }
std::int64_t Array::nbytes() const { return size() * itemsize(); }

// --- elements

void Array::read_item(DType asked, void* out, Where where) const {
  guarded([&] {
    const ir::Value value = Access::value(*this, place_of(where));
    if (!ir::element_count(value.shape()).is(1)) {
      ir::user_error("can only convert an array of size 1 to a Python scalar", place_of(where));
    }
    if (value.dtype() != detail::internal(asked)) {
      wrong_element_type(asked, value.dtype(), place_of(where));
    }
    const auto storage = detail::computed(*this, where, true);
    std::memcpy(out, storage->array.data, static_cast<std::size_t>(arrayc::itemsize(asked)));
  });
}

const void* Array::contiguous_data(DType asked, Where where) const {
  return guarded([&]() -> const void* {
    const ir::Value value = Access::value(*this, place_of(where));
    if (value.dtype() != detail::internal(asked)) {
      wrong_element_type(asked, value.dtype(), place_of(where));
    }
    const auto storage = detail::computed(*this, where, true);
    if (!runtime::is_contiguous(storage->array)) {
      ir::user_error("this array's elements do not lie in C order in memory", place_of(where),
                     "to_vector() or copy().as_span() copies them");
    }
    return storage->array.data;
  });
}

void Array::copy_elements(DType asked, void* out, Where where) const {
  guarded([&] {
    const ir::Value value = Access::value(*this, place_of(where));
    if (value.dtype() != detail::internal(asked)) {
      wrong_element_type(asked, value.dtype(), place_of(where));
    }
    const auto storage = detail::computed(*this, where, true);
    const bool in_order = runtime::is_contiguous(storage->array);
    const runtime::Array elements = in_order ? storage->array : runtime::copy(storage->array);
    const auto bytes = static_cast<std::size_t>(nbytes());
    if (bytes != 0) std::memcpy(out, elements.data, bytes);
  });
}

const void* Array::data(Where where) const {
  return guarded([&]() -> const void* { return detail::computed(*this, where, true)->array.data; });
}

std::vector<std::int64_t> Array::strides(Where where) const {
  return guarded([&] { return detail::computed(*this, where, true)->array.strides; });
}

namespace {

ir::Scalar only_element(const Array& array, const char* message) {
  const ir::Value value = Access::value(array);
  if (!ir::element_count(value.shape()).is(1)) ir::user_error(message, value->place);
  const auto storage = detail::computed(array, Where(), true);
  ir::Scalar scalar{value.dtype(), 0};
  std::memcpy(&scalar.bits, storage->array.data, static_cast<std::size_t>(array.itemsize()));
  return scalar;
}

}  // namespace

Array::operator bool() const {
  return guarded([&] {
    const ir::Value value = Access::value(*this);
    if (ir::element_count(value.shape()).is(0)) {
      ir::user_error(
          "The truth value of an empty array is ambiguous. Use `array.size > 0` to "
          "check that an array is not empty.",
          value->place);
    }
    const ir::Scalar element =
        only_element(*this,
                     "The truth value of an array with more than one element is ambiguous. "
                     "Use a.any() or a.all()");
    return ir::convert(element, ir::DType::Bool).bits != 0;
  });
}

Array::operator double() const {
  return guarded([&] {
    return ir::to_double(
        only_element(*this, "only length-1 arrays can be converted to Python scalars"));
  });
}

Array::operator std::int64_t() const {
  return guarded([&] {
    return ir::to_int64(
        only_element(*this, "only length-1 arrays can be converted to Python scalars"));
  });
}

// --- operators

Array operator+(const Operand& a, const Operand& b) { return binary("+", a, b); }
Array operator-(const Operand& a, const Operand& b) { return binary("-", a, b); }
Array operator*(const Operand& a, const Operand& b) { return binary("*", a, b); }
Array operator/(const Operand& a, const Operand& b) { return binary("/", a, b); }
Array operator%(const Operand& a, const Operand& b) { return binary("%", a, b); }
Array operator&(const Operand& a, const Operand& b) { return binary("&", a, b); }
Array operator|(const Operand& a, const Operand& b) { return binary("|", a, b); }
Array operator^(const Operand& a, const Operand& b) { return binary("^", a, b); }
Array operator<<(const Operand& a, const Operand& b) { return binary("<<", a, b); }
Array operator>>(const Operand& a, const Operand& b) { return binary(">>", a, b); }
Array operator==(const Operand& a, const Operand& b) { return binary("==", a, b); }
Array operator!=(const Operand& a, const Operand& b) { return binary("!=", a, b); }
Array operator<(const Operand& a, const Operand& b) { return binary("<", a, b); }
Array operator<=(const Operand& a, const Operand& b) { return binary("<=", a, b); }
Array operator>(const Operand& a, const Operand& b) { return binary(">", a, b); }
Array operator>=(const Operand& a, const Operand& b) { return binary(">=", a, b); }
Array operator-(const Operand& x) { return apply(row("negative"), x); }
Array operator+(const Operand& x) { return apply(row("positive"), x); }
Array operator~(const Operand& x) { return apply(row("invert"), x); }

// --- methods

Array Array::T(Where where) const { return arrayc::transpose({*this, where}); }
Array Array::astype(DType to, Where where) const { return arrayc::astype({*this, where}, to); }
Array Array::reshape(const Shape& shape, Where where) const {
  return arrayc::reshape({*this, where}, shape);
}
Array Array::ravel(Where where) const { return arrayc::ravel({*this, where}); }
Array Array::transpose(const Axis& axes, Where where) const {
  return arrayc::transpose({*this, where}, axes);
}
Array Array::swapaxes(std::int64_t a, std::int64_t b, Where where) const {
  return arrayc::swapaxes({*this, where}, a, b);
}
Array Array::squeeze(const Axis& axis, Where where) const {
  return arrayc::squeeze({*this, where}, axis);
}
Array Array::clip(const Operand& low, const Operand& high) const {
  return arrayc::clip(*this, low, high);
}
Array Array::dot(const Operand& other) const { return arrayc::dot(*this, other); }
Array Array::sum(const Reduction& how, Where where) const {
  return arrayc::sum({*this, where}, how);
}
Array Array::prod(const Reduction& how, Where where) const {
  return arrayc::prod({*this, where}, how);
}
Array Array::min(const Reduction& how, Where where) const {
  return arrayc::min({*this, where}, how);
}
Array Array::max(const Reduction& how, Where where) const {
  return arrayc::max({*this, where}, how);
}
Array Array::any(const Reduction& how, Where where) const {
  return arrayc::any({*this, where}, how);
}
Array Array::all(const Reduction& how, Where where) const {
  return arrayc::all({*this, where}, how);
}
Array Array::mean(const Reduction& how, Where where) const {
  return arrayc::mean({*this, where}, how);
}
Array Array::var(const VarianceReduction& how, Where where) const {
  return arrayc::var({*this, where}, how);
}
Array Array::std(const VarianceReduction& how, Where where) const {
  return arrayc::std({*this, where}, how);
}
Array Array::argmin(const ArgReduction& how, Where where) const {
  return arrayc::argmin({*this, where}, how);
}
Array Array::argmax(const ArgReduction& how, Where where) const {
  return arrayc::argmax({*this, where}, how);
}

// The same value under a cell of its own: values never change, only cells do.
Array Array::copy(Where where) const {
  return guarded([&] { return Access::make(Access::value(*this, place_of(where))); });
}
Array Array::flatten(Where where) const {
  return guarded(
      [&] { return Access::make(ir::build::ravel(Access::value(*this), place_of(where))); });
}

}  // namespace arrayc
