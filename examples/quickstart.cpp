// The ten lines of the README.
#include <arrayc/arrayc.h>

#include <iostream>

namespace ac = arrayc;

int main() {
  const ac::Array points = ac::array({{0.0, 0.0}, {3.0, 4.0}, {1.0, 2.0}, {6.0, 8.0}});
  const ac::Array p = ac::array({0.0, 0.0});
  const ac::Array d = ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1}));  // nothing has run
  std::cout << d << "\n";  // one fused kernel runs here
  std::cout << d / d.max() << "\n";
  std::cout << ac::argmin(d) << " " << d(ac::slice(1, ac::none)) << "\n";
}
