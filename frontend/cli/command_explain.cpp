// arrayc explain FILE: what became of each function: kernels, temporaries and why, lanes, threads.
#include <iostream>

#include "frontend/cli/options.h"
#include "frontend/explain.h"

namespace arrayc::cli {

int command_explain(const std::vector<std::string>& words) {
  Shared shared;
  std::vector<std::string> arguments;
  if (!parse("explain", words, {}, shared, arguments)) return 0;
  if (arguments.size() != 1) throw UsageError("explain needs one file");
  Session& session = open_session(shared);
  ir::Module module = read(session, arguments[0], shared);
  const backends::CompileOptions options = compile_options(session, shared);
  std::cout << explain(session.divided(std::move(module)), session.registry(), options);
  finish_dumps(shared);
  return 0;
}

}  // namespace arrayc::cli
