// The spine: passes in order, the module verified after each, and observers for dumps and timing.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace arrayc::passes {

using Pipeline = std::vector<Pass>;

// In the order they run; the comments between the lines of its definition state the invariants.
const Pipeline& array_pipeline();   // to planned programs of kernels
const Pipeline& kernel_pipeline();  // from kernels to scheduled loops

struct Observer {
  // After a pass ran and its result was verified; `changed`: the text differs (if want_text).
  std::function<void(const Pass& pass, const ir::Module& module, double seconds)> after;
};

// A pass from outside the tree, and the pass that it follows: one of the pipelines' or another from
// outside; "" for the beginning of array_pipeline. It must keep the phase that the module is in.
struct PlacedPass {
  Pass pass;
  std::string after;
};

struct RunOptions {
  std::set<std::string, std::less<>>
      disabled;  // passes to leave out; those that change phase are refused
  std::vector<Observer> observers;
  bool verify = true;
  std::vector<PlacedPass> added;
};

// Functions with stretches become those for their first pattern (ir/specialise.h), with a remark.
void decide_broadcasts(ir::Module& module);

// Runs the passes; an error of kind bug names the pass. Functions with stretches are specialised
// first, by decide_broadcasts.
void run(const Pipeline& pipeline, ir::Module& module, const Context& context,
         const RunOptions& options);

}  // namespace arrayc::passes
