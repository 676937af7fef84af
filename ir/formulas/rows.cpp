// The formulas that rows of ufuncs.def end with. They may call other ufuncs: `1 / (1 + exp(-x))`.
#include <concepts>
#include <vector>

#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"
#include "ir/ufunc.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

// A ufunc of expressions, with NumPy's type rules.
[[maybe_unused]] Expression call(std::string_view name,
                                 std::initializer_list<Expression> operands) {
  const Ufunc& ufunc = *find_builtin_ufunc(name);
  std::vector<ir::Operand> types;
  for (const Expression& x : operands) types.push_back({x.type()});
  const UfuncLoop loop = resolve(ufunc, types);
  std::vector<Reg> args;
  for (const Expression& x : operands) {
    const DType type = loop.operands[args.size()];
    args.push_back(x.type() == type ? x.reg() : x.convert(type).reg());
  }
  ScalarBuilder& b = operands.begin()->builder();
  return {b, ufunc.formula(b, args, loop.result)};
}

// The ufuncs under their names. They are templates, so that what expression.h has comes first.
template <typename X>
concept Operand = std::same_as<X, Expression>;
#define CALL_1(name)         \
  template <Operand X>       \
  Expression name(X x) {     \
    return call(#name, {x}); \
  }
#define CALL_2(name)                              \
  template <Operand X>                            \
  Expression name(X x, X y) {                     \
    return call(#name, {x, y});                   \
  }                                               \
  template <Operand X, Number Y>                  \
  Expression name(X x, Y y) {                     \
    return call(#name, {x, constant_like(x, y)}); \
  }                                               \
  template <Number X, Operand Y>                  \
  Expression name(X x, Y y) {                     \
    return call(#name, {constant_like(y, x), y}); \
  }
#define CALL_3(name)               \
  template <Operand X>             \
  Expression name(X x, X y, X z) { \
    return call(#name, {x, y, z}); \
  }
#define UFUNC(name, aliases, arity, ...) CALL_##arity(name)
#include "ir/ufuncs.def"
#undef CALL_1
#undef CALL_2
#undef CALL_3

}  // namespace

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
