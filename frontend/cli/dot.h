// A module's graphs for Graphviz.
#pragma once

#include <string>

#include "ir/module.h"

namespace arrayc::cli {

// One cluster a function, one box a node with its operation and type, edges from operands to users.
std::string to_dot(const ir::Module& module);

}  // namespace arrayc::cli
