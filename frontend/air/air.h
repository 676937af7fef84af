// IR text as a source language: `.air` files, written by hand, by dumps or by save_air.
#pragma once

#include "frontend/host.h"

namespace arrayc {

// Reads modules of every stage. What is not legal at its stage is a user error with a place.
FrontEnd air_front_end();

}  // namespace arrayc
