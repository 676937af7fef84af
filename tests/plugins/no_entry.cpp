// Says that it is a plug-in, and has no function that registers anything.
#include "frontend/plugin_api.h"

ARRAYC_PLUGIN("no_entry")
