// What is legal in each phase of a module; run after every pass.
#pragma once

#include "ir/module.h"

namespace arrayc::ir {

enum class Phase : std::uint8_t {
  source,     // graphs only; every op of ops.def
  simplified, // the same, views composed: only `view` and reshape remain of the view ops; no einsum
  fused,      // programs of kernels; kernel graphs
  planned,    // every temporary has a slot
  loops,      // kernels have loop nests; no accumulator refers outside; values dominate uses
  primitive,  // no ufunc nodes in loop nests
  scheduled   // loops are parallel and vector; nothing changes order from here on
};

// Throws a bug error that says which node breaks which rule.
void verify(const Module& module, Phase phase);

}  // namespace arrayc::ir
