// Primitive operations as LLVM instructions, for one element or for many side by side.
//
// Nothing here can make poison or trap: divisions, shifts and conversions are guarded, and no flag
// (fast-math, nsw, exact …) is ever set. A bool is an i1; in memory it is a byte.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <span>

#include "backends/llvm/facts.h"
#include "ir/scalar.h"

namespace arrayc::backends {

struct Operand {
  llvm::Value* value;
  ir::DType type;
  Facts facts;
};

class Values {
 public:
  // `native_minimum`: the processor's minimum is `a < b ? a : b`, as x86's is.
  Values(llvm::IRBuilder<>& builder, bool native_minimum)
      : b_(builder), native_minimum_(native_minimum) {}

  llvm::Type* type(ir::DType t, unsigned lanes) const;
  llvm::Type* memory_type(ir::DType t, unsigned lanes) const;
  llvm::Constant* constant(ir::Scalar v, unsigned lanes) const;

  llvm::Value* prim(ir::Prim p, ir::DType out, std::span<const Operand> args);
  llvm::Value* convert(const Operand& from, ir::DType to);
  llvm::Value* minimum(const Operand& a, const Operand& b);
  llvm::Value* maximum(const Operand& a, const Operand& b);
  llvm::Value* floor_div(llvm::Value* x, llvm::Value* y, bool is_signed);
  // Between a value and its form in memory.
  llvm::Value* from_memory(llvm::Value* v, ir::DType t);
  llvm::Value* to_memory(llvm::Value* v, ir::DType t);

 private:
  llvm::Value* float_prim(ir::Prim p, std::span<const Operand> args);
  llvm::Value* integer_prim(ir::Prim p, std::span<const Operand> args);
  llvm::Value* comparison(ir::Prim p, const Operand& a, const Operand& b);
  llvm::Value* floor_rem(llvm::Value* x, llvm::Value* y, bool is_signed);
  llvm::Value* shift(ir::Prim p, llvm::Value* x, llvm::Value* count, bool is_signed);
  llvm::Value* bitcast(const Operand& from, ir::DType to);
  llvm::Value* integer_to_float(const Operand& from, llvm::Type* to);
  llvm::Value* float_to_integer(llvm::Value* x, ir::DType to, llvm::Type* type);
  llvm::Value* smaller(llvm::Value* a, llvm::Value* b);
  llvm::Value* larger(llvm::Value* a, llvm::Value* b);
  llvm::Value* intrinsic(llvm::Intrinsic::ID id, llvm::Value* x);
  llvm::Value* intrinsic(llvm::Intrinsic::ID id, llvm::Value* x, llvm::Value* y);
  llvm::Type* integer_like(llvm::Type* t) const;

  llvm::IRBuilder<>& b_;
  bool native_minimum_;
};

}  // namespace arrayc::backends
