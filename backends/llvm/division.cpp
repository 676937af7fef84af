// Division of many numbers by one; see stage.h.
//
// A vector of quotients takes a processor as long as a dozen multiplications. With y = 1/s rounded
// once for all of them, q = x*y is off by less than two units in the last place, one step
// q + (x - q*s)*y brings it within one unit, and a second one gives the rounded quotient: x - q*s
// is exact in a fused multiply-add (P. Markstein, Computation of elementary functions on the IBM
// RISC System/6000 processor, IBM J. Res. Dev. 34, 1990, theorem 3.1). Nothing in between may
// overflow or lose bits below the smallest number: vectors with such lanes are divided.
#include "backends/llvm/stage.h"

namespace arrayc::backends {

using ir::DType;
using llvm::Value;

namespace {

struct Range {
  double least, most;  // magnitudes of x, other than 0
  double least_divisor, most_divisor;
};

// x - q*s is a multiple of the product of two last places.
constexpr Range range_of_f64{0x1p-900, 0x1p900, 0x1p-100, 0x1p100};
constexpr Range range_of_f32{0x1p-99, 0x1p99, 0x1p-26, 0x1p26};
const Range& range_of(llvm::Type* type) {
  return type->getScalarType()->isDoubleTy() ? range_of_f64 : range_of_f32;
}

}  // namespace

// It pays where vectors are as long as AVX-512's.
bool StageEmitter::divides_by_one_number(ir::loops::Id id) const {
  const ir::loops::Node& node = kernel_.nodes[id];
  const auto item = static_cast<unsigned>(ir::item_size(node.type));
  return node.prim == ir::Prim::div && (node.type == DType::F64 || node.type == DType::F32) &&
         values_of_.native().fma && vector_bytes_ == 64 && lanes_ * item >= vector_bytes_ &&
         varying(node.args[0]) && !varying(node.args[1]);
}

// The divisor's inverse, its negative, and the largest x: below 0 if the divisor is out of range.
const StageEmitter::Carried& StageEmitter::divisor(Value* s) {
  Carried& made = divisors_[s];
  if (!made.empty()) return made;
  const Range& range = range_of(s->getType());
  after(s, [&] {
    llvm::Type* type = s->getType();
    const auto number = [&](double v) { return llvm::ConstantFP::get(type, v); };
    Value* size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, s);
    Value* usual = b_.CreateAnd(b_.CreateFCmpOGE(size, number(range.least_divisor)),
                                b_.CreateFCmpOLE(size, number(range.most_divisor)));
    made = {b_.CreateFDiv(number(1), s), b_.CreateFNeg(s),
            b_.CreateSelect(usual, number(range.most), number(-1))};
  });
  return made;
}

Value* StageEmitter::divide_by_one_number(Value* x, Value* s) {
  llvm::Type* type = x->getType();
  const Carried scalars = divisor(s);
  Value* inverse = widen(scalars[0]);
  Value* minus = widen(scalars[1]);
  const auto fma = [&](Value* a, Value* b, Value* c) {
    return b_.CreateIntrinsic(llvm::Intrinsic::fma, {type}, {a, b, c});
  };
  Value* first = b_.CreateFMul(x, inverse);
  Value* close = fma(fma(minus, first, x), inverse, first);
  Value* quotient = fma(fma(minus, close, x), inverse, close);
  // Of a zero only the first has the sign.
  llvm::Type* bits =
      values_of_.type(type->getScalarType()->isDoubleTy() ? DType::I64 : DType::I32, lanes_);
  Value* sign = b_.CreateAnd(
      b_.CreateBitCast(first, bits),
      llvm::ConstantInt::get(bits, llvm::APInt::getSignMask(bits->getScalarSizeInBits())));
  quotient = b_.CreateBitCast(b_.CreateOr(b_.CreateBitCast(quotient, bits), sign), type);
  Value* size = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  Value* large = b_.CreateFCmpUGT(size, widen(scalars[2]));
  Value* small =
      b_.CreateAnd(b_.CreateFCmpOLT(size, llvm::ConstantFP::get(type, range_of(type).least)),
                   b_.CreateFCmpONE(x, llvm::Constant::getNullValue(type)));
  return values_of_.unless_any(b_.CreateOr(large, small), {quotient},
                               [&] { return Carried{b_.CreateFDiv(x, widen(s))}; })[0];
}

}  // namespace arrayc::backends
