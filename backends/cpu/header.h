// The C header of an object made ahead of time.
#pragma once

#include <string>
#include <vector>

#include "backends/cpu/driver.h"
#include "backends/cpu/signature.h"
#include "ir/target.h"

namespace arrayc::backends {

struct HeaderFunction {
  const Signature* signature;
  const ir::Function* source;
  const std::vector<ir::Pattern>* patterns;  // one variant each
  bool complete;                             // every way to broadcast has a variant
  std::vector<Variant> dense;                // of all clones
  std::vector<Variant> strided;              // none if the function takes no arrays
};

// `clones`: the processors that the object has code for, the most able first. Plain C99 and C++,
// needing no other file of ours.
std::string header_text(const std::string& base_name, const std::vector<HeaderFunction>& functions,
                        const std::vector<ir::Target>& clones);

}  // namespace arrayc::backends
