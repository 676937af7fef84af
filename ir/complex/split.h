// Functions of complex numbers as functions of their real and imaginary parts.
//
//   %1 = multiply %z, %w : c128[n]   →   %1 = view %z', [n], map=[0,@0] : f64[n]   (%z' : f64[n,2])
//   return %1                            … f64 multiplications, a subtraction, an addition …
//                                        %9 = complex %7, %8 : c128[n]
//                                        return %9
//
// A complex array in memory is an array of its parts with one more axis, of length 2: so it is
// read, whatever its parameter is declared as. Complex values exist no more except as results,
// made by `complex` nodes that nothing else uses.
#pragma once

#include "ir/module.h"

namespace arrayc::ir {

bool has_complex(const Function& function);

// Throws a limitation error for folds that are not built.
Function split_complex(const Function& function);

}  // namespace arrayc::ir
