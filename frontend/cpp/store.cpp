// Stores: a += x, a(…) = x. An array's cell gets a new version, which copies and views then show.
//
// A store through a view that shows only some elements is carried out at once: the elements are
// written to a copy of the memory, at the positions that the view shows.
#include <fmt/format.h>

#include <cstring>

#include "frontend/cpp/access.h"
#include "frontend/cpp/evaluation_scope.h"

namespace arrayc {

namespace detail {

namespace {

std::string_view name_of_operator(std::string_view symbol) {
  for (const ir::Ufunc& ufunc : ir::builtin_ufuncs()) {
    if (ufunc.arity == 2 && ufunc.symbol == symbol) return ufunc.name;
  }
  return symbol;
}

// What `old symbol x` leaves in an array of old's type.
ir::Value updated(const ir::Value& old, const Operand& x, std::string_view symbol) {
  const ir::Place place = Access::place(x);
  const ir::Value made = ir::build::binary_operator(symbol, old, Access::value(x), place);
  if (!ir::can_cast(made.dtype(), old.dtype(), ir::Casting::same_kind)) {
    ir::user_error(fmt::format("Cannot cast ufunc '{}' output from dtype('{}') to dtype('{}') with "
                               "casting rule 'same_kind'",
                               name_of_operator(symbol), ir::numpy_name(made.dtype()),
                               ir::numpy_name(old.dtype())),
                   place);
  }
  if (made.shape() != old.shape()) {
    ir::user_error(fmt::format("non-broadcastable output operand with shape {} doesn't match the "
                               "broadcast shape {}",
                               ir::numpy_string(old.shape()), ir::numpy_string(made.shape())),
                   place);
  }
  return ir::build::astype(made, old.dtype(), place);
}

// Element k of `values` goes to the place in `memory` that positions[k] numbers.
void scatter(runtime::Array& memory, const runtime::Array& positions,
             const runtime::Array& values) {
  const auto size = static_cast<std::size_t>(runtime::item_size(memory.dtype));
  auto* const to = static_cast<char*>(memory.data);
  const auto* const at = static_cast<const std::int64_t*>(positions.data);
  const auto* from = static_cast<const char*>(values.data);
  const std::int64_t count = runtime::element_count(values.shape);
  for (std::int64_t k = 0; k < count; ++k, from += size) {
    std::memcpy(to + static_cast<std::size_t>(at[k]) * size, from, size);
  }
}

runtime::Array in_c_order(const runtime::Array& array) {
  return runtime::is_contiguous(array) ? array : runtime::copy(array);
}

// The cell's new value: `value` at the positions that the view shows.
ir::Value scattered(const ir::Value& whole, const View& view, const ir::Value& value,
                    ir::Place place) {
  const ir::Extent count = ir::element_count(whole.shape());
  const ir::Value numbers = ir::build::reshape(ir::build::iota(count, place), whole.shape(), place);
  const ir::Value wanted[] = {whole, view.apply(numbers), value};
  const auto memory = Session::current().compute(wanted);
  runtime::Array copy = runtime::copy(memory[0]->array);
  scatter(copy, in_c_order(memory[1]->array), in_c_order(memory[2]->array));
  return leaf(std::move(copy), place);
}

}  // namespace

void Access::store(Array& array, ir::Value value, ir::Place place) {
  Session& session = Session::current();
  if (session.graph_is_large()) session.shorten_graph(value, implicit_evaluation_forbidden());
  Cell& cell = *array.cell_;
  if (!array.view_) return cell.store(std::move(value));
  if (array.view_->kind() == View::Kind::read_only) {
    ir::user_error("assignment destination is read-only", place,
                   "a broadcast array shows elements more than once; copy() it first");
  }
  if (!cell.is_shared()) {
    // Nobody else sees what the view shows.
    array = make(std::move(value));
  } else if (array.view_->kind() == View::Kind::in_order) {
    cell.store(ir::build::reshape(value, cell.value().shape(), place));
  } else {
    cell.store(scattered(cell.value(), *array.view_, value, place));
  }
}

}  // namespace detail

using detail::Access;
using detail::guarded;

namespace {

Array& in_place(Array& target, const Operand& x, std::string_view symbol) {
  guarded([&] {
    const ir::Value old = Access::value(target, Access::place(x));
    Access::store(target, detail::updated(old, x, symbol), Access::place(x));
  });
  return target;
}

}  // namespace

void Array::operator=(const Operand& value) && {
  guarded([&] {
    const ir::Place place = Access::place(value);
    const ir::Value old = Access::value(*this, place);
    const ir::Value cast = ir::build::astype(Access::value(value), old.dtype(), place);
    Access::store(*this, ir::build::full(old.shape(), cast, old.dtype(), place), place);
  });
}
void Array::operator=(const Array& value) && { std::move(*this) = Operand(value); }

Array& Array::operator+=(const Operand& x) { return in_place(*this, x, "+"); }
Array& Array::operator-=(const Operand& x) { return in_place(*this, x, "-"); }
Array& Array::operator*=(const Operand& x) { return in_place(*this, x, "*"); }
Array& Array::operator/=(const Operand& x) { return in_place(*this, x, "/"); }
Array& Array::operator%=(const Operand& x) { return in_place(*this, x, "%"); }
Array& Array::operator&=(const Operand& x) { return in_place(*this, x, "&"); }
Array& Array::operator|=(const Operand& x) { return in_place(*this, x, "|"); }
Array& Array::operator^=(const Operand& x) { return in_place(*this, x, "^"); }
Array& Array::operator<<=(const Operand& x) { return in_place(*this, x, "<<"); }
Array& Array::operator>>=(const Operand& x) { return in_place(*this, x, ">>"); }

}  // namespace arrayc
