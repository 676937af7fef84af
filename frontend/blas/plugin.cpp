// The plug-in arrayc-blas.so: the backend `blas`.
#include "backends/blas/backend.h"
#include "frontend/plugin_api.h"

ARRAYC_PLUGIN("blas")

extern "C" void arrayc_plugin_register(arrayc::Host& host) {
  host.add_backend(arrayc::backends::make_blas_backend(
      [&host]() -> arrayc::backends::Backend& { return host.backend("cpu"); }));
}
