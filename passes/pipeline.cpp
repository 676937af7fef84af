#include "passes/pipeline.h"

#include <fmt/format.h>

#include <chrono>

#include "ir/diagnostic.h"
#include "ir/specialise.h"

namespace arrayc::passes {

namespace {

const Pass& builtin(std::string_view name) {
  for (const Pass& p : builtin_passes()) {
    if (p.name == name) return p;
  }
  ir::bug("no pass named " + std::string(name));
}

Pipeline pipeline_of(std::initializer_list<std::string_view> names) {
  Pipeline pipeline;
  for (std::string_view name : names) pipeline.push_back(builtin(name));
  return pipeline;
}

void run_checked(const Pass& pass, ir::Module& module, const Context& context, bool verify) {
  try {
    pass.run(module, context);
    if (verify) ir::verify(module, pass.after);
  } catch (const ir::Error& e) {
    if (e.kind() != ir::ErrorKind::bug) throw;
    throw ir::Error(ir::ErrorKind::bug, "[" + std::string(pass.name) + "] " + e.message(),
                    e.place(), e.note());
  }
}

void run_one(const Pass& pass, ir::Module& module, const Context& context,
             const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  if (options.disabled.contains(pass.name)) {
    if (pass.before != pass.after &&
        pass.after != ir::Phase::scheduled) {  // which asks for nothing
      ir::user_error("pass '" + std::string(pass.name) + "' cannot be disabled", {},
                     "later passes need what it makes");
    }
    return;
  }
  const Clock::time_point start = Clock::now();
  run_checked(pass, module, context, options.verify);
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  for (const Observer& observer : options.observers) {
    observer.after(pass, module, elapsed.count());
  }
}

// The passes from outside that follow `name`, each with those that follow it.
void run_added(std::string_view name, ir::Module& module, const Context& context,
               const RunOptions& options) {
  for (const PlacedPass& added : options.added) {
    if (added.after != name) continue;
    run_one(added.pass, module, context, options);
    run_added(added.pass.name, module, context, options);
  }
}

}  // namespace

const Pipeline& array_pipeline() {
  static const Pipeline pipeline = pipeline_of({
      "order_contractions", "split_complex", "simplify", "plan_einsum", "sink_views",
      // From here on every node is a generator, a ufunc, a view, a reshape or a reduction.
      "fuse",
      // From here on a function is a program: calls of kernels.
      "plan_memory",
      // From here on every value between kernels has its memory.
  });
  return pipeline;
}

const Pipeline& kernel_pipeline() {
  static const Pipeline pipeline = pipeline_of({
      "lower_to_loops",
      // From here on a kernel is loops over scalar operations.
      "expand_formulas",
      // From here on there are only primitive operations.
      "simplify_loops",
      "split_reductions",
      "interchange_loops",
      "parallelize_loops",
      "tile_loops",
      // From here on no loop changes order.
      "vectorize_loops",
  });
  return pipeline;
}

// Passes work on functions whose broadcasts are decided. Where nobody has specialised a function
// for other sizes, it is compiled for those where as much as possible is equal.
void decide_broadcasts(ir::Module& module) {
  for (ir::Function& function : module.functions) {
    if (!ir::has_stretches(function)) continue;
    const ir::Pattern pattern = ir::first_pattern(function);
    for (const ir::Guard& guard : pattern) {
      module.remarks.push_back({"specialise",
                                fmt::format("{}: here {} == {}; other sizes that can be broadcast "
                                            "have variants of their own",
                                            function.name, to_string(guard.a), to_string(guard.b)),
                                guard.place});
    }
    function = ir::specialise(function, pattern);
  }
}

void run(const Pipeline& pipeline, ir::Module& module, const Context& context,
         const RunOptions& options) {
  decide_broadcasts(module);
  for (const Pass& pass : pipeline) {
    if (pass.name == array_pipeline().front().name) run_added("", module, context, options);
    run_one(pass, module, context, options);
    run_added(pass.name, module, context, options);
  }
}

}  // namespace arrayc::passes
