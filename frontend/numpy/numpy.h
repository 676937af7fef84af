// The NumPy dialect: Python files whose typed functions are compiled. See docs/dialect.md.
#pragma once

#include "frontend/host.h"

namespace arrayc {

FrontEnd numpy_front_end();

}  // namespace arrayc
