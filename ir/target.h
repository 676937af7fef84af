// The processor that code is made for.
#pragma once

#include <string>
#include <string_view>

namespace arrayc::ir {

struct Target {
  std::string cpu = "native";  // as given: native, x86-64-v2, x86-64-v3, x86-64-v4
  int vector_bytes = 16;       // of one register
  int vector_registers = 16;
  bool fma = false;  // the FMA class
  bool operator==(const Target&) const = default;
};

// Throws a user error for a name that is not known. "native" is this machine's level.
Target make_target(std::string_view cpu);

}  // namespace arrayc::ir
