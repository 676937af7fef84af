#include "passes/pass.h"

#include <array>

namespace arrayc::passes {

#define PASS(id, ...) void id(ir::Module& module, const Context& context);
#include "passes/passes.def"

std::span<const Pass> builtin_passes() {
  using enum ir::Phase;
  static constexpr std::array table = {
#define PASS(id, before, after, doc) Pass{#id, doc, before, after, &id},
#include "passes/passes.def"
  };
  return table;
}

}  // namespace arrayc::passes
