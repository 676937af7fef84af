// Cheap facts about the values of a kernel that let the emitter choose shorter instruction
// sequences. A fact that is absent only costs speed.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/loops.h"

namespace arrayc::backends {

struct Facts {
  bool never_nan = false;
  bool never_minus_zero = false;
  bool never_negative = false;  // NaN, or a sign that is clear
  std::int8_t bits = 64;        // of an integer: the value fits a signed integer of this many bits
};

// One entry for each node of the kernel.
std::vector<Facts> find_facts(const ir::loops::Kernel& kernel);

}  // namespace arrayc::backends
