// The code around the kernels of a function compiled ahead of time, as LLVM IR: checks, temporary
// memory, the kernels' stages in order, and the two C functions that callers see.
#pragma once

#include <string>
#include <vector>

#include "backends/cpu/signature.h"
#include "ir/module.h"
#include "ir/specialise.h"
#include "ir/target.h"

namespace arrayc::backends {

// One way a program was compiled: its kernels have loops, `symbols[k]` names the code of kernel k.
struct Variant {
  const ir::Function* function;
  const std::vector<ir::KernelFunction>* kernels;
  const std::vector<std::string>* symbols;
};

// `i32 @<name>(ptr %frame)` for C-contiguous arrays, or for any.
std::string body_text(const std::string& name, const Signature& signature, const Variant& variant,
                      bool strided);

// The name of the body that the entries call.
std::string body_name(const Signature& signature, bool strided);
// Of those it chooses from where there are several: one for each pattern of sizes.
std::string pattern_name(const std::string& body, std::size_t pattern);

// The function `body`: calls the body of the first pattern that holds, or the first body, whose
// guards then fail.
std::string dispatch_text(const std::string& body, const Signature& signature,
                          const ir::Function& function, const std::vector<ir::Pattern>& patterns,
                          bool strided);

// The C functions `name` and `name_nd`; the second uses `.strided` if the function has one.
std::string entry_text(const Signature& signature, const ir::Function& function, bool has_strided);

// What all functions of an object need.
std::string support_functions(const ir::Target& target, bool parallel);

// Whether some stage of some kernel that the function calls runs in parallel.
bool is_parallel(const Variant& variant);

// Bytes of temporary memory while the function runs, without padding.
ir::Extent peak_temporary_bytes(const Variant& variant);

}  // namespace arrayc::backends
