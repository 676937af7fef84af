// The elementary functions with what they are measured by, and how far off they may be.
#pragma once

#include <mpfr.h>

#include <cmath>
#include <utility>
#include <vector>

namespace arrayc::tests {

using Ranges = std::vector<std::pair<double, double>>;

// `wide` and `plain` are the C library's, a few units of their own last place off: what f64 and f32
// are compared with. MPFR decides where that is too close to the limit.
struct Function {
  const char* name;
  int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
  long double (*wide)(long double);
  double (*plain)(double);
  double limit;  // in units of the last place
  Ranges ranges;
  std::vector<double> near;      // roots, poles, ends of ranges, joints of formulas
  bool has_small_zeros = false;  // below 1, of negative numbers: in units of 1's last place
};

struct BinaryFunction {
  const char* name;
  int (*exact)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
  long double (*wide)(long double, long double);
  double limit;
};

const std::vector<Function>& functions();
const std::vector<BinaryFunction>& binary_functions();

// Numbers that are special to some function, in both float types.
const std::vector<double>& special_numbers();

}  // namespace arrayc::tests
