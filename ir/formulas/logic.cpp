// Comparisons, logic, bits and questions.
#include <limits>

#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

// Equality and order of a signed and an unsigned number. A negative number is below every unsigned
// one, the others compare as unsigned ones.
Reg compare_mixed(Prim p, Expression x, Expression y) {
  const bool first_signed = is_signed(x.type());
  const Expression negative = first_signed ? x < 0 : y < 0;
  const Expression unsigned_result = compare(p, x.convert(DType::U64), y.convert(DType::U64));
  const bool below = p == Prim::lt || p == Prim::le || p == Prim::ne;
  const bool above = p == Prim::gt || p == Prim::ge || p == Prim::ne;
  const bool if_negative = first_signed ? below : above;
  return (if_negative ? negative | unsigned_result : (!negative) & unsigned_result).reg();
}

Reg compare_any(Prim p, ScalarBuilder& b, Args args) {
  if (b.type_of(args[0]) == b.type_of(args[1])) return b.compare(p, args[0], args[1]);
  return compare_mixed(p, {b, args[0]}, {b, args[1]});
}

Expression truth(ScalarBuilder& b, Reg x) {
  const Expression value(b, x);
  return is_bool(value.type()) ? value : value != 0;
}

Reg combine(Prim p, ScalarBuilder& b, Args args) {
  return binary(p, truth(b, args[0]), truth(b, args[1])).reg();
}

Reg answer(ScalarBuilder& b, bool value) { return b.constant(Scalar::of(value)); }

}  // namespace

Reg equal(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::eq, b, args); }
Reg not_equal(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::ne, b, args); }
Reg less(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::lt, b, args); }
Reg less_equal(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::le, b, args); }
Reg greater(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::gt, b, args); }
Reg greater_equal(ScalarBuilder& b, Args args, DType) { return compare_any(Prim::ge, b, args); }

Reg logical_and(ScalarBuilder& b, Args args, DType) { return combine(Prim::bit_and, b, args); }
Reg logical_or(ScalarBuilder& b, Args args, DType) { return combine(Prim::bit_or, b, args); }
Reg logical_xor(ScalarBuilder& b, Args args, DType) { return combine(Prim::bit_xor, b, args); }
Reg logical_not(ScalarBuilder& b, Args args, DType) { return (!truth(b, args[0])).reg(); }

Reg bitwise_and(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::bit_and, args[0], args[1]);
}
Reg bitwise_or(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::bit_or, args[0], args[1]);
}
Reg bitwise_xor(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::bit_xor, args[0], args[1]);
}
Reg invert(ScalarBuilder& b, Args args, DType) { return b.unary(Prim::bit_not, args[0]); }
Reg left_shift(ScalarBuilder& b, Args args, DType) { return b.binary(Prim::shl, args[0], args[1]); }
Reg right_shift(ScalarBuilder& b, Args args, DType) {
  return b.binary(Prim::shr, args[0], args[1]);
}

Reg isnan(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  return is_float(x.type()) ? is_nan(x).reg() : answer(b, false);
}

Reg isfinite(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  if (!is_float(x.type())) return answer(b, true);
  return (abs(x) < std::numeric_limits<double>::infinity()).reg();
}

Reg isinf(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  if (!is_float(x.type())) return answer(b, false);
  return (abs(x) == std::numeric_limits<double>::infinity()).reg();
}

Reg signbit(ScalarBuilder& b, Args args, DType) {
  const Expression x(b, args[0]);
  if (is_float(x.type())) return (x.as_bits() < 0).reg();
  return is_signed(x.type()) ? (x < 0).reg() : answer(b, false);
}

}  // namespace arrayc::ir::formulas
