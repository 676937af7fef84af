// Every temporary gets a slot, and a slot is used again once its value is dead.
//
//   %t0 = call @k0(…)                  %t0 in slot 0
//   %t1 = call @k1(%t0)         →      %t1 in slot 1
//   %t2 = call @k0(%t1)                %t2 in slot 0: %t0 was last read by the call before
//
// Slots are shared between temporaries of one size, so that no slot is larger than it needs to be.
#include <map>

#include "passes/pass.h"
#include "runtime/planted.h"

namespace arrayc::passes {

namespace {

// The last call that reads or writes each storage.
std::vector<std::uint32_t> last_uses(const ir::Program& program) {
  std::vector<std::uint32_t> last(program.storages.size(), 0);
  for (std::uint32_t c = 0; c < program.calls.size(); ++c) {
    for (std::uint32_t s : program.calls[c].buffers)
      last[s] = c - (c > 0 && planted(runtime::Plant::slot_early));
  }
  return last;
}

void plan(ir::Program& program) {
  using Kind = ir::Storage::Kind;
  const std::vector<std::uint32_t> last = last_uses(program);
  std::vector<bool> placed(program.storages.size(), false);
  std::map<std::string, std::vector<std::uint32_t>> free;  // by size in bytes
  const auto size_of = [&](std::uint32_t s) {
    const ir::Type& type = program.storages[s].type;
    return to_string(ir::element_count(type.shape) * ir::item_size(type.dtype));
  };
  program.slots = 0;
  for (std::uint32_t c = 0; c < program.calls.size(); ++c) {
    for (std::uint32_t s : program.calls[c].buffers) {
      if (program.storages[s].kind != Kind::temporary || placed[s]) continue;
      std::vector<std::uint32_t>& candidates = free[size_of(s)];
      placed[s] = true;
      if (candidates.empty()) {
        program.storages[s].index = program.slots++;
      } else {
        program.storages[s].index = candidates.back();
        candidates.pop_back();
      }
    }
    for (std::uint32_t s : program.calls[c].buffers) {
      if (program.storages[s].kind != Kind::temporary || last[s] != c || !placed[s]) continue;
      free[size_of(s)].push_back(program.storages[s].index);
      placed[s] = planted(runtime::Plant::slot_early);  // a buffer bound twice is freed once
    }
  }
}

}  // namespace

void plan_memory(ir::Module& module, const Context&) {
  for (ir::Function& function : module.functions) {
    if (function.program) plan(*function.program);
  }
}

}  // namespace arrayc::passes
