// Whether a program is worth compiling.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ir/module.h"

namespace arrayc {

struct WorkEstimate {
  double interpret_seconds = 0;  // one run on the array-level interpreter
  double compile_seconds = 0;    // compiling, running the result not counted
};

WorkEstimate estimate_work(const ir::Function& function,
                           const std::map<std::string, std::int64_t>& symbols);

}  // namespace arrayc
