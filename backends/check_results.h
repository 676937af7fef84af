// What a run finds out about its elements: the results of a function's checks (ir::Check).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/sizes.h"
#include "ir/diagnostic.h"
#include "ir/module.h"
#include "runtime/array.h"

namespace arrayc::backends {

// The first check of a function that failed; its place is the function's.
class CheckFailed final : public ir::Error {
 public:
  CheckFailed(const ir::Check& check, std::size_t number, std::span<const std::int64_t> index);
  std::size_t number() const { return number_; }

 private:
  std::size_t number_;
};

// A function's checks, made ready for many calls.
class Checks {
 public:
  Checks(const ir::Function& function, SymbolTable& symbols);
  // Takes their results from the end of all results. Throws CheckFailed.
  void take(std::vector<runtime::Array>& results, std::span<const std::int64_t> sizes) const;

 private:
  std::vector<ir::Check> checks_;
  std::vector<std::vector<Size>> shapes_;  // of each check
};

}  // namespace arrayc::backends
