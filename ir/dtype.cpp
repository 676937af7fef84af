#include "ir/dtype.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <utility>

#include "ir/diagnostic.h"

namespace arrayc::ir {

namespace {

constexpr DTypeInfo kDTypes[] = {
#define DTYPE(id, name, numpy_name, kind, bits, c_name) \
  {DType::id, name, numpy_name, kind, bits, c_name},
#include "ir/dtypes.def"
};
constexpr std::size_t kCount = std::size(kDTypes);

using Row = std::array<DType, kCount>;

constexpr std::array<Row, kCount> promotion_table() {
  using enum DType;
  std::array<Row, kCount> table{};
#define PROMOTE(row, ...) table[static_cast<std::size_t>(DType::row)] = Row{__VA_ARGS__};
#include "ir/promotion.def"
  return table;
}
constexpr std::array<Row, kCount> kPromotion = promotion_table();

// NumPy's further names of the types, as they are on 64-bit Linux.
constexpr std::pair<std::string_view, DType> kAliases[] = {
    {"bool_", DType::Bool},   {"int", DType::I64},     {"int_", DType::I64},
    {"intp", DType::I64},     {"uint", DType::U64},    {"uintp", DType::U64},
    {"half", DType::F16},     {"single", DType::F32},  {"float", DType::F64},
    {"double", DType::F64},   {"csingle", DType::C64}, {"complex", DType::C128},
    {"cdouble", DType::C128},
};

}  // namespace

const DTypeInfo& info(DType t) { return kDTypes[static_cast<std::size_t>(t)]; }

std::span<const DTypeInfo> all_dtypes() { return kDTypes; }

DType arithmetic_dtype(DType t) { return is_float(t) && item_size(t) == 2 ? DType::F32 : t; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeInfo& row : kDTypes) {
    if (name == row.name || name == row.numpy_name) return row.id;
  }
  for (const auto& [alias, dtype] : kAliases) {
    if (name == alias) return dtype;
  }
  return std::nullopt;
}

DType promote(DType a, DType b) {
  return kPromotion[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
}

namespace {

constexpr std::string_view kCastings[] = {"no", "equiv", "safe", "same_kind", "unsafe"};

// Kinds that same_kind does not go down in: b < u < i < f < c.
int rank_of_kind(DType t) {
  if (is_bool(t)) return 0;
  if (is_unsigned(t)) return 1;
  if (is_signed(t)) return 2;
  return is_float(t) ? 3 : 4;
}

}  // namespace

std::string_view name(Casting casting) { return kCastings[static_cast<std::size_t>(casting)]; }

std::optional<Casting> parse_casting(std::string_view name) {
  for (std::size_t k = 0; k < std::size(kCastings); ++k) {
    if (kCastings[k] == name) return static_cast<Casting>(k);
  }
  return std::nullopt;
}

bool can_cast(DType from, DType to, Casting casting) {
  if (casting == Casting::unsafe || from == to) return true;
  if (casting == Casting::no || casting == Casting::equiv) return false;
  if (promote(from, to) == to) return true;
  return casting == Casting::same_kind && rank_of_kind(from) <= rank_of_kind(to);
}

DType promote_weak(DType strong, Weak weak) {
  const bool exact = is_bool(strong) || is_integer(strong);
  switch (weak) {
    case Weak::strong:
    case Weak::boolean:
      return strong;
    case Weak::integer:
      return is_bool(strong) ? DType::I64 : strong;
    case Weak::floating:
      return exact ? DType::F64 : strong;
    case Weak::complex:
      if (is_complex(strong)) return strong;
      return exact || strong == DType::F64 ? DType::C128 : DType::C64;
  }
  return strong;
}

DType default_dtype(Weak weak) {
  switch (weak) {
    case Weak::boolean:
      return DType::Bool;
    case Weak::integer:
      return DType::I64;
    case Weak::complex:
      return DType::C128;
    case Weak::strong:
    case Weak::floating:
      break;
  }
  return DType::F64;
}

}  // namespace arrayc::ir
