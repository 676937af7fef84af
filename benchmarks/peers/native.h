// What the two compiled programs of this benchmark share: native.cpp runs their functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

// Memory of any type, as a function of run.py's calls.inc takes it.
struct Any {
  void* memory;
  template <typename T>
  operator T*() const {  // NOLINT: it is whatever the callee says
    return static_cast<T*>(memory);
  }
};

struct Input {
  std::string dtype;  // "f64", "f32" or "u8"
  std::vector<std::int64_t> shape;
  Any elements;
};

// One call of a workload; the result's bytes end up in the memory given, or in the program's own.
struct Prepared {
  std::function<void()> call;
  std::function<const void*()> result;  // of the last call
};
// `function`: a workload and its element type, as in "softmax_f32"; `sizes`: what the extents of
// its annotation are. Throws std::invalid_argument for one that there is not.
Prepared prepare(const std::string& function, const std::vector<Input>& inputs,
                 const std::vector<std::int64_t>& sizes, std::size_t result_bytes);

}  // namespace bench
