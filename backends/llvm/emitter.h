// Loop nests as LLVM IR. Free of LLVM's headers.
#pragma once

#include <string>

#include "ir/loops.h"

namespace llvm {
class Module;
}

namespace arrayc::backends {

// What code is made for, in LLVM's words.
struct Machine {
  std::string cpu;
  std::string features;
  bool native_fma = false;
  bool native_half = false;        // conversions of float16 are instructions
  bool native_minimum = false;     // minimum is one instruction `a < b ? a : b`, as on x86
  bool native_minimum_64 = false;  // minimum of 64-bit integers is one instruction
  unsigned vector_bytes = 16;      // of a register
  bool marks_guards = false;       // see poison_check.h
};

// Defines `i32 @<symbol>.s<k>(ptr slots, i64 begin, i64 end)` for each stage k, with the type and
// meaning of arrayc_stage; slots are the parameters and then the scratch arrays. A function of that
// name that is only declared gets its body.
void emit_stages(llvm::Module& module, const ir::loops::Kernel& kernel, const std::string& symbol,
                 const Machine& machine);

// The routine for large angles, which stages may call: a module that does needs it, from itself or
// from the linker.
inline constexpr const char* angles_symbol = "arrayc.angles";
bool calls_angles(const llvm::Module& module);
void emit_angles(llvm::Module& module, const Machine& machine);

std::string stage_symbol(const std::string& symbol, std::size_t stage);

}  // namespace arrayc::backends
