#include "backends/llvm/narrow_floats.h"

#include <llvm/IR/Intrinsics.h>

namespace arrayc::backends {

using ir::DType;
using llvm::ConstantInt;
using llvm::Value;

llvm::Type* NarrowFloats::like(Value* x, llvm::Type* element) const {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(x->getType());
  return vector == nullptr ? element
                           : llvm::FixedVectorType::get(element, vector->getNumElements());
}

Value* NarrowFloats::widen(Value* x, DType from) const {
  if (from == DType::F16 && native_) {
    return b_.CreateFPExt(b_.CreateBitCast(x, like(x, b_.getHalfTy())), like(x, b_.getFloatTy()));
  }
  Value* bits = b_.CreateZExt(x, like(x, b_.getInt32Ty()));
  if (from == DType::F16) return widen_f16(bits);
  return b_.CreateBitCast(b_.CreateShl(bits, 16), like(x, b_.getFloatTy()));
}

Value* NarrowFloats::narrow(Value* x, DType to) const {
  llvm::Type* i16 = like(x, b_.getInt16Ty());
  if (to == DType::F16 && native_) {
    return b_.CreateBitCast(b_.CreateFPTrunc(x, like(x, b_.getHalfTy())), i16);
  }
  return b_.CreateTrunc(to == DType::F16 ? narrow_f16(x) : narrow_bf16(x), i16);
}

// Subnormal numbers are put beside the leading bit of 2^-14, which is then taken away.
Value* NarrowFloats::widen_f16(Value* bits) const {
  llvm::Type* type = bits->getType();
  llvm::Type* real = like(bits, b_.getFloatTy());
  const auto number = [&](std::uint64_t v) { return ConstantInt::get(type, v); };
  Value* size = b_.CreateShl(b_.CreateAnd(bits, number(0x7fff)), 13);
  Value* sign = b_.CreateShl(b_.CreateAnd(bits, number(0x8000)), 16);
  Value* normal = b_.CreateAdd(size, number(0x38000000));
  Value* raised = b_.CreateBitCast(b_.CreateAdd(size, number(0x38800000)), real);
  Value* small =
      b_.CreateBitCast(b_.CreateFSub(raised, llvm::ConstantFP::get(real, 0x1p-14)), type);
  Value* special = b_.CreateAdd(size, number(0x70000000));
  Value* quiet = b_.CreateOr(special, number(0x400000));
  special = b_.CreateSelect(b_.CreateICmpUGT(size, number(0xf800000)), quiet, special);
  Value* result = b_.CreateSelect(b_.CreateICmpULT(size, number(0x800000)), small, normal);
  result = b_.CreateSelect(b_.CreateICmpUGE(size, number(0xf800000)), special, result);
  return b_.CreateBitCast(b_.CreateOr(result, sign), real);
}

// Adding 1/2 to a number below 2^-14 rounds it to a multiple of 2^-24, counted by the last bits.
Value* NarrowFloats::narrow_f16(Value* x) const {
  llvm::Type* type = like(x, b_.getInt32Ty());
  const auto number = [&](std::uint64_t v) { return ConstantInt::get(type, v); };
  Value* bits = b_.CreateBitCast(x, type);
  Value* sign = b_.CreateAnd(b_.CreateLShr(bits, 16), number(0x8000));
  Value* size = b_.CreateAnd(bits, number(0x7fffffff));
  Value* odd = b_.CreateAnd(b_.CreateLShr(size, 13), number(1));
  Value* rounded = b_.CreateAdd(b_.CreateSub(size, number(0x38000000 - 0xfff)), odd);
  Value* normal = b_.CreateLShr(rounded, 13);
  Value* raised =
      b_.CreateFAdd(b_.CreateBitCast(size, x->getType()), llvm::ConstantFP::get(x->getType(), 0.5));
  Value* small = b_.CreateSub(b_.CreateBitCast(raised, type), number(0x3f000000));
  Value* nan = b_.CreateOr(b_.CreateAnd(b_.CreateLShr(size, 13), number(0x3ff)), number(0x7e00));
  Value* is_nan = b_.CreateICmpUGT(size, number(0x7f800000));
  Value* special = b_.CreateSelect(is_nan, nan, number(0x7c00));
  Value* result = b_.CreateSelect(b_.CreateICmpULT(size, number(0x38800000)), small, normal);
  result = b_.CreateSelect(b_.CreateICmpUGE(size, number(0x47800000)), special, result);
  return b_.CreateOr(result, sign);
}

Value* NarrowFloats::narrow_bf16(Value* x) const {
  llvm::Type* type = like(x, b_.getInt32Ty());
  const auto number = [&](std::uint64_t v) { return ConstantInt::get(type, v); };
  Value* bits = b_.CreateBitCast(x, type);
  Value* upper = b_.CreateLShr(bits, 16);
  Value* odd = b_.CreateAnd(upper, number(1));
  Value* rounded = b_.CreateLShr(b_.CreateAdd(b_.CreateAdd(bits, number(0x7fff)), odd), 16);
  return b_.CreateSelect(b_.CreateFCmpUNO(x, x), b_.CreateOr(upper, number(0x40)), rounded);
}

Value* NarrowFloats::round_to_odd(Value* x) const {
  llvm::Type* single = like(x, b_.getFloatTy());
  llvm::Type* type = like(x, b_.getInt32Ty());
  const auto size = [&](Value* v) { return b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v); };
  Value* nearest = b_.CreateFPTrunc(x, single);
  Value* back = b_.CreateFPExt(nearest, x->getType());
  Value* bits = b_.CreateBitCast(nearest, type);
  Value* away = b_.CreateFCmpOGT(size(back), size(x));
  Value* cut = b_.CreateAdd(bits, b_.CreateSExt(away, type));
  Value* odd = b_.CreateOr(cut, ConstantInt::get(type, 1));
  return b_.CreateBitCast(b_.CreateSelect(b_.CreateFCmpONE(back, x), odd, bits), single);
}

}  // namespace arrayc::backends
