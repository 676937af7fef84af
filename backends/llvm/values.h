// Primitive operations as LLVM instructions, for one element or for many side by side.
//
// Nothing here can make poison or trap: divisions, shifts and conversions are guarded (and marked,
// see poison_check.h), and no flag (fast-math, nsw, exact …) is ever set. A bool is an i1; in
// memory it is a byte. A float16 or bfloat16 is an i16, its bits.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "backends/llvm/facts.h"
#include "ir/scalar.h"

namespace arrayc::backends {

struct Operand {
  llvm::Value* value;
  ir::DType type;
  Facts facts;
};

// What the processor does in one instruction.
struct Native {
  bool minimum = false;     // `a < b ? a : b`, as x86 does
  bool minimum_64 = false;  // of 64-bit integers
  bool fma = false;
  bool half = false;  // conversions of float16
  bool marks_guards = false;
};

class Values {
 public:
  Values(llvm::IRBuilder<>& builder, Native native) : b_(builder), native_(native) {}

  const Native& native() const { return native_; }
  llvm::Type* type(ir::DType t, unsigned lanes) const;
  llvm::Type* memory_type(ir::DType t, unsigned lanes) const;
  llvm::Constant* constant(ir::Scalar v, unsigned lanes) const;

  llvm::Value* prim(ir::Prim p, ir::DType out, std::span<const Operand> args);
  llvm::Value* convert(const Operand& from, ir::DType to);
  llvm::Value* minimum(const Operand& a, const Operand& b);
  llvm::Value* maximum(const Operand& a, const Operand& b);
  llvm::Value* floor_div(llvm::Value* x, llvm::Value* y, bool is_signed);
  // `usual`, or what `make` emits where a lane of `condition` is true: then for all lanes.
  using Make = std::function<std::vector<llvm::Value*>()>;
  std::vector<llvm::Value*> unless_any(llvm::Value* condition,
                                       const std::vector<llvm::Value*>& usual, const Make& make);
  // `made` by this helper, which guards it; see poison_check.h.
  llvm::Value* guarded(llvm::Value* made, std::string_view helper) const;
  // Between a value and its form in memory.
  llvm::Value* from_memory(llvm::Value* v, ir::DType t);
  llvm::Value* to_memory(llvm::Value* v, ir::DType t);

 private:
  llvm::Value* float_prim(ir::Prim p, std::span<const Operand> args);
  llvm::Value* integer_prim(ir::Prim p, std::span<const Operand> args);
  llvm::Value* comparison(ir::Prim p, const Operand& a, const Operand& b);
  llvm::Value* floor_rem(llvm::Value* x, llvm::Value* y, bool is_signed);
  llvm::Value* gcd(llvm::Value* x, llvm::Value* y, bool is_signed);
  llvm::Value* shift(ir::Prim p, llvm::Value* x, llvm::Value* count, bool is_signed);
  llvm::Value* bitcast(const Operand& from, ir::DType to);
  llvm::Value* integer_to_float(const Operand& from, llvm::Type* to);
  llvm::Value* float_to_integer(llvm::Value* x, ir::DType to, llvm::Type* type);
  llvm::Value* fmod(llvm::Value* x, llvm::Value* y);
  llvm::Value* smaller(llvm::Value* a, llvm::Value* b);
  llvm::Value* larger(llvm::Value* a, llvm::Value* b);
  llvm::Value* intrinsic(llvm::Intrinsic::ID id, llvm::Value* x);
  llvm::Value* intrinsic(llvm::Intrinsic::ID id, llvm::Value* x, llvm::Value* y);
  llvm::Type* integer_like(llvm::Type* t) const;

  llvm::IRBuilder<>& b_;
  Native native_;
};

}  // namespace arrayc::backends
