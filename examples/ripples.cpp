// ripples X.npy OUT.npy: sin(r²)/r² on the mesh of x with itself; only the result is ever stored.
#include <arrayc/arrayc.h>

#include <chrono>
#include <cstdio>
#include <iostream>

namespace ac = arrayc;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: ripples X.npy OUT.npy\n";
    return 2;
  }
  try {
    const ac::Array x = ac::load_npy(argv[1]);
    const ac::Array r2 = ac::square(x) + ac::square(x)(ac::all, ac::newaxis);
    const ac::Array z = ac::sin(r2) / r2;
    const auto start = std::chrono::steady_clock::now();
    ac::eval(z);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    ac::save_npy(argv[2], z);
    std::printf("seconds %.4f\n", elapsed.count());
  } catch (const ac::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
