// distances POINTS.npy OUT.npy: the distance of each of many points from (1, 1), written lazily.
#include <arrayc/arrayc.h>

#include <chrono>
#include <cstdio>
#include <iostream>

namespace ac = arrayc;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: distances POINTS.npy OUT.npy\n";
    return 2;
  }
  try {
    const ac::Array points = ac::load_npy(argv[1]);  // memory-mapped
    const ac::Array p = ac::array({1.0, 1.0});
    const ac::Array d = ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1}));
    const auto start = std::chrono::steady_clock::now();
    ac::eval(d);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    std::cout << d(ac::slice(0, 10)) << "\n";
    ac::save_npy(argv[2], d);
    std::printf("seconds %.4f\n", elapsed.count());
  } catch (const ac::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
