#include "ir/verifier.h"

#include "ir/diagnostic.h"

namespace arrayc::ir {

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
