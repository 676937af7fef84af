// How arguments lie in memory, against what their parameters promise the kernels.
#pragma once

#include <utility>
#include <vector>

#include "backends/executor.h"

namespace arrayc::backends {

// For every array that does not lie as its parameter says, or is not aligned to its elements: its
// position and a copy that does.
std::vector<std::pair<std::size_t, runtime::Array>> copies_for_layout(
    const std::vector<ir::Param>& params, const std::vector<runtime::Array>& arrays);

// An array of complex numbers as one of their parts, with one more axis: the same memory.
runtime::Array in_parts(const runtime::Array& array);

// The bytes that the array's elements take, counted from its data pointer.
ByteRange byte_range(const runtime::Array& array);

}  // namespace arrayc::backends
