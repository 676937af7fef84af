// The formulas that rows of ufuncs.def end with.
#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

#define ROW_1(name, formula)                     \
  Reg name(ScalarBuilder& b, Args args, DType) { \
    const Expression x(b, args[0]);              \
    return Expression(formula).reg();            \
  }
#define ROW_2(name, formula)                       \
  Reg name(ScalarBuilder& b, Args args, DType) {   \
    const Expression x(b, args[0]), y(b, args[1]); \
    return Expression(formula).reg();              \
  }
#define ROW_3(name, formula)                                      \
  Reg name(ScalarBuilder& b, Args args, DType) {                  \
    const Expression x(b, args[0]), y(b, args[1]), z(b, args[2]); \
    return Expression(formula).reg();                             \
  }
#define UFUNC(name, aliases, arity, rule, symbol, commutative, cost, doc, ...) \
  __VA_OPT__(ROW_##arity(name, (__VA_ARGS__)))
#include "ir/ufuncs.def"
#undef ROW_1
#undef ROW_2
#undef ROW_3

}  // namespace arrayc::ir::formulas
