// Built with headers whose types have other sizes: it must be refused before anything of it is
// called.
#include <cstdlib>

#include "frontend/plugin_api.h"

extern "C" {
extern const arrayc_plugin_info arrayc_plugin;
const arrayc_plugin_info arrayc_plugin = {sizeof(arrayc_plugin_info),
                                          ARRAYC_PLUGIN_API_VERSION,
                                          arrayc::plugin::standard_library(),
                                          0,
                                          arrayc::plugin::layout() + 1,
                                          __VERSION__,
                                          "other_layout"};
void arrayc_plugin_register(arrayc::Host&);
void arrayc_plugin_register(arrayc::Host&) { std::abort(); }
}
