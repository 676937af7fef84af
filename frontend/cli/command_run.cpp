// arrayc run FILE:FUNCTION ARGUMENTS: compile in memory, call, print or save.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "frontend/cli/argument.h"
#include "frontend/cli/options.h"
#include "frontend/cpp/printing.h"

namespace arrayc::cli {

namespace {

const ir::Function& function_of(const ir::Module& module, const std::string& name) {
  if (name.empty() && module.functions.size() == 1) return module.functions[0];
  std::vector<std::string> known;
  for (const ir::Function& f : module.functions) {
    if (f.name == name) return f;
    known.push_back(f.name);
  }
  const std::string problem = name.empty() ? "which function?" : "no function '" + name + "'";
  ir::user_error(module.source_file + ": " + problem, {},
                 fmt::format("the file has {}; write FILE:FUNCTION", fmt::join(known, ", ")));
}

backends::Arguments arguments_for(const ir::Function& f, const std::vector<std::string>& words) {
  if (words.size() != f.params.size()) {
    std::vector<std::string> params;
    for (const ir::Param& p : f.params) params.push_back(p.name + ": " + to_string(p.type));
    ir::user_error(
        fmt::format("{}() takes {} arguments, {} given", f.name, f.params.size(), words.size()), {},
        fmt::format("its parameters: {}", fmt::join(params, ", ")));
  }
  backends::Arguments arguments;
  for (std::size_t k = 0; k < words.size(); ++k) {
    arguments.arrays.push_back(read_argument(words[k], f.params[k]));
  }
  return arguments;
}

// What is strided stays so: a layout for each array.
void set_layouts(ir::Function& f, const backends::Arguments& arguments) {
  for (std::size_t k = 0; k < f.params.size(); ++k) {
    if (f.params[k].kind != ir::ParamKind::array) continue;
    const runtime::Array& a = arguments.arrays[k];
    if (runtime::is_contiguous(a) || a.rank() != f.params[k].type.rank()) continue;
    f.params[k].layout = {false, runtime::unit_axis(a)};
  }
}

}  // namespace

int command_run(const std::vector<std::string>& words) {
  Shared shared;
  std::vector<std::string> outputs, arguments;
  if (!parse("run", words, {.outputs = &outputs}, shared, arguments)) return 0;
  if (arguments.empty()) throw UsageError("run needs FILE:FUNCTION");
  Session& session = open_session(shared);
  const std::size_t colon = arguments[0].rfind(':');
  const std::string path = arguments[0].substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : arguments[0].substr(colon + 1);
  if (shared.exports.empty() && !name.empty()) shared.exports.push_back(name);
  ir::Module module = read(session, path, shared);
  ir::Function f = function_of(module, name);
  const backends::Arguments values = arguments_for(f, {arguments.begin() + 1, arguments.end()});
  set_layouts(f, values);
  const std::string function = f.name;
  const std::size_t count = ir::result_count(f);
  if (!outputs.empty() && outputs.size() != count) {
    throw UsageError(fmt::format("{}() has {} results; give as many -o, or none", function, count));
  }
  const std::size_t nodes = f.graph.size();
  ir::Module one;
  one.source_file = module.source_file;
  one.functions.push_back(std::move(f));
  backends::Backend& backend = session.backend();
  RunReport report;
  report.backend = backend.name();
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const auto callable = backend.compile(std::move(one), function, session.registry(),
                                        compile_options(session, shared));
  const Clock::time_point ready = Clock::now();
  const std::vector<runtime::Array> results = callable->call(values, &report.stats);
  report.stats.compile_seconds += std::chrono::duration<double>(ready - start).count();
  report.stats.run_seconds = std::chrono::duration<double>(Clock::now() - ready).count();
  session.log(nodes, report);
  if (outputs.empty()) {
    for (const runtime::Array& r : results) std::cout << printing::str(r, {}) << "\n";
  } else {
    write_arrays(outputs, results);
  }
  finish_dumps(shared);
  return 0;
}

}  // namespace arrayc::cli
