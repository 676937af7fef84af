// The backend `blas`: contractions by a BLAS, everything else by another backend.
#pragma once

#include <functional>
#include <memory>

#include "backends/backend.h"

namespace arrayc::backends {

// `others` gives the backend that compiles everything else; it is asked when something is compiled.
std::unique_ptr<Backend> make_blas_backend(std::function<Backend&()> others);

}  // namespace arrayc::backends
