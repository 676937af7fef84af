// float16 and bfloat16 in the C++ interface.
#include <arrayc/arrayc.h>

#include <cmath>
#include <vector>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

TEST_CASE("the C++ types of 16-bit floats", "[float16]") {
  static_assert(ac::Float16(1.0).bits == 0x3c00 && ac::BFloat16(1.0f).bits == 0x3f80);
  static_assert(ac::Float16(70000).bits == 0x7c00);
  static_assert(sizeof(ac::Float16) == 2 && ac::dtype_of<ac::BFloat16> == ac::bf16);
  CHECK(ac::Float16(0.1) * 2 == 0.199951171875f);
  CHECK(std::isnan(ac::Float16(NAN)));
  CHECK(ac::Float16::from_bits(0x8001) == -0x1p-24f);
  CHECK(ac::BFloat16::from_bits(0xc000) == -2.0f);
}

TEST_CASE("arrays of 16-bit floats", "[float16]") {
  const std::vector<ac::Float16> halves{ac::Float16(0.5), ac::Float16(2049), ac::Float16(60000)};
  const Array x = ac::array(halves);
  CHECK(x.dtype() == ac::f16);
  CHECK(ac::repr(x) == "array([5.000e-01, 2.048e+03, 6.000e+04], dtype=float16)");
  CHECK(ac::repr(x + x) == "array([1.000e+00, 4.096e+03,       inf], dtype=float16)");
  CHECK((x + 1.0).dtype() == ac::f16);
  CHECK((x + ac::array({1.0})).dtype() == ac::f64);
  CHECK((x + ac::zeros(3, ac::bf16)).dtype() == ac::f32);
  CHECK(ac::sqrt(ac::array({4}).astype(ac::u8)).dtype() == ac::f16);
  CHECK((x * 0.1).to_vector<ac::Float16>()[0].bits == ac::Float16(0.05).bits);
  CHECK(x(0).item<ac::Float16>() == 0.5f);
}

TEST_CASE("bfloat16 keeps float's range and 8 bits", "[float16]") {
  const Array x = ac::array(std::vector<ac::BFloat16>{ac::BFloat16(1e38), ac::BFloat16(0.1)});
  CHECK(ac::repr(x) == "array([1.e+38, 1.e-01], dtype=bfloat16)");
  CHECK(ac::str(x(1)) == "0.1");
  CHECK((x * 10.0).to_vector<ac::BFloat16>()[0].bits == 0x7f80);
  CHECK((ac::full(3, 1.0, ac::bf16) + 0.001).to_vector<ac::BFloat16>()[0] == 1.0f);
}

TEST_CASE("sums of 16-bit floats are rounded once", "[float16]") {
  const Array ones = ac::ones(4096, ac::f16);
  CHECK(ac::sum(ones).item<ac::Float16>() == 4096.0f);
  CHECK(ac::sum(ac::ones(1000, ac::bf16)).item<ac::BFloat16>() == 1000.0f);
  CHECK(ac::mean(ac::full(1000, 1000, ac::f16)).item<ac::Float16>() == 1000.0f);
  CHECK(std::isinf(ac::sum(ac::full(1000, 1000, ac::f16)).item<ac::Float16>()));
  const Array matrix = ac::ones({300, 300}, ac::f16);
  CHECK(ac::matmul(matrix, matrix)(0, 0).item<ac::Float16>() == 300.0f);
}
