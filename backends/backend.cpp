#include "backends/backend.h"

#include "ir/diagnostic.h"

namespace arrayc::backends {

std::string Backend::emit(ir::Module, std::string_view kind, const std::string&,
                          const ir::Registry&, const CompileOptions&) {
  ir::limitation(
      "the backend " + std::string(name()) + " does not write ." + std::string(kind) + " files", {},
      "the backend cpu does");
}

}  // namespace arrayc::backends
