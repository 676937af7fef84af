#include "ir/param_names.h"

namespace arrayc::ir {

ParamNames::ParamNames(const std::vector<Value>& leaves) {
  for (const Value& leaf : leaves) {
    if (!leaf->name.empty()) taken_.insert(leaf->name);
    for (const Extent& e : leaf.shape()) e.collect_symbols(symbols_);
  }
  taken_.insert(symbols_.begin(), symbols_.end());
}

std::string ParamNames::name(const Value& leaf) {
  if (leaf->name.empty()) return letter();
  if (given_.insert(leaf->name).second) return leaf->name;
  for (int k = 2;; ++k) {
    std::string name = leaf->name + "_" + std::to_string(k);
    if (!taken_.insert(name).second) continue;
    given_.insert(name);
    return name;
  }
}

// a … z, a1 … z1, …; n0, n1, … are sizes.
std::string ParamNames::letter() {
  for (;;) {
    std::string name(1, static_cast<char>('a' + next_ % 26));
    if (next_ >= 26) name += "_" + std::to_string(next_ / 26);
    ++next_;
    if (taken_.insert(name).second) return name;
  }
}

}  // namespace arrayc::ir
