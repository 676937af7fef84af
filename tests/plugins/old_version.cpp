// Built for an interface that never was: it must be refused before anything of it is called.
#include <cstdlib>

#include "frontend/plugin_api.h"

extern "C" {
extern const arrayc_plugin_info arrayc_plugin;
const arrayc_plugin_info arrayc_plugin = {sizeof(arrayc_plugin_info),
                                          ARRAYC_PLUGIN_API_VERSION + 41,
                                          arrayc::plugin::standard_library(),
                                          0,
                                          arrayc::plugin::layout(),
                                          __VERSION__,
                                          "old_version"};
void arrayc_plugin_register(arrayc::Host&);
void arrayc_plugin_register(arrayc::Host&) { std::abort(); }
}
