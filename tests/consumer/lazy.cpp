// Uses the lazy interface; the two lines that it prints are compared by check.sh.
#include <arrayc/arrayc.h>

#include <iostream>

namespace ac = arrayc;

int main() {
  const ac::Array points = ac::array({{3.0, 4.0}, {6.0, 8.0}, {0.0, 0.0}});
  const ac::Array lengths = ac::sqrt(ac::sum(ac::square(points), {.axis = 1}));
  std::cout << lengths << "\n" << ac::stats().backend << "\n";
}
