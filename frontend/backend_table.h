// The backends of a session: those in the tree, those in modules that are opened on first use, and
// those of plug-ins.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"

namespace arrayc {

struct BackendInfo {
  std::string name;
  std::string doc;
  std::string module;  // "" where there is nothing to open
};

class BackendTable {
 public:
  BackendTable();  // the rows of backends.def
  // Throws a user error if the name is taken.
  void add(std::unique_ptr<backends::Backend> backend);
  // Opens its module if need be. Throws a user error for a name that is not known, or a module that
  // is not there. Not for several threads at once.
  backends::Backend& get(std::string_view name);
  bool has(std::string_view name) const;
  std::vector<BackendInfo> all() const;

 private:
  struct Entry {
    BackendInfo info;
    std::unique_ptr<backends::Backend> backend;  // null: not opened yet
  };
  std::vector<Entry> entries_;
};

// Where modules and the library itself lie: lib/arrayc and lib.
std::vector<std::string> module_folders();

}  // namespace arrayc
