// Single lines of the IR's text form, for the printers and for messages that name a node.
#pragma once

#include <string>

#include "ir/module.h"

namespace arrayc::ir {

// "%3 = add %1, %2 : f64[n]". Never fails, however wrong the node is.
std::string node_text(const Function& function, NodeId id);
// "%3 = load f64 %a[8*i]"; of a loop, its first line.
std::string item_text(const loops::Kernel& kernel, loops::Id id);

std::string_view fold_text(loops::Fold fold);

}  // namespace arrayc::ir
