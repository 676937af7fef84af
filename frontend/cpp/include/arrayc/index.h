// What goes between the parentheses of a(…): slices, integers, all, newaxis and dots.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <source_location>

namespace arrayc {

class Array;
class Operand;
struct Reduction;

struct None {};
inline constexpr None none{};  // a part of a slice that is left out
struct NewAxis {};
inline constexpr NewAxis newaxis{};  // an axis of length 1
struct Dots {};
inline constexpr Dots dots{};  // as many whole axes as are needed: Python's `...`
// `all` is a whole axis in an index, a(all, 0), and the reduction all(x).
struct All {
  Array operator()(const Operand& x) const;
  Array operator()(const Operand& x, const Reduction& how) const;
  template <std::integral I>
  Array operator()(const Operand& x, I axis) const;
};
inline constexpr All all{};

// start, stop or step of a slice: an integer or none.
struct Bound {
  Bound(None) {}  // NOLINT: bounds are written as integers and none
  template <std::integral I>
  Bound(I integer) : value(static_cast<std::int64_t>(integer)) {}  // NOLINT
  std::optional<std::int64_t> value;
};

// Python's slice: slice(stop), slice(start, stop), slice(start, stop, step).
struct slice {
  explicit slice(Bound end) : stop(end) {}
  slice(Bound begin, Bound end, Bound stride = none) : start(begin), stop(end), step(stride) {}
  Bound start = none;
  Bound stop = none;
  Bound step = none;
};

// One item of an index. It remembers where it was written, for errors.
class Index {
 public:
  enum class Kind : std::uint8_t { range, integer, new_axis, ellipsis, array };
  using Where = std::source_location;

  template <std::integral I>
  Index(I i, Where where = Where::current())  // NOLINT: items are written without this name
      : kind(Kind::integer), integer(static_cast<std::int64_t>(i)), place(where) {}
  Index(slice s, Where where = Where::current())  // NOLINT
      : kind(Kind::range), range(s), place(where) {}
  Index(All, Where where = Where::current())  // NOLINT
      : kind(Kind::range), place(where) {}
  Index(NewAxis, Where where = Where::current())  // NOLINT
      : kind(Kind::new_axis), place(where) {}
  Index(Dots, Where where = Where::current())  // NOLINT
      : kind(Kind::ellipsis), place(where) {}
  // Index arrays and masks are a Limitation for now.
  Index(const Array&, Where where = Where::current())  // NOLINT
      : kind(Kind::array), place(where) {}

  Kind kind;
  std::int64_t integer = 0;
  slice range{none, none};
  Where place;
};

}  // namespace arrayc
