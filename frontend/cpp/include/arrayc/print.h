// How arrays are written as text. The defaults are NumPy's.
#pragma once

#include <cstdint>
#include <string>

namespace arrayc {

struct PrintOptions {
  // How many digits floats get: as given by `precision`, as many as are needed to be unique, the
  // fewer of both, or the same with an equal count for all elements.
  enum class FloatMode : std::uint8_t { fixed, unique, maxprec, maxprec_equal };

  int precision = 8;
  std::int64_t threshold = 1000;  // arrays with more elements are summarised
  std::int64_t edgeitems = 3;     // shown at each end of a summarised axis
  int linewidth = 75;
  bool suppress = false;  // no scientific notation because of small numbers
  std::string nanstr = "nan";
  std::string infstr = "inf";
  char sign = '-';  // '+': before positive numbers too, ' ': a space there
  FloatMode floatmode = FloatMode::maxprec;
};

}  // namespace arrayc
