// Array: a lazy n-dimensional array with a dtype known at run time.
//
// Functions on arrays check types and shapes at once and record what is to be computed; it is
// computed when a value is looked at (printing, item, data, …) or by eval, once. A copy of an Array
// is the same array, as in NumPy; assigning to an Array makes the name mean another one.
#pragma once

#include <arrayc/dtype.h>
#include <arrayc/error.h>
#include <arrayc/index.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arrayc {

using Where = std::source_location;  // where an expression is written; always defaulted

namespace detail {
class Cell;     // the memory or expression that an array is
class View;     // how a view shows it
struct Access;  // the way from here to the implementation
}  // namespace detail

// Extents: zeros(3), zeros({3, 4}), zeros(a.shape()).
class Shape : public std::vector<std::int64_t> {
 public:
  using std::vector<std::int64_t>::vector;
  Shape(std::vector<std::int64_t> extents)  // NOLINT: shapes are written as lists
      : std::vector<std::int64_t>(std::move(extents)) {}
  template <std::integral I>
  Shape(I extent) : std::vector<std::int64_t>(1, static_cast<std::int64_t>(extent)) {}  // NOLINT
};

// Axes: 1, {0, 2}, or none for all.
class Axis {
 public:
  Axis(None = none) {}  // NOLINT: axes are written as integers and lists
  template <std::integral I>
  Axis(I axis) : axes_(std::in_place, 1, static_cast<std::int64_t>(axis)) {}  // NOLINT
  Axis(std::initializer_list<std::int64_t> axes) : axes_(std::in_place, axes) {}
  Axis(std::vector<std::int64_t> axes) : axes_(std::move(axes)) {}  // NOLINT
  const std::optional<std::vector<std::int64_t>>& list() const { return axes_; }

 private:
  std::optional<std::vector<std::int64_t>> axes_;
};

// An array, a number or nothing, as a member of what follows. It refers to the array.
class Given {
 public:
  Given() noexcept = default;
  Given(const Array& array) noexcept : kind_(Kind::array), array_(&array) {}  // NOLINT: implicit
  Given(bool number) noexcept : kind_(Kind::boolean), integer_(number) {}     // NOLINT
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Given(I number) noexcept  // NOLINT
      : kind_(std::signed_integral<I> ? Kind::integer : Kind::unsigned_integer),
        integer_(static_cast<std::uint64_t>(number)) {}
  template <std::floating_point F>
  Given(F number) noexcept  // NOLINT
      : kind_(Kind::floating), floating_(static_cast<double>(number)) {}
  template <detail::ComplexNumber C>
  Given(const C& number) noexcept  // NOLINT
      : kind_(Kind::complex),
        complex_{static_cast<double>(number.real()), static_cast<double>(number.imag())} {}

 private:
  friend struct detail::Access;
  enum class Kind : std::uint8_t {
    nothing,
    array,
    boolean,
    integer,
    unsigned_integer,
    floating,
    complex
  };
  Kind kind_ = Kind::nothing;
  union {
    const Array* array_ = nullptr;
    std::uint64_t integer_;
    double floating_;
    double complex_[2];
  };
};

struct Reduction {
  Axis axis = {};
  bool keepdims = false;
  std::optional<DType> dtype = {};  // of the accumulation
  Given where = {};                 // a mask of the elements that are folded
  Given initial = {};               // a number that is folded as well; not of mean and ptp
};
struct VarianceReduction {
  Axis axis = {};
  bool keepdims = false;
  std::optional<DType> dtype = {};
  double ddof = 0;
  Given where = {};
};
struct ArgReduction {
  std::optional<std::int64_t> axis = {};
  bool keepdims = false;
};

class Operand;

class Array {
 public:
  Array() noexcept = default;  // no array; anything but assigning to it is an error
  Array(const Array& other) noexcept;
  Array(Array&& other) noexcept;
  ~Array();
  Array& operator=(const Array& other) & noexcept;  // the name means another array from now on
  Array& operator=(Array&& other) & noexcept;
  void operator=(const Operand& value) &&;  // a(…) = value: stores into what a(…) shows
  void operator=(const Array& value) &&;

  // What is known without computing.
  DType dtype() const;
  Shape shape() const;
  std::int64_t ndim() const;
  std::int64_t size() const;
  std::int64_t nbytes() const;
  std::int64_t itemsize() const;

  // Elements. These compute the array if it is not computed yet.
  template <typename T>
  T item(
      Where where = Where::current()) const {  // of an array of one element, of exactly this type
    T value;
    read_item(dtype_of<T>, &value, where);
    return value;
  }
  template <typename T>
  std::vector<T> to_vector(Where where = Where::current()) const;  // in C order
  // In memory, in C order; valid as long as this array is.
  template <typename T>
  std::span<const T> as_span(Where where = Where::current()) const {
    return {static_cast<const T*>(contiguous_data(dtype_of<T>, where)),
            static_cast<std::size_t>(size())};
  }
  const void* data(Where where = Where::current()) const;
  std::vector<std::int64_t> strides(Where where = Where::current()) const;  // in bytes
  explicit operator bool() const;  // of an array of one element, as Python's bool(), float(), int()
  explicit operator double() const;
  explicit operator std::int64_t() const;

  // Basic indexing: a view.
  Array operator[](const Index& i) const;
  Array operator()(const Index& a) const;
  Array operator()(const Index& a, const Index& b) const;
  Array operator()(const Index& a, const Index& b, const Index& c) const;
  Array operator()(const Index& a, const Index& b, const Index& c, const Index& d) const;
  Array operator()(const Index& a, const Index& b, const Index& c, const Index& d,
                   const Index& e) const;
  Array operator()(const Index& a, const Index& b, const Index& c, const Index& d, const Index& e,
                   const Index& f) const;
  template <std::convertible_to<std::string_view> Text>  // a("1:-1, ::2")
  Array operator()(const Text& text, Where where = Where::current()) const {
    return index_by_text(text, where);
  }

  // In place: seen through every copy and view of this array. The dtype stays.
  Array& operator+=(const Operand& x);
  Array& operator-=(const Operand& x);
  Array& operator*=(const Operand& x);
  Array& operator/=(const Operand& x);
  Array& operator%=(const Operand& x);
  Array& operator&=(const Operand& x);
  Array& operator|=(const Operand& x);
  Array& operator^=(const Operand& x);
  Array& operator<<=(const Operand& x);
  Array& operator>>=(const Operand& x);

  // NumPy's methods; each is also a function.
  Array T(Where where = Where::current()) const;
  Array astype(DType dtype, Where where = Where::current()) const;
  Array copy(Where where = Where::current()) const;
  Array reshape(const Shape& shape, Where where = Where::current()) const;
  Array ravel(Where where = Where::current()) const;
  Array flatten(Where where = Where::current()) const;
  Array transpose(const Axis& axes = none, Where where = Where::current()) const;
  Array swapaxes(std::int64_t a, std::int64_t b, Where where = Where::current()) const;
  Array squeeze(const Axis& axis = none, Where where = Where::current()) const;
  Array clip(const Operand& low, const Operand& high) const;
  Array dot(const Operand& other) const;
  Array sum(const Reduction& how = {}, Where where = Where::current()) const;
  Array prod(const Reduction& how = {}, Where where = Where::current()) const;
  Array min(const Reduction& how = {}, Where where = Where::current()) const;
  Array max(const Reduction& how = {}, Where where = Where::current()) const;
  Array any(const Reduction& how = {}, Where where = Where::current()) const;
  Array all(const Reduction& how = {}, Where where = Where::current()) const;
  Array mean(const Reduction& how = {}, Where where = Where::current()) const;
  Array var(const VarianceReduction& how = {}, Where where = Where::current()) const;
  Array std(const VarianceReduction& how = {}, Where where = Where::current()) const;
  Array argmin(const ArgReduction& how = {}, Where where = Where::current()) const;
  Array argmax(const ArgReduction& how = {}, Where where = Where::current()) const;

 private:
  friend struct detail::Access;
  Array index_by_text(std::string_view text, Where where) const;
  void read_item(DType dtype, void* out, Where where) const;
  const void* contiguous_data(DType dtype, Where where) const;
  void copy_elements(DType dtype, void* out, Where where) const;

  detail::Cell* cell_ = nullptr;
  detail::View* view_ = nullptr;
};

template <typename T>
std::vector<T> Array::to_vector(Where where) const {
  if constexpr (std::same_as<T, bool>) {
    const std::span<const bool> elements = as_span<bool>(where);
    return {elements.begin(), elements.end()};
  } else {
    std::vector<T> elements(static_cast<std::size_t>(size()));
    copy_elements(dtype_of<T>, elements.data(), where);
    return elements;
  }
}

template <typename T>
std::vector<T> to_vector(const Array& array, Where where = Where::current()) {
  return array.to_vector<T>(where);
}
template <typename T>
std::span<const T> as_span(const Array& array, Where where = Where::current()) {
  return array.as_span<T>(where);
}

// What functions of arrays take: an array or a number. Numbers are weak, as Python's are: x * 2.0
// keeps x's float type. It remembers where it was written, for errors.
class Operand {
 public:
  Operand(const Array& array, Where where = Where::current()) noexcept  // NOLINT: implicit
      : kind_(Kind::array), array_(&array), where_(where) {}
  template <std::floating_point F>
  Operand(F number, Where where = Where::current()) noexcept  // NOLINT
      : kind_(Kind::floating), floating_(static_cast<double>(number)), where_(where) {}
  Operand(bool number, Where where = Where::current()) noexcept  // NOLINT
      : kind_(Kind::boolean), integer_(number ? 1 : 0), where_(where) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Operand(I number, Where where = Where::current()) noexcept  // NOLINT
      : kind_(std::signed_integral<I> ? Kind::integer : Kind::unsigned_integer),
        integer_(static_cast<std::uint64_t>(number)),
        where_(where) {}
  template <detail::ComplexNumber C>
  Operand(const C& number, Where where = Where::current()) noexcept  // NOLINT
      : kind_(Kind::complex),
        complex_{static_cast<double>(number.real()), static_cast<double>(number.imag())},
        where_(where) {}
  Operand(const Operand&) = delete;  // it refers to the array
  Operand& operator=(const Operand&) = delete;

 private:
  friend struct detail::Access;
  enum class Kind : std::uint8_t { array, boolean, integer, unsigned_integer, floating, complex };
  Kind kind_;
  union {
    const Array* array_;
    std::uint64_t integer_;
    double floating_;
    double complex_[2];
  };
  Where where_;
};

template <std::integral I>
Array All::operator()(const Operand& x, I axis) const {
  return (*this)(x, Reduction{.axis = axis});
}

Array operator+(const Operand& a, const Operand& b);
Array operator-(const Operand& a, const Operand& b);
Array operator*(const Operand& a, const Operand& b);
Array operator/(const Operand& a, const Operand& b);
Array operator%(const Operand& a, const Operand& b);
Array operator&(const Operand& a, const Operand& b);
Array operator|(const Operand& a, const Operand& b);
Array operator^(const Operand& a, const Operand& b);
Array operator<<(const Operand& a, const Operand& b);
Array operator>>(const Operand& a, const Operand& b);
// Elementwise; array_equal gives a bool.
Array operator==(const Operand& a, const Operand& b);
Array operator!=(const Operand& a, const Operand& b);
Array operator<(const Operand& a, const Operand& b);
Array operator<=(const Operand& a, const Operand& b);
Array operator>(const Operand& a, const Operand& b);
Array operator>=(const Operand& a, const Operand& b);
Array operator-(const Operand& x);
Array operator+(const Operand& x);
Array operator~(const Operand& x);

std::ostream& operator<<(std::ostream& out, const Array& array);

}  // namespace arrayc
