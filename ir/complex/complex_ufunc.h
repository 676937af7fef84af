// Ufuncs of complex numbers: what they are made of, in the real and imaginary parts.
//
// The results are NumPy's: its formulas where it has its own (umath/loops, npy_math_complex), else
// those that C's functions are defined by (C99, annex G), special values included. The functions
// that NumPy takes from the C library are within a few units in the last place of the result's
// magnitude.
#pragma once

#include <span>

#include "ir/complex/part.h"

namespace arrayc::ir {

enum class ComplexResult : std::uint8_t { same, real, boolean };

struct ComplexUfunc {
  std::string_view name;
  ComplexResult result;
  // A real or bool result is in `re`.
  Complex (*formula)(std::span<const Complex> args);
};

// Null: the ufunc has no loop for complex numbers. `where` is none of them: it chooses parts.
const ComplexUfunc* find_complex(const Ufunc& ufunc);

namespace complex_formulas {
#define COMPLEX(name, result) Complex name(std::span<const Complex> args);
#include "ir/complex/complex.def"
}  // namespace complex_formulas

}  // namespace arrayc::ir
