// Running passes on IR text, for the passes' tests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ir/registry.h"
#include "ir/target.h"
#include "ir/text.h"
#include "passes/pipeline.h"

namespace arrayc::passes {

inline const ir::Registry& test_registry() {
  static const ir::Registry registry;
  return registry;
}

inline ir::Module parsed(std::string_view text) {
  return ir::parse(text, "test.air", test_registry());
}

inline Pipeline named(const std::vector<std::string_view>& names) {
  Pipeline pipeline;
  for (std::string_view name : names) {
    for (const Pass& pass : builtin_passes()) {
      if (pass.name == name) pipeline.push_back(pass);
    }
    if (pipeline.empty() || pipeline.back().name != name) {
      ir::bug("no pass named " + std::string(name));
    }
  }
  return pipeline;
}

inline void run_on(ir::Module& module, const Pipeline& pipeline, const RunOptions& options = {}) {
  const ir::Target target = ir::make_target("x86-64-v3");
  run(pipeline, module, {test_registry(), target}, options);
}

// The module after these passes, verified after each; both the array level's and the kernels'.
inline ir::Module module_after(const std::vector<std::string_view>& passes, std::string_view text) {
  ir::Module module = parsed(text);
  run_on(module, named(passes));
  return module;
}

inline std::string after(std::initializer_list<std::string_view> passes, std::string_view text) {
  return ir::print(module_after(passes, text));
}

// All passes of the array level; then those of the kernel level up to and including `last`.
inline ir::Module fused(std::string_view text) {
  ir::Module module = parsed(text);
  run_on(module, array_pipeline());
  return module;
}

inline ir::Module scheduled_to(std::string_view last, std::string_view text) {
  ir::Module module = fused(text);
  Pipeline pipeline;
  for (const Pass& pass : kernel_pipeline()) {
    pipeline.push_back(pass);
    if (pass.name == last) break;
  }
  run_on(module, pipeline);
  return module;
}

// The text of the loops of a module's kernels, one after the other.
inline std::string loops_text(const ir::Module& module) {
  std::string text;
  for (const ir::KernelFunction& kernel : module.kernels) text += ir::print(*kernel.loops);
  return text;
}

inline std::string loops_to(std::string_view last, std::string_view text) {
  return loops_text(scheduled_to(last, text));
}

// How often `part` is in `text`.
inline int count(std::string_view text, std::string_view part) {
  int n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

}  // namespace arrayc::passes
