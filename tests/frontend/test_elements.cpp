// Functions of elements in the C++ interface that are made of ufuncs, against NumPy's results.
#include <arrayc/arrayc.h>

#include <cmath>
#include <limits>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string text(const Array& a) { return ac::repr(a); }

}  // namespace

TEST_CASE("functions with two results") {
  const auto [quotient, rest] = ac::divmod(ac::array({7, -7}), 3);
  CHECK(text(quotient) == "array([ 2, -3])");
  CHECK(text(rest) == "array([1, 2])");
  const auto [fraction, whole] = ac::modf(ac::array({2.5, -0.25, -kInf}));
  CHECK(text(fraction) == "array([ 0.5 , -0.25, -0.  ])");
  CHECK(text(whole) == "array([  2.,  -0., -inf])");
  const auto [mantissa, exponent] = ac::frexp(ac::array({8.0, -0.75, 0.0}));
  CHECK(text(mantissa) == "array([ 0.5 , -0.75,  0.  ])");
  CHECK(text(exponent) == "array([4, 0, 0], dtype=int32)");
  CHECK(ac::modf(ac::array({1, 2}).astype(ac::i8)).second.dtype() == ac::f16);
}

TEST_CASE("rounding and replacing") {
  const Array x = ac::array({2.675, -1.25, 1234.5});
  CHECK(text(ac::round(x, 1)) == "array([ 2.7000e+00, -1.2000e+00,  1.2345e+03])");
  CHECK(text(ac::round(x, -2)) == "array([   0.,   -0., 1200.])");
  CHECK(text(ac::fix(x)) == "array([ 2.000e+00, -1.000e+00,  1.234e+03])");
  CHECK(text(ac::round(ac::array({125, 135}), -1)) == "array([120, 140])");
  const Array odd = ac::array({kNan, kInf, -kInf, 1.0});
  CHECK(text(ac::nan_to_num(odd, 5, 7, -7)) == "array([ 5.,  7., -7.,  1.])");
  CHECK(ac::nan_to_num(odd).to_vector<double>()[1] == std::numeric_limits<double>::max());
  CHECK(text(ac::isposinf(odd)) == "array([False,  True, False, False])");
  CHECK(text(ac::isneginf(odd)) == "array([False, False,  True, False])");
}

TEST_CASE("equal within tolerances") {
  const Array a = ac::array({1.0, kNan, kInf}), b = ac::array({1.0 + 1e-6, kNan, kInf});
  CHECK(text(ac::isclose(a, b)) == "array([ True, False,  True])");
  CHECK(text(ac::isclose(a, b, 0, 0)) == "array([False, False,  True])");
  CHECK_FALSE(ac::allclose(a, b));
  CHECK(ac::allclose(a, b, 1e-5, 1e-8, true));
}

TEST_CASE("parts of real numbers") {
  const Array x = ac::array({-2.0, 3.0});
  CHECK(text(ac::real(x)) == "array([-2.,  3.])");
  CHECK(text(ac::imag(x)) == "array([0., 0.])");
  CHECK(text(ac::angle(x, true)) == "array([180.,   0.])");
  CHECK(text(ac::conj(x)) == "array([-2.,  3.])");
  CHECK(text(ac::sinc(ac::array({0.0, 0.5}))) == "array([1.        , 0.63661977])");
}

TEST_CASE("ufuncs of special functions and of integers") {
  CHECK(text(ac::gcd(ac::array({12, -18}), 8)) == "array([4, 2])");
  CHECK(text(ac::lcm(ac::array({4, 6}), 10)) == "array([20, 30])");
  CHECK(text(ac::bitwise_count(ac::array({255, -3}))) == "array([8, 2], dtype=uint8)");
  CHECK(text(ac::gamma(ac::array({1.0, 5.0}))) == "array([ 1., 24.])");
  CHECK(text(ac::erf(ac::array({0.0, 1.0}))) == "array([0.        , 0.84270079])");
  CHECK(text(ac::lgamma(ac::array({1.0, 3.0}))) == "array([0.        , 0.69314718])");
  CHECK(text(ac::ldexp(ac::array({0.75, 3.0}), ac::array({2, -1}))) == "array([3. , 1.5])");
  CHECK_THROWS_AS(ac::gcd(ac::array({1.0}), 2), ac::Error);
}

TEST_CASE("samples at equal ratios, indices and triangles") {
  CHECK(text(ac::logspace(0, 3, 4)) == "array([   1.,   10.,  100., 1000.])");
  CHECK(text(ac::logspace(0, 3, 4, true, 2.0, ac::i32)) == "array([1, 2, 4, 8], dtype=int32)");
  CHECK(text(ac::geomspace(-1, -1000, 4)) == "array([   -1.,   -10.,  -100., -1000.])");
  CHECK_THROWS_WITH(ac::geomspace(0, 1), Catch::Matchers::Contains("cannot include zero"));
  CHECK(text(ac::indices({2, 2})) ==
        "array([[[0, 0],\n        [1, 1]],\n\n       [[0, 1],\n        [0, 1]]])");
  CHECK(text(ac::tri(2, 3, 0, ac::i64)) == "array([[1, 0, 0],\n       [1, 1, 0]])");
  const Array x = ac::array({{1, 2}, {3, 4}});
  CHECK(text(ac::tril(x)) == "array([[1, 0],\n       [3, 4]])");
  CHECK(text(ac::triu(x, 1)) == "array([[0, 2],\n       [0, 0]])");
}
