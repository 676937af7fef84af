// The code around the kernels of a function compiled ahead of time, as LLVM IR: checks, temporary
// memory, the kernels' stages in order, and the two C functions that callers see.
#pragma once

#include <string>
#include <vector>

#include "backends/cpu/signature.h"
#include "ir/module.h"

namespace arrayc::backends {

// One way a program was compiled: its kernels have loops, `symbols[k]` names the code of kernel k.
struct Variant {
  const ir::Function* function;
  const std::vector<ir::KernelFunction>* kernels;
  const std::vector<std::string>* symbols;
};

// `i32 @<name>.dense(ptr %frame)` for C-contiguous arrays, or `.strided` for any.
std::string body_text(const Signature& signature, const Variant& variant, bool strided);

// The C functions `name` and `name_nd`; the second uses `.strided` if the function has one.
std::string entry_text(const Signature& signature, const ir::Function& function, bool has_strided);

// What all functions of an object need.
std::string support_functions(bool parallel);

// Whether some stage of some kernel that the function calls runs in parallel.
bool is_parallel(const Variant& variant);

// Bytes of temporary memory while the function runs, without padding.
ir::Extent peak_temporary_bytes(const Variant& variant);

}  // namespace arrayc::backends
