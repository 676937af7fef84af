// Opening plug-ins: shared objects with further ufuncs, passes, backends and front ends.
#pragma once

#include <string>

#include "frontend/host.h"

namespace arrayc {

// Opens the shared object, checks that it fits and lets it register with `host`. Throws a user
// error where it does not fit. It stays open for good. Returns its name.
std::string load_plugin_file(const std::string& path, Host& host);

}  // namespace arrayc
