// From public arrays to recorded values and back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "arrayc/arrayc.h"
#include "frontend/session.h"
#include "ir/build.h"
#include "ir/diagnostic.h"
#include "runtime/float_environment.h"

namespace arrayc::detail {

// What an array is: its current version. Copies and views of an array share its cell, so that they
// see what is stored into it. Stores are not for several threads at once, as in NumPy.
class Cell {
 public:
  explicit Cell(ir::Value value) : value_(std::move(value)) {}
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release();
  bool is_shared() const { return references_.load(std::memory_order_acquire) > 1; }
  const ir::Value& value() const { return value_; }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  void store(ir::Value value);

 private:
  std::atomic<std::uint32_t> references_{1};
  std::atomic<std::uint64_t> version_{0};
  ir::Value value_;
};

// How a view shows a cell: steps from the cell's value to the view's.
class View {
 public:
  using Step = std::function<ir::Value(const ir::Value&)>;
  // in_order: all elements in C order, as a reshape needs that is to be a view. strided: some
  // elements, in any order. read_only: elements may be shown more than once.
  enum class Kind : std::uint8_t { in_order, strided, read_only };
  View(const Cell& cell, View* parent, Step step, Kind kind);
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  static void release(View* view);
  ir::Value value(const Cell& cell);
  Kind kind() const { return kind_; }
  // The steps, first to last, taken from another value in place of the cell's.
  ir::Value apply(ir::Value value) const;

 private:
  std::atomic<std::uint32_t> references_{1};
  View* parent_;  // retained; null: the step starts at the cell
  Step step_;
  Kind kind_;
  std::mutex mutex_;  // of what follows
  ir::Value value_;
  std::uint64_t version_;  // of the cell that value_ shows
};

ir::Place place_of(const Where& where);
inline ir::DType internal(DType dtype) { return static_cast<ir::DType>(dtype); }
inline DType external(ir::DType dtype) { return static_cast<DType>(dtype); }
std::optional<ir::DType> internal(const std::optional<DType>& dtype);
ir::build::ReduceOptions options(const Reduction& how, ir::Place place);
ir::Shape internal(const Shape& shape);
// Arrays of this interface have extents that are known.
Shape external(const ir::Shape& shape);

// Every entry point runs its body in this: in the default floating-point environment, internal
// errors as public ones.
[[noreturn]] void rethrow(const ir::Error& error);
template <typename F>
[[gnu::noinline]] auto run_apart(F& body) -> decltype(body()) {
  return body();
}
template <typename F>
auto guarded(F&& body) -> decltype(body()) {
  const runtime::DefaultFloatEnvironment standard;
  try {
    return run_apart(body);
  } catch (const ir::Error& error) {
    rethrow(error);
  }
}

// A number beside arrays, as Python's; of a complex one the bits of both parts.
struct WeakNumber {
  ir::Weak weak;
  ir::DType dtype;
  std::uint64_t bits[2];
};

struct Access {
  static Array make(ir::Value value);
  static Array view(const Array& base, View::Step step, View::Kind kind, ir::Place place);
  static ir::Value value(const Array& array, ir::Place place = {});
  static ir::Value value(const Operand& x);
  static ir::build::EinsumIndices indices(const EinsumIndices& indices);
  static ir::Value value(const Given& x, ir::Place place);  // null: nothing
  static WeakNumber number(const Operand& x);               // of an operand that is no array
  // What an array that is no view shows, without a handle of one's own; null for views.
  static const ir::Value* direct_value(const Array& array) {
    return array.cell_ && !array.view_ ? &array.cell_->value() : nullptr;
  }
  static ir::Place place(const Operand& x) { return place_of(x.where_); }
  static const Array* array(const Operand& x) {
    return x.kind_ == Operand::Kind::array ? x.array_ : nullptr;
  }
  static View::Kind kind(const Array& array) {
    return array.view_ ? array.view_->kind() : View::Kind::in_order;
  }
  // Makes `value`, which has the array's type, what the array shows.
  static void store(Array& array, ir::Value value, ir::Place place);
  static void flatten(const Nested& list, std::vector<std::int64_t>& shape,
                      std::vector<ir::Scalar>& elements, ir::Place place);
};

// A leaf with memory.
ir::Value leaf(runtime::Array array, ir::Place place);
// Its memory, computed if need be; `implicit`: because a value was looked at.
std::shared_ptr<const Storage> computed(const Array& array, const Where& where, bool implicit);
std::vector<ir::Value> values_of(const std::vector<Array>& arrays, ir::Place place);

// A function of build.h on operands, errors translated: unary(x, build::ravel).
template <typename F>
Array record(const Operand& x, F&& build) {
  return guarded([&] { return Access::make(build(Access::value(x), Access::place(x))); });
}
template <typename F>
Array record(const Operand& a, const Operand& b, F&& build) {
  return guarded([&] {
    const ir::Value left = Access::value(a);
    return Access::make(build(left, Access::value(b), Access::place(a)));
  });
}

}  // namespace arrayc::detail
