// A check of emitted LLVM IR: what can make poison, trap or be undefined is there only where a
// helper that guards it says so.
//
// A helper that guards an instruction (masks a shift's amount, replaces a divisor …) marks it with
// the metadata `!arrayc.guarded !{!"helper"}`; the table in poison_check.cpp says what each may
// vouch for. Marks are made and the check is run where ARRAYC_CHECK_POISON is set, as in all tests.
// That addresses lie within arrays is not checked here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace llvm {
class Module;
class Value;
}  // namespace llvm

namespace arrayc::backends {

inline constexpr const char* guard_mark = "arrayc.guarded";

// Marks `made`, if it is an instruction and no constant. Returns it.
llvm::Value* mark_guarded(llvm::Value* made, std::string_view helper);

// A line for each finding: function, instruction, what may happen. Only what is known to be
// harmless passes, so an instruction, intrinsic, attribute or kind of metadata that is new here is
// a finding.
std::vector<std::string> find_unguarded(const llvm::Module& module);

}  // namespace arrayc::backends
