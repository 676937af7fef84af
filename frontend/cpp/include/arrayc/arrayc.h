// arrayc: lazy arrays with NumPy's meaning, compiled.
//
//   #include <arrayc/arrayc.h>
//   namespace ac = arrayc;
//   ac::Array d = ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1}));  // nothing has run
//   std::cout << d << "\n";                                                // one kernel runs here
#pragma once

#include <arrayc/array.h>
#include <arrayc/contractions.h>
#include <arrayc/create.h>
#include <arrayc/functions.h>
#include <arrayc/jit.h>
#include <arrayc/run.h>
#include <arrayc/ufuncs.h>
