// A pass is a value: a name, one sentence, and a function from module to module.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"
#include "ir/registry.h"
#include "ir/target.h"
#include "ir/verifier.h"

namespace arrayc::passes {

struct Context {
  const ir::Registry& registry;
  const ir::Target& target;
};

struct Pass {
  std::string_view name;  // its flag, its place in dumps
  std::string_view doc;   // one sentence
  ir::Phase before;       // the phase it needs
  ir::Phase after;        // the phase the module is in when it has run
  void (*run)(ir::Module& module, const Context& context);
};

// The rows of passes.def.
std::span<const Pass> builtin_passes();

}  // namespace arrayc::passes
