// What compiled contenders share: native.cpp runs their functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

// Memory of any type, as compiled functions take it.
struct Any {
  void* memory;
  template <typename T>
  operator T*() const {  // NOLINT: it is whatever the callee says
    return static_cast<T*>(memory);
  }
};

struct Input {
  std::string dtype;  // as in "f64"
  std::vector<std::int64_t> shape;
  Any elements;
};

// One call of a workload.
struct Prepared {
  std::function<void()> call;
  std::function<std::vector<const void*>()> results;  // of the last call
};
// `function`: as the program was told, as in "softmax_f32"; `sizes`: what the extents of its
// annotation are; `result_bytes`: of each result. Throws std::invalid_argument for a function that
// there is not.
Prepared prepare(const std::string& function, const std::vector<Input>& inputs,
                 const std::vector<std::int64_t>& sizes,
                 const std::vector<std::size_t>& result_bytes);

}  // namespace bench
