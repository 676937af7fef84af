// Where ufuncs, passes, backends and front ends are registered: by the tree itself and by plug-ins.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "ir/registry.h"
#include "passes/pipeline.h"

namespace arrayc {

// A front end reads one kind of file into a module of source functions.
struct FrontEnd {
  std::string name;
  std::string doc;
  std::vector<std::string> extensions;  // ".py"
  // `exports`: signatures from outside ("f(f64[n], f64)"), or names of functions that the file
  // gives types ("f"), of which others need not be read; empty: all of those.
  std::function<ir::Module(std::string_view text, const std::string& file_name,
                           const std::vector<std::string>& exports, const ir::Registry& registry)>
      read;
};

using PassPlace = passes::PlacedPass;

class Host {
 public:
  virtual ~Host() = default;
  virtual void add_ufunc(const ir::Ufunc& ufunc) = 0;
  virtual void add_pass(const PassPlace& pass) = 0;
  virtual void add_backend(std::unique_ptr<backends::Backend> backend) = 0;
  virtual void add_front_end(FrontEnd front_end) = 0;
  // One that is registered, loaded where it is in a module. Throws a user error where it is not.
  virtual backends::Backend& backend(std::string_view name) = 0;
};

}  // namespace arrayc
