#include "frontend/cpp/access.h"

#include <algorithm>

#include "frontend/cpp/evaluation_scope.h"

namespace arrayc::detail {

// --- cells and views

// Who holds the only handle need not count it down.
void Cell::release() {
  if (!is_shared() || references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void Cell::store(ir::Value value) {
  value_ = std::move(value);
  version_.fetch_add(1, std::memory_order_release);
}

View::View(const Cell& cell, View* parent, Step step, Kind kind)
    : parent_(parent), step_(std::move(step)), kind_(kind), version_(cell.version()) {
  const ir::Value base = parent ? parent->value(cell) : cell.value();
  value_ = step_(base);
  if (parent_) parent_->retain();
}

// Chains may be long: they are released in a loop.
void View::release(View* view) {
  while (view && view->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    View* const parent = view->parent_;
    delete view;
    view = parent;
  }
}

// After a store the steps are taken again, from the nearest view that shows the new version.
ir::Value View::value(const Cell& cell) {
  const std::uint64_t now = cell.version();
  std::vector<View*> stale;
  ir::Value base;
  for (View* view = this; view && !base; view = view->parent_) {
    const std::lock_guard lock(view->mutex_);
    if (view->version_ == now) {
      base = view->value_;
    } else {
      stale.push_back(view);
    }
  }
  if (!base) base = cell.value();
  for (auto it = stale.rbegin(); it != stale.rend(); ++it) {
    base = (*it)->step_(base);
    const std::lock_guard lock((*it)->mutex_);
    (*it)->value_ = base;
    (*it)->version_ = now;
  }
  return base;
}

ir::Value View::apply(ir::Value value) const {
  std::vector<const View*> views;
  for (const View* view = this; view; view = view->parent_) views.push_back(view);
  for (auto it = views.rbegin(); it != views.rend(); ++it) value = (*it)->step_(value);
  return value;
}

// --- conversions

ir::Place place_of(const Where& where) { return {where.file_name(), where.line(), where.column()}; }

std::optional<ir::DType> internal(const std::optional<DType>& dtype) {
  return dtype ? std::optional(internal(*dtype)) : std::nullopt;
}

ir::Shape internal(const Shape& shape) { return {shape.begin(), shape.end()}; }

Shape external(const ir::Shape& shape) {
  Shape result;
  result.reserve(shape.size());
  for (const ir::Extent& extent : shape) result.push_back(extent.constant());
  return result;
}

void rethrow(const ir::Error& error) {
  const ir::Place& place = error.place();
  std::string what = error.message();
  if (place.known()) what += "\n  at " + std::string(place.file) + ":" + std::to_string(place.line);
  if (!error.note().empty()) what += "\n  note: " + error.note();
  const std::string file = place.known() ? place.file : "";
  switch (error.kind()) {
    case ir::ErrorKind::user:
      throw UserError(what, error.message(), file, place.line);
    case ir::ErrorKind::limitation:
      throw Limitation(what, error.message(), file, place.line);
    case ir::ErrorKind::bug:
      break;
  }
  throw InternalError("internal error of arrayc: " + what, error.message(), file, place.line);
}

// --- arrays

Array Access::make(ir::Value value) {
  Session& session = Session::current();
  if (session.graph_is_large()) session.shorten_graph(value, implicit_evaluation_forbidden());
  Array array;
  array.cell_ = new Cell(std::move(value));
  return array;
}

Array Access::view(const Array& base, View::Step step, View::Kind kind, ir::Place place) {
  value(base, place);
  Array array;
  array.view_ =
      new View(*base.cell_, base.view_, std::move(step), std::max(kind, Access::kind(base)));
  array.cell_ = base.cell_;
  array.cell_->retain();
  return array;
}

ir::Value Access::value(const Array& array, ir::Place place) {
  if (!array.cell_) {
    ir::user_error("an Array that is no array yet was used", place,
                   "assign to it first: a default-constructed Array is only a name");
  }
  return array.view_ ? array.view_->value(*array.cell_) : array.cell_->value();
}

namespace {

// An integer by its bits.
ir::Scalar integer(std::uint64_t bits, bool is_unsigned) {
  const bool large = is_unsigned && bits > INT64_MAX;
  return {large ? ir::DType::U64 : ir::DType::I64, bits};
}

// A weak number.
ir::Value boolean(std::uint64_t bits, ir::Place place) {
  return ir::build::scalar(ir::Scalar::of(bits != 0), ir::Weak::boolean, place);
}
ir::Value floating(double number, ir::Place place) {
  return ir::build::scalar(ir::Scalar::of(number), ir::Weak::floating, place);
}
ir::Value integer(std::uint64_t bits, bool is_unsigned, ir::Place place) {
  return ir::build::scalar(integer(bits, is_unsigned), ir::Weak::integer, place);
}

}  // namespace

ir::Value Access::value(const Operand& x) {
  const ir::Place place = Access::place(x);
  switch (x.kind_) {
    case Operand::Kind::array:
      return value(*x.array_, place);
    case Operand::Kind::boolean:
      return boolean(x.integer_, place);
    case Operand::Kind::floating:
      return floating(x.floating_, place);
    case Operand::Kind::complex:
      return ir::build::complex_literal({x.complex_[0], x.complex_[1]}, place);
    case Operand::Kind::unsigned_integer:
      return integer(x.integer_, true, place);
    case Operand::Kind::integer:
      break;
  }
  return integer(x.integer_, false, place);
}

ir::build::EinsumIndices Access::indices(const EinsumIndices& indices) {
  ir::build::EinsumIndices list;
  for (const EinsumIndices::Item& item : indices.items_) {
    list.push_back(item.is_dots_ ? ir::build::einsum_ellipsis : item.index_);
  }
  return list;
}

WeakNumber Access::number(const Operand& x) {
  const auto number = [](ir::Weak weak, ir::Scalar value) {
    return WeakNumber{weak, value.dtype, {value.bits, 0}};
  };
  switch (x.kind_) {
    case Operand::Kind::array:
      break;
    case Operand::Kind::boolean:
      return number(ir::Weak::boolean, ir::Scalar::of(x.integer_ != 0));
    case Operand::Kind::floating:
      return number(ir::Weak::floating, ir::Scalar::of(x.floating_));
    case Operand::Kind::complex:
      return {ir::Weak::complex,
              ir::DType::C128,
              {ir::Scalar::of(x.complex_[0]).bits, ir::Scalar::of(x.complex_[1]).bits}};
    case Operand::Kind::unsigned_integer:
      return number(ir::Weak::integer, integer(x.integer_, true));
    case Operand::Kind::integer:
      return number(ir::Weak::integer, integer(x.integer_, false));
  }
  ir::bug("an array was taken for a number");
}

ir::Value Access::value(const Given& x, ir::Place place) {
  switch (x.kind_) {
    case Given::Kind::nothing:
      break;
    case Given::Kind::array:
      return value(*x.array_, place);
    case Given::Kind::boolean:
      return boolean(x.integer_, place);
    case Given::Kind::integer:
      return integer(x.integer_, false, place);
    case Given::Kind::unsigned_integer:
      return integer(x.integer_, true, place);
    case Given::Kind::floating:
      return floating(x.floating_, place);
    case Given::Kind::complex:
      return ir::build::complex_literal({x.complex_[0], x.complex_[1]}, place);
  }
  return {};
}

ir::build::ReduceOptions options(const Reduction& how, ir::Place place) {
  return {how.axis.list(), how.keepdims, internal(how.dtype), Access::value(how.where, place),
          Access::value(how.initial, place)};
}

ir::Value leaf(runtime::Array array, ir::Place place) {
  ir::Type type{static_cast<ir::DType>(array.dtype), {array.shape.begin(), array.shape.end()}};
  auto storage = std::make_shared<Storage>();
  storage->array = std::move(array);
  return ir::record_leaf(std::move(type), std::move(storage), "", ir::Weak::strong, place);
}

std::vector<ir::Value> values_of(const std::vector<Array>& arrays, ir::Place place) {
  std::vector<ir::Value> values;
  for (const Array& array : arrays) values.push_back(Access::value(array, place));
  return values;
}

std::shared_ptr<const Storage> computed(const Array& array, const Where& where, bool implicit) {
  const ir::Place place = place_of(where);
  const ir::Value value = Access::value(array, place);
  Session& session = Session::current();
  if (implicit && implicit_evaluation_forbidden() && !session.storage(value)) {
    ir::user_error("this array is not computed yet, and a no_implicit_eval scope is alive", place,
                   "compute it with eval before");
  }
  return session.compute({&value, 1})[0];
}

}  // namespace arrayc::detail

namespace arrayc {

Array::Array(const Array& other) noexcept : cell_(other.cell_), view_(other.view_) {
  if (cell_) cell_->retain();
  if (view_) view_->retain();
}

Array::Array(Array&& other) noexcept
    : cell_(std::exchange(other.cell_, nullptr)), view_(std::exchange(other.view_, nullptr)) {}

Array::~Array() {
  if (view_) detail::View::release(view_);
  if (cell_) cell_->release();
}

Array& Array::operator=(const Array& other) & noexcept {
  Array copy(other);
  std::swap(cell_, copy.cell_);
  std::swap(view_, copy.view_);
  return *this;
}

Array& Array::operator=(Array&& other) & noexcept {
  std::swap(cell_, other.cell_);
  std::swap(view_, other.view_);
  return *this;
}

}  // namespace arrayc
