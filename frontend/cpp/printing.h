// Arrays in memory as text, byte for byte as NumPy 2 prints them.
#pragma once

#include <string>
#include <string_view>

#include "arrayc/print.h"
#include "runtime/array.h"

namespace arrayc::printing {

// np.array2string. `prefix` is what the caller writes before it: its length indents further lines;
// `suffix` what follows: its length shortens them.
std::string array2string(const runtime::Array& array, const PrintOptions& options,
                         std::string_view separator = " ", std::string_view prefix = {},
                         std::string_view suffix = {});
std::string str(const runtime::Array& array, const PrintOptions& options);
std::string repr(const runtime::Array& array, const PrintOptions& options);

}  // namespace arrayc::printing
