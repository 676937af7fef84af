// Conversions between f32 and the floats of 16 bits, which are an i16 each, for one element or for
// many side by side. The bits are those of <arrayc/float16.h>.
//
// LLVM's own conversions of these types may become calls, one a lane, of functions that a
// compiler's library need not have; here they are instructions: the processor's where it has them
// (f16 only), else integer arithmetic.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "ir/dtype.h"

namespace arrayc::backends {

class NarrowFloats {
 public:
  // `native`: the processor converts f16.
  NarrowFloats(llvm::IRBuilder<>& builder, bool native) : b_(builder), native_(native) {}

  llvm::Value* widen(llvm::Value* x, ir::DType from) const;
  llvm::Value* narrow(llvm::Value* x, ir::DType to) const;
  // An f64 as the f32 that rounds to f16 as it does itself.
  llvm::Value* round_to_odd(llvm::Value* x) const;

 private:
  llvm::Value* widen_f16(llvm::Value* bits) const;
  llvm::Value* narrow_f16(llvm::Value* x) const;
  llvm::Value* narrow_bf16(llvm::Value* x) const;
  llvm::Type* like(llvm::Value* x, llvm::Type* element) const;

  llvm::IRBuilder<>& b_;
  bool native_;
};

}  // namespace arrayc::backends
