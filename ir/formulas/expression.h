// Formulas written as expressions: `x * x + 1.0` emits a multiplication and an addition.
//
// Both operands of an operator have one type. A number beside an expression becomes a constant of
// the expression's type (rounded to it, for f32), so one formula serves both float types.
#pragma once

#include <initializer_list>
#include <span>

#include "ir/scalar.h"

namespace arrayc::ir::formulas {

class Expression {
 public:
  using Reg = ScalarBuilder::Reg;
  Expression(ScalarBuilder& b, Reg r) : builder_(&b), reg_(r) {}

  Reg reg() const { return reg_; }
  ScalarBuilder& builder() const { return *builder_; }
  DType type() const { return builder_->type_of(reg_); }
  bool is_double() const { return type() == DType::F64; }

  // Constants of this expression's type.
  Expression number(double v) const { return {*builder_, builder_->number(type(), v)}; }
  Expression integer(std::int64_t v) const { return {*builder_, builder_->integer(type(), v)}; }

  Expression convert(DType to) const { return {*builder_, builder_->convert(reg_, to)}; }
  // In the type that arithmetic on it is done in.
  Expression widened() const { return convert(arithmetic_dtype(type())); }
  // The float's bits as a signed integer of its width, and back.
  Expression as_bits() const {
    const int size = item_size(type());
    const DType bits = size == 8 ? DType::I64 : size == 4 ? DType::I32 : DType::I16;
    return {*builder_, builder_->bitcast(reg_, bits)};
  }
  Expression as(DType to) const { return {*builder_, builder_->bitcast(reg_, to)}; }
  Expression as_float() const {
    return {*builder_, builder_->bitcast(reg_, item_size(type()) == 8 ? DType::F64 : DType::F32)};
  }

 private:
  ScalarBuilder* builder_;
  Reg reg_;
};

inline Expression unary(Prim p, Expression x) {
  return {x.builder(), x.builder().unary(p, x.reg())};
}
inline Expression binary(Prim p, Expression x, Expression y) {
  return {x.builder(), x.builder().binary(p, x.reg(), y.reg())};
}
inline Expression compare(Prim p, Expression x, Expression y) {
  return {x.builder(), x.builder().compare(p, x.reg(), y.reg())};
}

// A number as an operand: any arithmetic C++ type, in the type of the expression beside it.
template <typename T>
concept Number = std::is_arithmetic_v<T>;
template <Number T>
Expression constant_like(Expression x, T v) {
  if constexpr (std::is_integral_v<T>)
    return x.integer(static_cast<std::int64_t>(v));
  else
    return x.number(static_cast<double>(v));
}

#define ARRAYC_OPERATOR(op, emit, prim)                                                  \
  inline Expression operator op(Expression x, Expression y) { return emit(prim, x, y); } \
  template <Number T>                                                                    \
  Expression operator op(Expression x, T y) {                                            \
    return x op constant_like(x, y);                                                     \
  }                                                                                      \
  template <Number T>                                                                    \
  Expression operator op(T x, Expression y) {                                            \
    return constant_like(y, x) op y;                                                     \
  }
ARRAYC_OPERATOR(+, binary, Prim::add)
ARRAYC_OPERATOR(-, binary, Prim::sub)
ARRAYC_OPERATOR(*, binary, Prim::mul)
ARRAYC_OPERATOR(/, binary, Prim::div)
ARRAYC_OPERATOR(&, binary, Prim::bit_and)
ARRAYC_OPERATOR(|, binary, Prim::bit_or)
ARRAYC_OPERATOR(^, binary, Prim::bit_xor)
ARRAYC_OPERATOR(<<, binary, Prim::shl)
ARRAYC_OPERATOR(>>, binary, Prim::shr)
ARRAYC_OPERATOR(==, compare, Prim::eq)
ARRAYC_OPERATOR(!=, compare, Prim::ne)
ARRAYC_OPERATOR(<, compare, Prim::lt)
ARRAYC_OPERATOR(<=, compare, Prim::le)
ARRAYC_OPERATOR(>, compare, Prim::gt)
ARRAYC_OPERATOR(>=, compare, Prim::ge)
#undef ARRAYC_OPERATOR

inline Expression operator-(Expression x) { return unary(Prim::neg, x); }
inline Expression operator!(Expression x) { return unary(Prim::bit_not, x); }
inline Expression abs(Expression x) { return unary(Prim::abs, x); }
inline Expression copysign(Expression x, Expression sign) {
  return binary(Prim::copysign, x, sign);
}
inline Expression is_nan(Expression x) { return x != x; }

inline Expression select(Expression condition, Expression x, Expression y) {
  return {x.builder(), x.builder().select(condition.reg(), x.reg(), y.reg())};
}
template <Number T>
Expression select(Expression condition, T x, Expression y) {
  return select(condition, constant_like(y, x), y);
}
template <Number T>
Expression select(Expression condition, Expression x, T y) {
  return select(condition, x, constant_like(x, y));
}

// x * y + z by the FMA class: one rounding or two.
inline Expression multiply_add(Expression x, Expression y, Expression z) {
  return {x.builder(), x.builder().multiply_add(x.reg(), y.reg(), z.reg())};
}
template <Number T>
Expression multiply_add(Expression x, T y, Expression z) {
  return multiply_add(x, constant_like(x, y), z);
}
template <Number T>
Expression multiply_add(Expression x, Expression y, T z) {
  return multiply_add(x, y, constant_like(x, z));
}

// c[0] + c[1]*x + c[2]*x^2 + …, even and odd terms apart, so that two chains run side by side.
Expression polynomial(Expression x, std::span<const Expression> coefficients);
Expression polynomial(Expression x, std::span<const double> coefficients);
inline Expression polynomial(Expression x, std::initializer_list<double> coefficients) {
  return polynomial(x, std::span<const double>(coefficients.begin(), coefficients.size()));
}

}  // namespace arrayc::ir::formulas
