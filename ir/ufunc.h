// Ufuncs: functions of elements. In the tree, a ufunc is one row of ufuncs.def.
//
// From a row come the C++ function, the dialect's name, the interpreter's meaning, the code that is
// generated, the docs table and a generated test against NumPy for each dtype.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/dtype.h"
#include "ir/scalar.h"

namespace arrayc::ir {

// How the types of a loop follow from the arguments' types. "promoted": by NEP 50, see dtype.h.
enum class TypeRule : std::uint8_t {
  numeric,               // the promoted type, also bool
  numeric_no_bool,       // the promoted type; bool is refused with NumPy's sentence
  numeric_no_bool_loop,  // the promoted type, i8 for bool
  division,              // the promoted type, f64 for bool and integers
  floating,              // the promoted type; f16 for bool, i8, u8; f32 for i16, u16; else f64
  own_format,            // as floating; f16 is not widened, since the result is about its bits
  comparison,   // operands promoted, but u64 with a signed integer stays (i64, u64); gives bool
  logical,      // operands of one type stay, others become bool; gives bool
  bitwise,      // the promoted type: bool or an integer
  shift,        // the promoted type: an integer, i8 for bool
  integers,     // the promoted type: an integer
  predicate,    // one operand of any type; gives bool
  double_only,  // f64
  special,      // as floating, but f32 for bool, i8 and u8
  exponent,     // the operand as in floating; gives i32
  scale,        // a float as in floating, and an i32 or i64
  bit_count,    // an integer, i8 for bool; gives u8
  select        // (bool, x, x) -> x with the promoted type x
};

// Which elements a ufunc takes; any other one is an error of the call (checks.h).
enum class Domain : std::uint8_t {
  all,
  integer_power  // of signed integers, exponents that are not negative
};

// Writes the ufunc; `args` have the loop's operand types, `out` is its result type.
using Formula = ScalarBuilder::Reg (*)(ScalarBuilder& b, std::span<const ScalarBuilder::Reg> args,
                                       DType out);

struct Ufunc {
  std::string_view name;     // NumPy's name, also the IR's
  std::string_view aliases;  // further NumPy names, space-separated ("abs" for "absolute")
  int arity;                 // 1 to most_operands
  TypeRule rule;
  Formula formula;
  std::string_view symbol;  // the operator in the dialect and in C++, "" if none
  bool commutative;
  int cost;              // approximate operations per element (add 1, exp 20)
  std::string_view doc;  // one sentence
  Domain domain = Domain::all;
};

std::vector<std::string_view> alias_names(const Ufunc& ufunc);

inline constexpr int most_operands = 4;  // of a ufunc

// One type for each operand.
class OperandTypes {
 public:
  OperandTypes() = default;
  OperandTypes(std::initializer_list<DType> types) {
    for (const DType type : types) push_back(type);
  }
  OperandTypes(int count, DType type) {
    for (int i = 0; i < count; ++i) push_back(type);
  }
  void push_back(DType type) { types_.at(size_++) = type; }
  std::size_t size() const { return size_; }
  DType* begin() { return types_.data(); }
  DType* end() { return types_.data() + size_; }
  const DType* begin() const { return types_.data(); }
  const DType* end() const { return types_.data() + size_; }
  DType operator[](std::size_t i) const { return types_[i]; }
  DType back() const { return types_[size_ - 1]; }

 private:
  std::array<DType, most_operands> types_{};
  std::uint32_t size_ = 0;
};

// The loop chosen for given argument types.
struct UfuncLoop {
  OperandTypes operands;
  DType result;
};

struct Operand {
  DType dtype;
  Weak weak = Weak::strong;
};

// NEP 50 type resolution. Throws NumPy's sentence for types the ufunc does not take.
UfuncLoop resolve(const Ufunc& ufunc, std::span<const Operand> arguments);
// What is wrong with operands of exactly these types, which an operation in text has; "": nothing.
std::string operand_mismatch(const Ufunc& ufunc, std::span<const DType> operands,
                             const UfuncLoop& loop);
// The types a loop is computed in: those of the loop, but f32 for f16 and bf16, unless the ufunc
// only chooses elements or is of `own_format`. The result is then rounded to the loop's.
UfuncLoop computed(const Ufunc& ufunc, UfuncLoop loop);

std::span<const Ufunc> builtin_ufuncs();
const Ufunc* find_builtin_ufunc(std::string_view name_or_alias);
// Folding no elements has no result.
bool lacks_identity(const Ufunc& ufunc);

// Runs a ufunc on values, operand types as the loop says. For folding constants; `fma` is the FMA
// class.
Scalar evaluate(const Ufunc& ufunc, std::span<const Scalar> args, DType out, bool fma);

}  // namespace arrayc::ir
