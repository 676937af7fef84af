// Which of its inputs a kernel may overwrite with a result.
//
//   r[i,j] = a[i,j] * s[i]       r may be a: each element is read where it is written, before it is
//   r[i] = a[i-1] + a[i]         not: the element before has been overwritten
#pragma once

#include <cstdint>
#include <string>

#include "ir/module.h"
#include "passes/analysis/demand.h"

namespace arrayc::passes {

// Of one kernel's graph; asks for what its results need only once.
class InPlace {
 public:
  explicit InPlace(const ir::Function& kernel);
  // Why result `result` may not be written over the kernel's array parameter `input`, as the end of
  // a sentence on the kernel; empty: it may.
  std::string obstacle(std::size_t input, std::size_t result) const;

 private:
  const ir::Function& kernel_;
  Demands wanted_;
  std::vector<bool> for_kept_;          // nodes that values kept in blocks are computed from
  std::vector<std::uint32_t> stashed_;  // results whose rows keep values
  std::vector<std::size_t> arrays_;     // array parameters by buffer
};

}  // namespace arrayc::passes
