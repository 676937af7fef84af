// Element types, and NumPy's (NEP 50) promotion of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace arrayc::ir {

enum class DType : std::uint8_t {
#define DTYPE(id, ...) id,
#include "ir/dtypes.def"
};

enum class Kind : std::uint8_t { boolean, signed_integer, unsigned_integer, floating, complex };

struct DTypeInfo {
  DType id;
  std::string_view name;        // "f64"
  std::string_view numpy_name;  // "float64"
  Kind kind;
  int bits;  // of one element; `bool` takes a byte
  std::string_view c_name;
};

const DTypeInfo& info(DType t);
std::span<const DTypeInfo> all_dtypes();

inline std::string_view name(DType t) { return info(t).name; }
inline std::string_view numpy_name(DType t) { return info(t).numpy_name; }
inline Kind kind(DType t) { return info(t).kind; }
inline int item_size(DType t) { return info(t).bits / 8; }
inline bool is_bool(DType t) { return t == DType::Bool; }
inline bool is_signed(DType t) { return kind(t) == Kind::signed_integer; }
inline bool is_unsigned(DType t) { return kind(t) == Kind::unsigned_integer; }
inline bool is_integer(DType t) { return is_signed(t) || is_unsigned(t); }
inline bool is_float(DType t) { return kind(t) == Kind::floating; }
inline bool is_complex(DType t) { return kind(t) == Kind::complex; }

// Of a complex type, that of its parts; and of a float type, the complex type that NumPy gives its
// numbers: c64 for f16, bf16 and f32, else c128.
inline DType part_dtype(DType complex) { return complex == DType::C64 ? DType::F32 : DType::F64; }
inline DType complex_dtype(DType part) {
  return is_float(part) && part != DType::F64 ? DType::C64 : DType::C128;
}

// The type that arithmetic on t is done in: f32 for f16 and bf16, whose results are then rounded,
// and t itself for the others.
DType arithmetic_dtype(DType t);
// f16 and bf16: there are casts of them and choices between them, but no primitive arithmetic.
inline bool is_narrow_float(DType t) { return arithmetic_dtype(t) != t; }

// Accepts IR names ("f64") and NumPy's long names ("float64", "int", "float", "bool_").
std::optional<DType> parse_dtype(std::string_view name);

// The result type of combining two *strong* operands (arrays and NumPy scalars).
DType promote(DType a, DType b);

// NumPy's rules for what may be converted without being asked for.
enum class Casting : std::uint8_t { no, equiv, safe, same_kind, unsafe };
std::string_view name(Casting casting);  // "same_kind"
std::optional<Casting> parse_casting(std::string_view name);
bool can_cast(DType from, DType to, Casting casting);

// A weak operand is a Python-style scalar: it takes the other operand's type if its own kind is
// not higher, else the default type of its kind.
enum class Weak : std::uint8_t { strong, boolean, integer, floating, complex };
DType promote_weak(DType strong, Weak weak);
DType default_dtype(Weak weak);  // bool, i64, f64, c128

}  // namespace arrayc::ir
