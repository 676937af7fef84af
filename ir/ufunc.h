// Ufuncs: functions of elements. In the tree, a ufunc is one row of ufuncs.def.
//
// From a row come the C++ function, the dialect's name, the interpreter's meaning, the code that is
// generated, the docs table and a generated test against NumPy for each dtype.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/dtype.h"
#include "ir/scalar.h"

namespace arrayc::ir {

// How a ufunc's operand and result types follow from its arguments' types.
enum class TypeRule : std::uint8_t {
  numeric,         // promote all; the loop runs in that type (bool where `bool_ok`), result the same
  numeric_no_bool, // the same, bool refused with NumPy's sentence (negative, subtract)
  floating,        // promote, then integers go to the float NumPy picks (i8,u8,bool: f16; i16,u16: f32; else f64)
  comparison,      // promote; result bool
  logical,         // each argument is tested against 0; result bool
  bitwise,         // bool and integers; result the promoted type
  shift,           // integers (bool becomes i8); result the promoted type
  predicate,       // one numeric argument; result bool (isnan, isfinite, isinf, signbit)
  rounding,        // floats stay floats; integers and bool are returned unchanged (floor, ceil, trunc); rint: floating
  select           // (bool, x, x) -> x promoted: where
};

// Writes the ufunc for operands of the loop type; `args` already have the loop's operand types.
using Formula = ScalarBuilder::Reg (*)(ScalarBuilder& b, std::span<const ScalarBuilder::Reg> args,
                                       DType out);

struct Ufunc {
  std::string_view name;     // NumPy's name, also the IR's
  std::string_view aliases;  // further NumPy names, space-separated ("abs" for "absolute")
  int arity;
  TypeRule rule;
  Formula formula;
  std::string_view symbol;  // the operator in the dialect and in C++, "" if none
  bool commutative;
  int cost;                // approximate operations per element (add 1, exp 20)
  std::string_view doc;    // one sentence
};

// The loop chosen for given argument types.
struct UfuncLoop {
  std::vector<DType> operands;
  DType result;
};

struct Operand {
  DType dtype;
  Weak weak = Weak::strong;
};

// NEP 50 type resolution. Throws NumPy's sentence for types the ufunc does not take, and a
// limitation where the loop would run in a type that is not computable yet (f16, bf16, complex).
UfuncLoop resolve(const Ufunc& ufunc, std::span<const Operand> arguments);

std::span<const Ufunc> builtin_ufuncs();
const Ufunc* find_builtin_ufunc(std::string_view name_or_alias);

// Runs a ufunc's formula on values, operand types as the loop says. For folding and interpreting;
// `fma` is the FMA class.
Scalar evaluate(const Ufunc& ufunc, std::span<const Scalar> args, DType out, bool fma);

}  // namespace arrayc::ir
