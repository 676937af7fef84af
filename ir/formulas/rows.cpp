// The formulas that rows of ufuncs.def end with. They may call other ufuncs: `1 / (1 + exp(-x))`.
#include <concepts>

#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"
#include "ir/ufunc.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

constexpr bool gives_bool(TypeRule rule) {
  return rule == TypeRule::comparison || rule == TypeRule::logical || rule == TypeRule::predicate;
}

// A ufunc of expressions of one type. (Of `where` the first is a bool, the last has the type.)
template <typename... X>
Expression call(Formula formula, TypeRule rule, Expression x, X... rest) {
  const Reg args[] = {x.reg(), rest.reg()...};
  const DType type = x.builder().type_of(args[sizeof...(rest)]);
  return {x.builder(), formula(x.builder(), args, gives_bool(rule) ? DType::Bool : type)};
}

// The ufuncs under their names. They are templates, so that what expression.h has comes first.
template <typename X>
concept Operand = std::same_as<X, Expression>;
#define CALL_1(name, rule)      \
  template <Operand X>          \
  Expression name(X x) {        \
    return call(name, rule, x); \
  }
#define CALL_2(name, rule)                           \
  template <Operand X>                               \
  Expression name(X x, X y) {                        \
    return call(name, rule, x, y);                   \
  }                                                  \
  template <Operand X, Number Y>                     \
  Expression name(X x, Y y) {                        \
    return call(name, rule, x, constant_like(x, y)); \
  }                                                  \
  template <Number X, Operand Y>                     \
  Expression name(X x, Y y) {                        \
    return call(name, rule, constant_like(y, x), y); \
  }
#define CALL_3(name, rule)            \
  template <Operand X>                \
  Expression name(X x, X y, X z) {    \
    return call(name, rule, x, y, z); \
  }
#define UFUNC(name, aliases, arity, rule, ...) CALL_##arity(name, TypeRule::rule)
#include "ir/ufuncs.def"

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
