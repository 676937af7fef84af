// Making arrays: from lists, from memory, and by formula.
#pragma once

#include <arrayc/array.h>

#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace arrayc {

// Nested lists of numbers: array({{1, 2}, {3, 4}}). Integers make i64, numbers with a point f64,
// mixed ones what NumPy makes of them.
class Nested {
 public:
  Nested(bool value) : kind_(Kind::boolean), integer_(value ? 1 : 0) {}  // NOLINT: implicit
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Nested(I value)  // NOLINT
      : kind_(std::signed_integral<I> ? Kind::integer : Kind::unsigned_integer),
        integer_(static_cast<std::uint64_t>(value)) {}
  template <std::floating_point F>
  Nested(F value) : kind_(Kind::floating), floating_(static_cast<double>(value)) {}  // NOLINT
  Nested(std::initializer_list<Nested> items) : items_(items) {}

 private:
  friend struct detail::Access;
  enum class Kind : std::uint8_t { list, boolean, integer, unsigned_integer, floating };
  Kind kind_ = Kind::list;
  std::uint64_t integer_ = 0;
  double floating_ = 0;
  std::vector<Nested> items_;
};

namespace detail {
// Keeps memory alive: deletes a copy of whatever the caller's owner is.
struct Keeper {
  void* object = nullptr;
  void (*release)(void*) = nullptr;
};
template <typename Owner>
Keeper keep(Owner&& owner) {
  using Copy = std::decay_t<Owner>;
  return {new Copy(std::forward<Owner>(owner)), [](void* p) { delete static_cast<Copy*>(p); }};
}

Array from_array(const Array& other, std::optional<DType> dtype, Where where);
// A copy of elements in C order.
Array from_elements(DType stored, const void* elements, const Shape& shape,
                    std::optional<DType> dtype, Where where);
// A copy of elements that lie `strides` bytes apart.
Array from_strided(DType stored, const void* elements, const Shape& shape,
                   const std::vector<std::int64_t>& strides, Where where);
// No copy; the memory is given back by the keeper.
Array from_owner(DType dtype, const void* data, const Shape& shape,
                 const std::vector<std::int64_t>& strides, Keeper keeper, Where where);
}  // namespace detail

Array array(const Nested& list, std::optional<DType> dtype = {}, Where where = Where::current());
template <std::same_as<Array> A>
Array array(const A& other, std::optional<DType> dtype = {}, Where where = Where::current()) {
  return detail::from_array(other, dtype, where);
}

template <typename T, std::size_t n>
Array array(std::span<T, n> elements, std::optional<DType> dtype = {},
            Where where = Where::current()) {
  return detail::from_elements(dtype_of<std::remove_cv_t<T>>, elements.data(), elements.size(),
                               dtype, where);
}
// A vector is copied, or moved if it is given up: array(std::move(v)).
template <typename T>
Array array(const std::vector<T>& elements, std::optional<DType> dtype = {},
            Where where = Where::current()) {
  if constexpr (std::same_as<T, bool>) {
    const std::vector<unsigned char> bytes(elements.begin(), elements.end());
    return detail::from_elements(bool_, bytes.data(), elements.size(), dtype, where);
  } else {
    return detail::from_elements(dtype_of<T>, elements.data(), elements.size(), dtype, where);
  }
}
template <typename T>
  requires(!std::is_const_v<T> && !std::same_as<T, bool>)
Array array(std::vector<T>&& elements, Where where = Where::current()) {
  const T* const data = elements.data();  // moving a vector does not move its elements
  const Shape shape{static_cast<std::int64_t>(elements.size())};
  return detail::from_owner(dtype_of<T>, data, shape, {}, detail::keep(std::move(elements)), where);
}
// A copy of memory: in C order, or with strides in bytes.
template <typename T>
Array array(const T* elements, const Shape& shape, Where where = Where::current()) {
  return detail::from_elements(dtype_of<T>, elements, shape, {}, where);
}
template <typename T>
Array array(const T* elements, const Shape& shape, const std::vector<std::int64_t>& strides,
            Where where = Where::current()) {
  return detail::from_strided(dtype_of<T>, elements, shape, strides, where);
}

// The caller's memory itself, read when a result is computed and never written: it must not change
// or go away before that. A copy of `owner`, a shared_ptr for instance, is kept as long as the
// array needs the memory. No strides: C order.
template <typename T>
Array borrow(const T* data, const Shape& shape, const std::vector<std::int64_t>& strides = {},
             Where where = Where::current()) {
  return detail::from_owner(dtype_of<T>, data, shape, strides, {}, where);
}
template <typename T, typename Owner>
  requires(!std::same_as<std::decay_t<Owner>, Where>)
Array borrow(const T* data, const Shape& shape, const std::vector<std::int64_t>& strides,
             Owner&& owner, Where where = Where::current()) {
  return detail::from_owner(dtype_of<T>, data, shape, strides,
                            detail::keep(std::forward<Owner>(owner)), where);
}

Array zeros(const Shape& shape, DType dtype = f64, Where where = Where::current());
Array ones(const Shape& shape, DType dtype = f64, Where where = Where::current());
Array empty(const Shape& shape, DType dtype = f64, Where where = Where::current());  // of zeros
Array full(const Shape& shape, const Operand& fill, std::optional<DType> dtype = {});
Array zeros_like(const Operand& x, std::optional<DType> dtype = {});
Array ones_like(const Operand& x, std::optional<DType> dtype = {});
Array empty_like(const Operand& x, std::optional<DType> dtype = {});
Array full_like(const Operand& x, const Operand& fill, std::optional<DType> dtype = {});
Array arange(const Operand& stop, std::optional<DType> dtype = {});
Array arange(const Operand& start, const Operand& stop, const Operand& step = 1,
             std::optional<DType> dtype = {});
Array linspace(const Operand& start, const Operand& stop, std::int64_t num = 50,
               bool endpoint = true, std::optional<DType> dtype = {});
// base to the powers of a linspace; samples at equal ratios from start to stop.
Array logspace(const Operand& start, const Operand& stop, std::int64_t num = 50,
               bool endpoint = true, const Operand& base = 10.0, std::optional<DType> dtype = {});
Array geomspace(const Operand& start, const Operand& stop, std::int64_t num = 50,
                bool endpoint = true, std::optional<DType> dtype = {});
// The indices of a grid: an array for each axis, stacked.
Array indices(const Shape& dimensions, DType dtype = i64, Where where = Where::current());
// Ones at and below a diagonal; an array's elements there, or at and above it.
Array tri(std::int64_t n, std::optional<std::int64_t> m = {}, std::int64_t k = 0, DType dtype = f64,
          Where where = Where::current());
Array tril(const Operand& x, std::int64_t k = 0);
Array triu(const Operand& x, std::int64_t k = 0);
Array eye(std::int64_t n, std::optional<std::int64_t> m = {}, std::int64_t k = 0, DType dtype = f64,
          Where where = Where::current());
Array identity(std::int64_t n, DType dtype = f64, Where where = Where::current());

struct MeshgridOptions {
  bool sparse = false;
  bool ij = false;  // indexing='ij' instead of 'xy'
};
std::vector<Array> meshgrid(const std::vector<Array>& coordinates, MeshgridOptions options = {},
                            Where where = Where::current());

// .npy files. Loading maps the file; what was saved to before is replaced as a whole.
Array load_npy(const std::string& path, Where where = Where::current());
void save_npy(const std::string& path, const Operand& x);

}  // namespace arrayc
