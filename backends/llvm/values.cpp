#include "backends/llvm/values.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>

#include "backends/llvm/narrow_floats.h"
#include "backends/llvm/poison_check.h"
#include "ir/diagnostic.h"
#include "runtime/planted.h"

namespace arrayc::backends {

using ir::DType;
using ir::Prim;
namespace Intrinsic = llvm::Intrinsic;
using llvm::Constant;
using llvm::ConstantInt;
using llvm::Value;

namespace {

unsigned lanes_of(llvm::Type* t) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(t);
  return vector != nullptr ? vector->getNumElements() : 1;
}

llvm::Type* with_lanes(llvm::Type* element, unsigned lanes) {
  return lanes == 1 ? element : llvm::FixedVectorType::get(element, lanes);
}

bool is_positive_constant(const Value* v) {
  const auto* constant = llvm::dyn_cast<Constant>(v);
  if (constant != nullptr && v->getType()->isVectorTy()) constant = constant->getSplatValue();
  const auto* integer = llvm::dyn_cast_or_null<ConstantInt>(constant);
  return integer != nullptr && integer->getValue().isStrictlyPositive();
}

}  // namespace

llvm::Type* Values::type(DType t, unsigned lanes) const {
  if (ir::is_complex(t)) ir::bug("llvm: a value of type " + std::string(ir::name(t)));
  llvm::Type* element = nullptr;
  if (ir::is_bool(t)) {
    element = b_.getInt1Ty();
  } else if (ir::is_integer(t) || ir::is_narrow_float(t)) {
    element = b_.getIntNTy(static_cast<unsigned>(ir::info(t).bits));
  } else {
    element = t == DType::F32 ? b_.getFloatTy() : b_.getDoubleTy();
  }
  return with_lanes(element, lanes);
}

llvm::Type* Values::memory_type(DType t, unsigned lanes) const {
  return ir::is_bool(t) ? with_lanes(b_.getInt8Ty(), lanes) : type(t, lanes);
}

Constant* Values::constant(ir::Scalar v, unsigned lanes) const {
  llvm::Type* element = type(v.dtype, 1);
  Constant* c = nullptr;
  if (element->isFloatingPointTy()) {
    const llvm::APInt bits(static_cast<unsigned>(ir::info(v.dtype).bits), v.bits);
    c = llvm::ConstantFP::get(b_.getContext(), llvm::APFloat(element->getFltSemantics(), bits));
  } else {
    c = ConstantInt::get(element, v.bits);
  }
  return lanes == 1 ? c : llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(lanes), c);
}

llvm::Type* Values::integer_like(llvm::Type* t) const {
  return with_lanes(b_.getIntNTy(t->getScalarSizeInBits()), lanes_of(t));
}

Value* Values::intrinsic(Intrinsic::ID id, Value* x) { return b_.CreateUnaryIntrinsic(id, x); }

Value* Values::intrinsic(Intrinsic::ID id, Value* x, Value* y) {
  return b_.CreateBinaryIntrinsic(id, x, y);
}

Value* Values::guarded(Value* made, std::string_view helper) const {
  return native_.marks_guards ? mark_guarded(made, helper) : made;
}

Value* Values::from_memory(Value* v, DType t) {
  return ir::is_bool(t) ? b_.CreateICmpNE(v, Constant::getNullValue(v->getType())) : v;
}

Value* Values::to_memory(Value* v, DType t) {
  return ir::is_bool(t) ? b_.CreateZExt(v, memory_type(t, lanes_of(v->getType()))) : v;
}

Value* Values::prim(Prim p, DType out, std::span<const Operand> args) {
  switch (p) {
    case Prim::select:
      return b_.CreateSelect(args[0].value, args[1].value, args[2].value);
    case Prim::convert:
      return convert(args[0], out);
    case Prim::bitcast:
      return bitcast(args[0], out);
    case Prim::minimum:
      return minimum(args[0], args[1]);
    case Prim::maximum:
      return maximum(args[0], args[1]);
    case Prim::eq:
    case Prim::ne:
    case Prim::lt:
    case Prim::le:
    case Prim::gt:
    case Prim::ge:
      return comparison(p, args[0], args[1]);
    default:
      return ir::is_float(args[0].type) ? float_prim(p, args) : integer_prim(p, args);
  }
}

Value* Values::float_prim(Prim p, std::span<const Operand> args) {
  Value* a = args[0].value;
  Value* b = args.size() > 1 ? args[1].value : nullptr;
  switch (p) {
    case Prim::add:
      return b_.CreateFAdd(a, b);
    case Prim::sub:
      return b_.CreateFSub(a, b);
    case Prim::mul:
      return b_.CreateFMul(a, b);
    case Prim::div:
      return b_.CreateFDiv(a, b);
    case Prim::neg:
      return b_.CreateFNeg(a);
    case Prim::abs:
      return intrinsic(Intrinsic::fabs, a);
    case Prim::fma:
      return b_.CreateIntrinsic(a->getType(), Intrinsic::fma, {a, b, args[2].value});
    case Prim::sqrt:
      return intrinsic(Intrinsic::sqrt, a);
    case Prim::floor:
      return intrinsic(Intrinsic::floor, a);
    case Prim::ceil:
      return intrinsic(Intrinsic::ceil, a);
    case Prim::trunc:
      return intrinsic(Intrinsic::trunc, a);
    case Prim::rint:
      return intrinsic(Intrinsic::roundeven, a);
    case Prim::fmod:
      return fmod(a, b);
    case Prim::copysign:
      return intrinsic(Intrinsic::copysign, a, b);
    default:
      ir::bug("llvm: primitive " + std::string(ir::info(p).name) + " on floats");
  }
}

Value* Values::integer_prim(Prim p, std::span<const Operand> args) {
  Value* a = args[0].value;
  Value* b = args.size() > 1 ? args[1].value : nullptr;
  const bool is_signed = ir::is_signed(args[0].type);
  switch (p) {
    case Prim::add:
      return b_.CreateAdd(a, b);
    case Prim::sub:
      return b_.CreateSub(a, b);
    case Prim::mul:
      return b_.CreateMul(a, b);
    case Prim::floor_div:
      return floor_div(a, b, is_signed);
    case Prim::floor_rem:
      return floor_rem(a, b, is_signed);
    case Prim::gcd:
      return gcd(a, b, is_signed);
    case Prim::neg:
      return b_.CreateNeg(a);
    case Prim::abs:
      if (!is_signed) return a;
      return b_.CreateIntrinsic(a->getType(), Intrinsic::abs, {a, b_.getFalse()});
    case Prim::bit_and:
      return b_.CreateAnd(a, b);
    case Prim::bit_or:
      return b_.CreateOr(a, b);
    case Prim::bit_xor:
      return b_.CreateXor(a, b);
    case Prim::bit_not:
      return b_.CreateNot(a);
    case Prim::shl:
    case Prim::shr:
      return shift(p, a, b, is_signed);
    default:
      ir::bug("llvm: primitive " + std::string(ir::info(p).name) + " on integers");
  }
}

Value* Values::comparison(Prim p, const Operand& a, const Operand& b) {
  using P = llvm::CmpInst::Predicate;
  P predicate = P::BAD_ICMP_PREDICATE;
  if (ir::is_float(a.type)) {
    switch (p) {
      case Prim::eq:
        predicate = P::FCMP_OEQ;
        break;
      case Prim::ne:
        predicate = P::FCMP_UNE;
        break;
      case Prim::lt:
        predicate = P::FCMP_OLT;
        break;
      case Prim::le:
        predicate = P::FCMP_OLE;
        break;
      case Prim::gt:
        predicate = P::FCMP_OGT;
        break;
      default:
        predicate = P::FCMP_OGE;
        break;
    }
    return b_.CreateFCmp(predicate, a.value, b.value);
  }
  const bool is_signed = ir::is_signed(a.type);
  switch (p) {
    case Prim::eq:
      predicate = P::ICMP_EQ;
      break;
    case Prim::ne:
      predicate = P::ICMP_NE;
      break;
    case Prim::lt:
      predicate = is_signed ? P::ICMP_SLT : P::ICMP_ULT;
      break;
    case Prim::le:
      predicate = is_signed ? P::ICMP_SLE : P::ICMP_ULE;
      break;
    case Prim::gt:
      predicate = is_signed ? P::ICMP_SGT : P::ICMP_UGT;
      break;
    default:
      predicate = is_signed ? P::ICMP_SGE : P::ICMP_UGE;
      break;
  }
  return b_.CreateICmp(predicate, a.value, b.value);
}

// The divisor becomes 1 where the instruction would trap: x//0 is then set to 0, and MIN//-1 is
// MIN//1, which is what wrapping gives.
Value* Values::floor_div(Value* x, Value* y, bool is_signed) {
  Constant* zero = Constant::getNullValue(x->getType());
  Constant* one = ConstantInt::get(x->getType(), 1);
  Value* by_zero = b_.CreateICmpEQ(y, zero);
  if (!is_signed) {
    Value* divisor = b_.CreateSelect(by_zero, one, y);
    Value* quotient = guarded(b_.CreateUDiv(x, divisor), "floor_div");
    return b_.CreateSelect(by_zero, zero, quotient);
  }
  if (is_positive_constant(y)) {
    // Rounded to zero, then down where something negative is left over.
    Value* rest = b_.CreateSRem(x, y);
    Value* down = b_.CreateSExt(b_.CreateICmpSLT(rest, zero), x->getType());
    return b_.CreateAdd(b_.CreateSDiv(x, y), down);
  }
  const unsigned bits = x->getType()->getScalarSizeInBits();
  Constant* least = ConstantInt::get(x->getType(), llvm::APInt::getSignedMinValue(bits));
  Constant* minus_one = Constant::getAllOnesValue(x->getType());
  Value* wraps = b_.CreateAnd(b_.CreateICmpEQ(x, least), b_.CreateICmpEQ(y, minus_one));
  Value* divisor = b_.CreateSelect(b_.CreateOr(by_zero, wraps), one, y);
  Value* quotient = guarded(b_.CreateSDiv(x, divisor), "floor_div");
  Value* rest = b_.CreateSub(x, b_.CreateMul(quotient, divisor));
  const bool any_rest = planted(runtime::Plant::floor_div_exact);
  Value* inexact = b_.CreateICmpNE(any_rest ? divisor : rest, zero);
  Value* signs_differ = b_.CreateICmpSLT(b_.CreateXor(rest, divisor), zero);
  Value* down = b_.CreateSExt(b_.CreateAnd(inexact, signs_differ), x->getType());
  return b_.CreateSelect(by_zero, zero, b_.CreateAdd(quotient, down));
}

Value* Values::floor_rem(Value* x, Value* y, bool is_signed) {
  Constant* zero = Constant::getNullValue(x->getType());
  Constant* one = ConstantInt::get(x->getType(), 1);
  Value* by_zero = b_.CreateICmpEQ(y, zero);
  if (!is_signed) {
    return guarded(b_.CreateURem(x, b_.CreateSelect(by_zero, one, y)), "floor_rem");
  }
  if (is_positive_constant(y)) {
    Value* rest = b_.CreateSRem(x, y);
    Value* added = planted(runtime::Plant::floor_rem_sign) ? zero : y;
    return b_.CreateAdd(rest, b_.CreateSelect(b_.CreateICmpSLT(rest, zero), added, zero));
  }
  // x % -1 is 0 for every x, as x % 1 is.
  Value* minus_one = b_.CreateICmpEQ(y, Constant::getAllOnesValue(x->getType()));
  Value* divisor = b_.CreateSelect(b_.CreateOr(by_zero, minus_one), one, y);
  Value* rest = guarded(b_.CreateSRem(x, divisor), "floor_rem");
  Value* inexact = b_.CreateICmpNE(rest, zero);
  Value* signs_differ = b_.CreateICmpSLT(b_.CreateXor(rest, divisor), zero);
  Value* up = b_.CreateSelect(b_.CreateAnd(inexact, signs_differ), divisor, zero);
  return b_.CreateAdd(rest, up);
}

// Stein's algorithm in all lanes until the last has ended: even factors are shifted out, then the
// smaller number is taken from the larger. Magnitudes are unsigned.
Value* Values::gcd(Value* x, Value* y, bool is_signed) {
  llvm::Type* t = x->getType();
  Constant* zero = Constant::getNullValue(t);
  Constant* most = ConstantInt::get(t, t->getScalarSizeInBits() - 1);
  const auto magnitude = [&](Value* v) -> Value* {
    return is_signed ? b_.CreateIntrinsic(t, Intrinsic::abs, {v, b_.getFalse()}) : v;
  };
  const auto zeros = [&](Value* v) -> Value* {
    Value* count = b_.CreateIntrinsic(t, Intrinsic::cttz, {v, b_.getFalse()});
    return intrinsic(Intrinsic::umin, count, most);
  };
  Value* a = magnitude(x);
  Value* b = magnitude(y);
  Value* common = zeros(b_.CreateOr(a, b));
  // gcd(0, b) is gcd(b, 0), which has ended.
  Value* first_zero = b_.CreateICmpEQ(a, zero);
  Value* first = b_.CreateSelect(first_zero, b, a);
  first = guarded(b_.CreateLShr(first, zeros(first)), "gcd");
  Value* second = b_.CreateSelect(first_zero, zero, b);

  llvm::BasicBlock* before = b_.GetInsertBlock();
  auto* loop = llvm::BasicBlock::Create(b_.getContext(), "gcd", before->getParent());
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "gcd_done", before->getParent());
  b_.CreateBr(loop);
  b_.SetInsertPoint(loop);
  llvm::PHINode* odd = b_.CreatePHI(t, 2);
  llvm::PHINode* rest = b_.CreatePHI(t, 2);
  odd->addIncoming(first, before);
  rest->addIncoming(second, before);
  Value* ended = b_.CreateICmpEQ(rest, zero);
  Value* shifted = guarded(b_.CreateLShr(rest, zeros(rest)), "gcd");
  Value* less = intrinsic(Intrinsic::umin, odd, shifted);
  Value* difference = b_.CreateSub(intrinsic(Intrinsic::umax, odd, shifted), less);
  Value* next_rest = b_.CreateSelect(ended, zero, difference);
  odd->addIncoming(b_.CreateSelect(ended, odd, less), loop);
  rest->addIncoming(next_rest, loop);
  Value* active = b_.CreateICmpNE(next_rest, zero);
  if (t->isVectorTy()) active = b_.CreateOrReduce(active);
  b_.CreateCondBr(active, loop, done);
  b_.SetInsertPoint(done);
  // The loop's last step, which these values belong to.
  return guarded(b_.CreateShl(b_.CreateSelect(ended, odd, less), common), "gcd");
}

Value* Values::shift(Prim p, Value* x, Value* count, bool is_signed) {
  const unsigned bits = x->getType()->getScalarSizeInBits();
  const unsigned beyond = bits + planted(runtime::Plant::shift_by_width);
  Constant* zero = Constant::getNullValue(x->getType());
  Value* in_range = b_.CreateICmpULT(count, ConstantInt::get(x->getType(), beyond));
  if (p == Prim::shr && is_signed) {
    Constant* most = ConstantInt::get(x->getType(), bits - 1);
    return guarded(b_.CreateAShr(x, b_.CreateSelect(in_range, count, most)), "shift");
  }
  Value* by = b_.CreateSelect(in_range, count, zero);
  Value* shifted = p == Prim::shl ? b_.CreateShl(x, by) : b_.CreateLShr(x, by);
  return b_.CreateSelect(in_range, guarded(shifted, "shift"), zero);
}

Value* Values::bitcast(const Operand& from, DType to) {
  const unsigned lanes = lanes_of(from.value->getType());
  Value* bits = to_memory(from.value, from.type);
  return from_memory(b_.CreateBitCast(bits, memory_type(to, lanes)), to);
}

Value* Values::convert(const Operand& from, DType to) {
  Value* x = from.value;
  llvm::Type* out = type(to, lanes_of(x->getType()));
  if (from.type == to) return x;
  if (ir::is_narrow_float(from.type)) {
    const NarrowFloats floats(b_, native_.half);
    return convert({floats.widen(x, from.type), DType::F32, from.facts}, to);
  }
  if (ir::is_narrow_float(to)) {
    const NarrowFloats floats(b_, native_.half);
    if (to == DType::F16 && from.type == DType::F64)
      return floats.narrow(floats.round_to_odd(x), to);
    return floats.narrow(convert(from, DType::F32), to);
  }
  if (ir::is_bool(to)) {
    Constant* zero = Constant::getNullValue(x->getType());
    return ir::is_float(from.type) ? b_.CreateFCmpUNE(x, zero) : b_.CreateICmpNE(x, zero);
  }
  if (ir::is_float(from.type)) {
    if (ir::is_float(to)) return b_.CreateFPCast(x, out);
    return float_to_integer(x, to, out);
  }
  if (ir::is_float(to)) return integer_to_float(from, out);
  return ir::is_signed(from.type) ? b_.CreateSExtOrTrunc(x, out) : b_.CreateZExtOrTrunc(x, out);
}

// Saturates; NaN gives 0.
Value* Values::float_to_integer(Value* x, DType to, llvm::Type* type) {
  const bool is_signed = ir::is_signed(to) || planted(runtime::Plant::cast_unsigned);
  const auto id = is_signed ? Intrinsic::fptosi_sat : Intrinsic::fptoui_sat;
  return b_.CreateIntrinsic(id, {type, x->getType()}, {x});
}

Value* Values::integer_to_float(const Operand& from, llvm::Type* to) {
  Value* x = from.value;
  const unsigned lanes = lanes_of(x->getType());
  const bool is_signed = ir::is_signed(from.type);
  // Few processors convert vectors of 64-bit integers. What fits 51 bits becomes the mantissa of a
  // number near 1.5 * 2^52, from which that constant is taken away: both steps are exact.
  const int most_bits = planted(runtime::Plant::int_to_float) ? 64 : 51;
  if (lanes > 1 && ir::item_size(from.type) == 8 && from.facts.bits <= most_bits) {
    Constant* offset = constant({DType::I64, 0x4338000000000000}, lanes);
    Constant* number = constant({DType::F64, 0x4338000000000000}, lanes);
    Value* shifted = b_.CreateBitCast(b_.CreateAdd(x, offset), type(DType::F64, lanes));
    return b_.CreateFPCast(b_.CreateFSub(shifted, number), to);
  }
  return is_signed ? b_.CreateSIToFP(x, to) : b_.CreateUIToFP(x, to);
}

std::vector<Value*> Values::unless_any(Value* condition, const std::vector<Value*>& usual,
                                       const Make& make) {
  Value* any = condition->getType()->isVectorTy() ? b_.CreateOrReduce(condition) : condition;
  llvm::BasicBlock* before = b_.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* rare = llvm::BasicBlock::Create(b_.getContext(), "rare", function);
  auto* join = llvm::BasicBlock::Create(b_.getContext(), "join", function);
  b_.CreateCondBr(any, rare, join, llvm::MDBuilder(b_.getContext()).createBranchWeights(1, 1000));
  b_.SetInsertPoint(rare);
  const std::vector<Value*> made = make();
  rare = b_.GetInsertBlock();
  b_.CreateBr(join);
  b_.SetInsertPoint(join);
  std::vector<Value*> result;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    llvm::PHINode* phi = b_.CreatePHI(usual[i]->getType(), 2);
    phi->addIncoming(usual[i], before);
    phi->addIncoming(made[i], rare);
    result.push_back(phi);
  }
  return result;
}

// For quotients below 2^51 (of f32: 2^22) the rounded one, cut off, is right or one too large, and
// both remainders are exact. Others go to the C library, whose fmod is exact too.
Value* Values::fmod(Value* x, Value* y) {
  if (!native_.fma) return b_.CreateFRem(x, y);
  llvm::Type* t = x->getType();
  Value* a = intrinsic(Intrinsic::fabs, x);
  Value* b = intrinsic(Intrinsic::fabs, y);
  Value* quotient = b_.CreateFDiv(a, b);
  Constant* limit = llvm::ConstantFP::get(t, t->getScalarType()->isFloatTy() ? 0x1p22 : 0x1p51);
  Value* large = b_.CreateFCmpUGE(quotient, limit);
  Value* infinite = b_.CreateFCmpOEQ(b, llvm::ConstantFP::getInfinity(t));
  Value* whole = intrinsic(Intrinsic::trunc, quotient);
  Value* rest = b_.CreateIntrinsic(t, Intrinsic::fma, {b_.CreateFNeg(whole), b, a});
  Value* negative = b_.CreateFCmpOLT(rest, Constant::getNullValue(t));
  rest = b_.CreateSelect(negative, b_.CreateFAdd(rest, b), rest);
  Value* usual = intrinsic(Intrinsic::copysign, rest, x);
  return unless_any(b_.CreateOr(large, infinite), {usual},
                    [&] { return std::vector<Value*>{b_.CreateFRem(x, y)}; })[0];
}

Value* Values::smaller(Value* a, Value* b) { return b_.CreateSelect(b_.CreateFCmpOLT(a, b), a, b); }

Value* Values::larger(Value* a, Value* b) { return b_.CreateSelect(b_.CreateFCmpOGT(a, b), a, b); }

// `a < b ? a : b` is one instruction and gives b where the operands tie or one is NaN. Asking both
// ways round and or-ing the bits gives -0 if either zero is negative, and NaN if either is NaN.
Value* Values::minimum(const Operand& a, const Operand& b) {
  if (ir::is_bool(a.type)) return b_.CreateAnd(a.value, b.value);
  if (!ir::is_float(a.type)) {
    return intrinsic(ir::is_signed(a.type) ? Intrinsic::smin : Intrinsic::umin, a.value, b.value);
  }
  if (!native_.minimum) return intrinsic(Intrinsic::minimum, a.value, b.value);
  const bool never_nan = a.facts.never_nan || planted(runtime::Plant::min_nan);
  if (never_nan && a.facts.never_minus_zero) return smaller(a.value, b.value);
  if (b.facts.never_nan && b.facts.never_minus_zero) return smaller(b.value, a.value);
  llvm::Type* bits = integer_like(a.value->getType());
  Value* one = b_.CreateBitCast(smaller(a.value, b.value), bits);
  Value* other = b_.CreateBitCast(smaller(b.value, a.value), bits);
  return b_.CreateBitCast(b_.CreateOr(one, other), a.value->getType());
}

Value* Values::maximum(const Operand& a, const Operand& b) {
  if (ir::is_bool(a.type)) return b_.CreateOr(a.value, b.value);
  if (!ir::is_float(a.type)) {
    return intrinsic(ir::is_signed(a.type) ? Intrinsic::smax : Intrinsic::umax, a.value, b.value);
  }
  if (!native_.minimum) return intrinsic(Intrinsic::maximum, a.value, b.value);
  // On a tie of zeros `larger` gives its second operand: right if that one is +0 or the first -0.
  if (a.facts.never_minus_zero) {
    Value* most = larger(b.value, a.value);
    if (b.facts.never_nan) return most;
    return b_.CreateSelect(b_.CreateFCmpUNO(b.value, b.value), b.value, most);
  }
  if (b.facts.never_minus_zero) return maximum(b, a);
  Operand negative_a{b_.CreateFNeg(a.value), a.type, {}};
  Operand negative_b{b_.CreateFNeg(b.value), b.type, {}};
  return b_.CreateFNeg(minimum(negative_a, negative_b));
}

}  // namespace arrayc::backends
