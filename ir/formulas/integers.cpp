// gcd, lcm and bitwise_count. Magnitudes are unsigned, where the smallest number has one too; what
// does not fit wraps.
#include "ir/formulas/expression.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

namespace {

DType unsigned_type(DType t) {
  switch (item_size(t)) {
    case 1:
      return DType::U8;
    case 2:
      return DType::U16;
    case 4:
      return DType::U32;
    default:
      return DType::U64;
  }
}

Expression magnitude(Expression x) { return abs(x).convert(unsigned_type(x.type())); }

// A byte in every byte of x's type.
Expression repeated(Expression x, std::int64_t byte) {
  return x.integer(byte * 0x0101010101010101);
}

}  // namespace

Reg gcd(ScalarBuilder& b, Args args, DType) { return b.binary(Prim::gcd, args[0], args[1]); }

Reg lcm(ScalarBuilder& b, Args args, DType out) {
  const Expression x = magnitude({b, args[0]}), y = magnitude({b, args[1]});
  // 0 divided by 0 is 0.
  return (binary(Prim::floor_div, x, binary(Prim::gcd, x, y)) * y).convert(out).reg();
}

// Neighbouring counts of 1, 2 and 4 bits are added; a multiplication adds the bytes.
Reg bitwise_count(ScalarBuilder& b, Args args, DType out) {
  const Expression x = magnitude({b, args[0]});
  const Expression pairs = x - ((x >> 1) & repeated(x, 0x55));
  const Expression nibbles = (pairs & repeated(x, 0x33)) + ((pairs >> 2) & repeated(x, 0x33));
  const Expression bytes = (nibbles + (nibbles >> 4)) & repeated(x, 0x0f);
  if (item_size(x.type()) == 1) return bytes.convert(out).reg();
  return ((bytes * repeated(x, 1)) >> (8 * item_size(x.type()) - 8)).convert(out).reg();
}

}  // namespace arrayc::ir::formulas
