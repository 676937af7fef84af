// The plug-in as C++ programs use it.
#include <arrayc/arrayc.h>

#include "tests/catch.h"

namespace ac = arrayc;

TEST_CASE("a program loads the plug-in and chooses its backend") {
  const ac::Array a = ac::reshape(ac::arange(12, ac::f64), {3, 4});
  const ac::Array b = ac::reshape(ac::arange(20, ac::f64), {4, 5});
  const std::string wanted = ac::repr(ac::matmul(a, b) + 1);
  const std::string plugin = std::string(ARRAYC_BINARY_DIR) + "/lib/arrayc/arrayc-blas.so";
  CHECK_THROWS_WITH(ac::set_backend("blas"), Catch::Matchers::Contains("no backend named 'blas'"));
  ac::load_plugin(plugin);
  CHECK_THROWS_WITH(ac::load_plugin(plugin),
                    Catch::Matchers::Contains("there is a backend named 'blas' already"));
  ac::set_backend("blas");
  CHECK(ac::repr(ac::matmul(a, b) + 1) == wanted);
  CHECK(ac::stats().backend == "blas");
  CHECK_THAT(ac::explain(ac::matmul(a, b) + 1), Catch::Matchers::Contains("by the BLAS: gemm"));

  const auto f = ac::jit([](const ac::Array& x, const ac::Array& y) { return ac::matmul(x, y); });
  ac::Array square = ac::reshape(ac::arange(9, ac::f64), {3, 3});
  CHECK(ac::repr(f(square, square)) ==
        "array([[ 15.,  18.,  21.],\n       [ 42.,  54.,  66.],\n       [ 69.,  90., 111.]])");
  // A store into an operand: the product is made before it is written.
  const ac::Array turned = square.T();
  square(ac::dots) = ac::matmul(square, square);
  CHECK(ac::repr(square) ==
        "array([[ 15.,  18.,  21.],\n       [ 42.,  54.,  66.],\n       [ 69.,  90., 111.]])");
  CHECK(ac::repr(turned(0)) == "array([15., 42., 69.])");
  ac::set_backend("");
}
