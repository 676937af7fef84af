#include "backends/backend.h"

#include "ir/diagnostic.h"

namespace arrayc::backends {

std::unique_ptr<const BoundCallable> Callable::bind(const Arguments&) const { return nullptr; }

std::string Backend::emit(ir::Module, std::string_view kind, const std::string&,
                          const ir::Registry&, const CompileOptions&) {
  ir::limitation(
      "the backend " + std::string(name()) + " does not write ." + std::string(kind) + " files", {},
      "the backend cpu does");
}

void Backend::divide(ir::Module&) const {}

}  // namespace arrayc::backends
