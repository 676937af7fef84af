// The IR as text (`.air`): parse(print(m)) is m, at both levels and at every stage.
#pragma once

#include <string>
#include <string_view>

#include "ir/module.h"

namespace arrayc::ir {

class Registry;

std::string print(const Module& module);
std::string print(const Function& function);
std::string print(const loops::Kernel& kernel);

// `file_name` is for errors; ufunc names are looked up in `registry`. Throws user errors with
// places; never recurses over nesting deeper than a stated limit, never crashes on any text.
Module parse(std::string_view text, std::string_view file_name, const Registry& registry);

}  // namespace arrayc::ir
