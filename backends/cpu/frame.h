// The frame: what the C functions give to the body of a program, in items of 8 bytes. Parameters
// (pointers, or the bits of scalars), results (pointers), extent symbols, and for the strided
// variant the byte strides of each array.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backends/cpu/signature.h"

namespace arrayc::backends {

struct FrameLayout {
  FrameLayout(const Signature& signature, bool strided) {
    results = signature.params.size();
    symbols = results + signature.results.size();
    size = symbols + signature.symbols.size();
    for (const Signature::Argument& param : signature.params) {
      strides.push_back(size);
      if (strided && param.kind == ir::ParamKind::array) {
        size += static_cast<std::size_t>(param.type.rank());
      }
    }
  }
  std::size_t results, symbols, size;
  std::vector<std::size_t> strides;  // where each parameter's begin
};

// The symbol of a strided parameter's byte stride.
inline std::string stride_symbol(const ir::Param& param, std::size_t axis) {
  return "$" + param.name + "." + std::to_string(axis);
}

}  // namespace arrayc::backends
