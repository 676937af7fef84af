// A folder of dumps: after every pass one numbered file with the IR.
#pragma once

#include <string>

#include "passes/pipeline.h"

namespace arrayc {

// Files are named 0001-simplify.air, …; numbering goes on where an earlier run in the folder ended.
passes::Observer dump_to_folder(const std::string& folder);

}  // namespace arrayc
