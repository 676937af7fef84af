// From recorded values to a function whose sizes are symbols.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/module.h"
#include "ir/value.h"

namespace arrayc::ir {

struct Import {
  Function function;
  std::vector<Value> leaves;                   // the leaf behind each parameter, in order
  std::map<std::string, std::int64_t> values;  // of the symbols made for constant extents
};

// Copies what `results` need into a function, without recursion, parameters in the order of first
// use. Constant extents above `largest_constant` become symbols n0, n1, …, and only a shape rule
// makes two of them one; extents that are already symbols stay, and a rule that needs two of them
// equal adds a guard.
struct ImportOptions {
  std::int64_t largest_constant = 16;
};
Import import(std::span<const Value> results, std::string name, const ImportOptions& options);

}  // namespace arrayc::ir
