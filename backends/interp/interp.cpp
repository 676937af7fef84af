#include "backends/interp/interp.h"

#include <algorithm>

#include "backends/broadcasting.h"
#include "backends/executor.h"
#include "backends/interp/graph_program.h"
#include "backends/interp/kernel_graphs.h"
#include "backends/interp/loop_code.h"
#include "ir/diagnostic.h"
#include "ir/order_contractions.h"
#include "ir/specialise.h"

namespace arrayc::backends {

namespace {

const ir::Function& find_function(const ir::Module& module, const std::string& name) {
  for (const ir::Function& function : module.functions) {
    if (function.name == name) return function;
  }
  ir::user_error("no function '" + name + "' in " +
                 (module.source_file.empty() ? "this module" : module.source_file));
}

std::vector<ReadyKernel> interpreted_kernels(const ir::Module& module, bool fma) {
  std::vector<ReadyKernel> kernels;
  for (const ir::KernelFunction& kernel : module.kernels) {
    auto loops = std::make_shared<const ir::loops::Kernel>(*kernel.loops);
    auto code = std::make_shared<const interp::LoopCode>(loops, fma);
    kernels.push_back({std::move(loops), std::move(code)});
  }
  return kernels;
}

// Whether the order of a contraction's sums may depend on which extents are stretched.
bool sums_by_pattern(const ir::Function& function) {
  return ir::has_stretches(function) && ir::has_contraction(function);
}

class InterpCallable final : public Callable {
 public:
  InterpCallable(const ir::Function& function, bool fma) : program_(function, fma) {}
  std::vector<runtime::Array> call(const Arguments& arguments, RunStats* stats) const override {
    return program_.run(arguments, stats);
  }

 private:
  interp::GraphProgram program_;
};

class InterpBackend final : public Backend {
 public:
  std::string_view name() const override { return "interp"; }
  std::string_view doc() const override {
    return "interprets the graph, one operation at a time: the reference";
  }
  std::unique_ptr<Callable> compile(ir::Module module, const std::string& name, const ir::Registry&,
                                    const CompileOptions& options) override {
    const ir::Function& function = find_function(module, name);
    const bool fma = options.target.fma;
    if (!sums_by_pattern(function)) return std::make_unique<InterpCallable>(function, fma);
    ir::Module only;
    only.source_file = module.source_file;
    only.functions.push_back(function);
    return compile_patterns(std::move(only), [fma](ir::Module one) {
      return std::make_unique<InterpCallable>(one.functions.front(), fma);
    });
  }
};

class LoopsCallable final : public Callable {
 public:
  LoopsCallable(const ir::Function& function, const std::vector<ReadyKernel>& kernels)
      : program_(function, kernels) {}
  std::vector<runtime::Array> call(const Arguments& arguments, RunStats* stats) const override {
    return program_.run(arguments, stats);
  }

 private:
  PreparedProgram program_;
};

class InterpLoopsBackend final : public Backend {
 public:
  std::string_view name() const override { return "interp-loops"; }
  std::string_view doc() const override {
    return "compiles to loops as cpu does and interprets them, every access checked";
  }
  std::unique_ptr<Callable> compile(ir::Module module, const std::string& name,
                                    const ir::Registry& registry,
                                    const CompileOptions& options) override {
    ir::Module only;
    only.source_file = module.source_file;
    only.functions.push_back(find_function(module, name));
    return compile_patterns(std::move(only), [&registry, options](ir::Module one) {
      const passes::Context context{registry, options.target};
      passes::run(passes::array_pipeline(), one, context, options.passes);
      passes::run(passes::kernel_pipeline(), one, context, options.passes);
      return std::make_unique<LoopsCallable>(one.functions.front(),
                                             interpreted_kernels(one, options.target.fma));
    });
  }
};

}  // namespace

std::unique_ptr<Backend> make_interp_backend() { return std::make_unique<InterpBackend>(); }

std::unique_ptr<Backend> make_interp_loops_backend() {
  return std::make_unique<InterpLoopsBackend>();
}

std::vector<runtime::Array> interpret_module(const ir::Module& module, const std::string& function,
                                             const ir::Registry&, const ir::Target& target,
                                             const Arguments& arguments) {
  const ir::Function& main = find_function(module, function);
  if (!main.program && sums_by_pattern(main)) {
    const ir::Function one = specialised_for(main, arguments);
    return interp::GraphProgram(one, target.fma).run(arguments, nullptr);
  }
  if (!main.program) return interp::GraphProgram(main, target.fma).run(arguments, nullptr);
  const bool have_loops = std::all_of(module.kernels.begin(), module.kernels.end(),
                                      [](const auto& kernel) { return kernel.loops.has_value(); });
  if (!have_loops) return interp::run_kernel_graphs(module, main, arguments, target.fma);
  return execute(main, interpreted_kernels(module, target.fma), arguments, nullptr);
}

}  // namespace arrayc::backends
