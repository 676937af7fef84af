// The smallest plug-in: what counts here is that it compiles and links outside the tree.
#include "frontend/plugin_api.h"

ARRAYC_PLUGIN("empty")

extern "C" void arrayc_plugin_register(arrayc::Host&) {}
