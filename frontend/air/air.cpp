// IR text as a source language.
#include "frontend/host.h"
#include "ir/diagnostic.h"
#include "ir/text.h"

namespace arrayc {

namespace {

ir::Module read(std::string_view text, const std::string& file_name,
                const std::vector<std::string>& exports, const ir::Registry& registry) {
  if (!exports.empty()) {
    ir::user_error("functions of .air files have their types written in the file", {},
                   "--export is for files without annotations");
  }
  return ir::parse(text, file_name, registry);
}

}  // namespace

FrontEnd air_front_end() {
  return {"air", "the array IR as text, as dumps and save_air write it", {".air"}, read};
}

}  // namespace arrayc
