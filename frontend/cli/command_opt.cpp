// arrayc opt FILE --passes=a,b: any passes on any IR text, printed.
#include <fmt/format.h>

#include <sstream>

#include "frontend/cli/options.h"
#include "ir/text.h"

namespace arrayc::cli {

namespace {

passes::Pipeline chosen(const std::string& wanted, const backends::CompileOptions& options) {
  passes::Pipeline pipeline;
  std::istringstream names(wanted);
  for (std::string name; std::getline(names, name, ',');) {
    bool found = false;
    const auto take = [&](const passes::Pass& p) {
      if (found || p.name != name) return;
      pipeline.push_back(p);
      found = true;
    };
    for (const passes::Pass& p : passes::builtin_passes()) take(p);
    for (const auto& p : options.passes.added) take(p.pass);
    if (!found) throw UsageError("there is no pass '" + name + "' (see arrayc list passes)");
  }
  return pipeline;
}

// What a pass asks of the module is the user's to provide here, where passes may come in any order.
void require_phase(const passes::Pass& pass, const ir::Module& module) {
  try {
    ir::verify(module, pass.before);
  } catch (const ir::Error& e) {
    ir::user_error(fmt::format("pass '{}' cannot run on this IR: {}", pass.name, e.message()), {},
                   "name the passes before it too, in the order of `arrayc list passes`");
  }
}

}  // namespace

int command_opt(const std::vector<std::string>& words) {
  Shared shared;
  std::vector<std::string> outputs, arguments;
  std::string wanted;
  const OwnOptions own{.outputs = &outputs, .passes = &wanted};
  if (!parse("opt", words, own, shared, arguments)) return 0;
  if (arguments.size() != 1) throw UsageError("opt needs one file");
  if (outputs.size() > 1) throw UsageError("opt writes one file");
  Session& session = open_session(shared);
  ir::Module module = read(session, arguments[0], shared);
  backends::CompileOptions options = compile_options(session, shared);
  const passes::Context context{session.registry(), options.target};
  if (wanted.empty()) {
    passes::run(passes::array_pipeline(), module, context, options.passes);
    passes::run(passes::kernel_pipeline(), module, context, options.passes);
  } else {
    const passes::Pipeline pipeline = chosen(wanted, options);
    options.passes.added.clear();  // those that are wanted are in the list
    for (const passes::Pass& pass : pipeline) {
      require_phase(pass, module);
      passes::run({pass}, module, context, options.passes);
    }
  }
  write_files({{outputs.empty() ? "-" : outputs[0], ir::print(module)}});
  finish_dumps(shared);
  return 0;
}

}  // namespace arrayc::cli
