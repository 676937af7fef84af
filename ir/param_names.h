// Names for the parameters of a function that is imported.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ir/value.h"

namespace arrayc::ir {

// Their own names where those are free, else with a suffix, else letters.
class ParamNames {
 public:
  explicit ParamNames(const std::vector<Value>& leaves);
  std::string name(const Value& leaf);

 private:
  std::string letter();

  std::set<std::string> symbols_, taken_, given_;
  int next_ = 0;
};

}  // namespace arrayc::ir
