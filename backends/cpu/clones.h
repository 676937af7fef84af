// An object with code for several processors: which of it runs is decided when it runs.
//
// The first call asks the processor (cpuid) and the system (xgetbv: whether it keeps the wide
// registers) for the level of x86-64 and keeps the answer. Threads may ask at once: all get the
// same. Nothing of the C library or the compiler's runtime is needed.
#pragma once

#include <string>
#include <vector>

namespace arrayc::backends {

// `i32 @arrayc.level()`: 4, 3 or 2; 0 for less.
std::string level_text();

struct Clone {
  int level;         // that it needs
  std::string body;  // `i32 @<body>(ptr %frame)`
};
// `i32 @<name>(ptr %frame)`: calls the first clone that this processor can run, or returns
// ARRAYC_BAD_PROCESSOR.
std::string clones_text(const std::string& name, const std::vector<Clone>& clones);

}  // namespace arrayc::backends
