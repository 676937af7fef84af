// The composition root: everything that is registered, and how an expression becomes a result.
//
// One of the three files that show the whole path: evaluate() imports recorded values, looks the
// program up, compiles it if it is new (passes/pipeline.h, backends/backend.h) and calls it.
// The session is the only mutable state of the library; the free functions of the C++ API use
// Session::process().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "frontend/host.h"
#include "ir/value.h"

namespace arrayc {

class Session final : public Host {
 public:
  Session();
  ~Session() override;
  static Session& process();

  // --- registration: the tree's own parts and plug-ins use the same four functions
  void add_ufunc(const ir::Ufunc& ufunc) override;
  void add_pass(const PassPlace& pass) override;
  void add_backend(std::unique_ptr<backends::Backend> backend) override;
  void add_front_end(FrontEnd front_end) override;
  // A user error says why a file is refused: not a plug-in, another API version, compiler or LLVM.
  void load_plugin(const std::string& path);

  // --- what there is
  const ir::Registry& registry() const;
  struct BackendInfo {
    std::string name, doc;
    bool loaded;
  };
  std::vector<BackendInfo> backends() const;  // without loading any
  // Loads the backend's module if it has one; a user error names those that there are.
  backends::Backend& backend(std::string_view name);
  const std::vector<FrontEnd>& front_ends() const;
  // The session's target and pass options, with the passes of plug-ins at their places.
  backends::CompileOptions compile_options() const;

  // --- reading: by the front end that the extension names. Errors are user errors with places.
  ir::Module read(const std::string& path, const std::vector<std::string>& exports = {}) const;

  // --- evaluating recorded values as one program
  struct Evaluated {
    std::vector<runtime::Array> results;
    backends::RunStats stats;
  };
  Evaluated evaluate(std::span<const ir::Value> results);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace arrayc
