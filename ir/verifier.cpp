#include "ir/verifier.h"

#include "ir/diagnostic.h"

namespace arrayc::ir {

Phase earliest_phase(const Module& module) {
  bool loops = !module.kernels.empty();
  for (const KernelFunction& k : module.kernels) loops = loops && k.loops.has_value();
  if (loops) return Phase::loops;
  bool fused = !module.kernels.empty();
  for (const Function& f : module.functions) fused = fused || f.program.has_value();
  return fused ? Phase::fused : Phase::source;
}

void verify(const Module& module, Phase phase) {
  for (const Function& f : module.functions) {
    if (phase < Phase::fused && f.program) bug("function " + f.name + " has a program already");
    if (phase >= Phase::fused && !f.program) bug("function " + f.name + " has no program");
    verify_graph(f, phase, false);
    if (f.program) verify_program(module, f, phase);
  }
  for (const KernelFunction& k : module.kernels) {
    verify_graph(k.function, phase, true);
    if (k.loops) {
      verify_loops(*k.loops, phase);
    } else if (phase >= Phase::loops) {
      bug("kernel " + k.function.name + " has no loops");
    }
  }
}

}  // namespace arrayc::ir
