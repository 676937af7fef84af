// Complex numbers through the C++ interface.
#include <complex>
#include <sstream>

#include "arrayc/arrayc.h"
#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;
using Z = std::complex<double>;
using C = std::complex<float>;

namespace {

std::string printed(const Array& a) {
  std::ostringstream out;
  out << a;
  return out.str();
}

}  // namespace

TEST_CASE("arrays of std::complex") {
  const std::vector<Z> numbers = {{1, 2}, {-0.5, 0}, {0, -3}};
  const Array z = ac::array(numbers);
  CHECK(z.dtype() == ac::c128);
  CHECK(ac::dtype_of<C> == ac::c64);
  CHECK((z * z).to_vector<Z>()[0] == Z(-3, 4));
  CHECK(z.sum().item<Z>() == Z(0.5, -1));
  CHECK(ac::abs(z).to_vector<double>() == std::vector<double>{std::hypot(1, 2), 0.5, 3});
  CHECK((z * Z(0, 1)).to_vector<Z>()[2] == Z(3, 0));
  CHECK((2.0 + z).to_vector<Z>()[1] == Z(1.5, 0));
  CHECK_THROWS_AS(z.item<double>(), ac::Error);

  const std::vector<C> narrow = {{1, 2}, {3, 4}};
  const Array w = ac::borrow(narrow.data(), {2});
  CHECK((w * Z(0, 1)).dtype() == ac::c64);
  CHECK((w + 1.0).dtype() == ac::c64);
  CHECK((w + ac::array({1.0, 2.0})).dtype() == ac::c128);
  CHECK((w * Z(2)).to_vector<C>()[1] == C(6, 8));
}

TEST_CASE("parts of complex arrays") {
  const Array z = ac::array(std::vector<Z>{{1, 2}, {3, -4}});
  CHECK(ac::real(z).to_vector<double>() == std::vector<double>{1, 3});
  CHECK(ac::imag(z).to_vector<double>() == std::vector<double>{2, -4});
  CHECK(ac::imag(ac::ones(2)).to_vector<double>() == std::vector<double>{0, 0});
  CHECK(ac::array_equal(ac::complex(ac::real(z), ac::imag(z)), z));
  CHECK(ac::complex(ac::ones(2, ac::f32), 1).dtype() == ac::c64);
  CHECK(ac::complex(ac::arange(2), 1.0).dtype() == ac::c128);
  CHECK(ac::vdot(z, z).item<Z>() == Z(30, 0));
  CHECK(ac::var(z).item<double>() == 10);
}

TEST_CASE("folds of complex arrays") {
  const Array z = ac::array(std::vector<Z>{{1, 2}, {3, -4}, {1, -2}, {3, 4}}).reshape({2, 2});
  CHECK(z.prod().item<Z>() == Z(5 * 25, 0));
  CHECK(z.prod({.axis = 0}).to_vector<Z>() == std::vector<Z>{{5, 0}, {25, 0}});
  CHECK(z.min().item<Z>() == Z(1, -2));
  CHECK(z.max({.axis = 1}).to_vector<Z>() == std::vector<Z>{{3, -4}, {3, 4}});
  CHECK(ac::argmax(z).item<std::int64_t>() == 3);
  CHECK(ac::argmin(z, 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0});
  CHECK(z.prod({.initial = Z(0, 1)}).item<Z>() == Z(0, 125));
  CHECK(ac::ufunc::fmax.reduce(z).to_vector<Z>() == std::vector<Z>{{1, 2}, {3, 4}});
  CHECK_THROWS_WITH(ac::ones(2).sum({.initial = Z(0, 1)}), Catch::Contains("not 'complex'"));
  CHECK(ac::einsum("ij,ij,ij,ij->", {z, z, z, z}).dtype() == ac::c128);
}

TEST_CASE("complex arrays are printed as NumPy prints them") {
  CHECK(printed(ac::array(std::vector<Z>{{1, 2}, {-0.5, 0}})) == "[ 1. +2.j -0.5+0.j]");
  CHECK(printed(ac::array(std::vector<C>{{1, -2}})) == "[1.-2.j]");
  CHECK(printed(ac::array(std::vector<Z>{{INFINITY, NAN}, {0, -1}})) == "[inf+nanj  0. -1.j]");
  CHECK(printed(ac::array(std::vector<Z>{{1e10, 1}, {1, 1e-10}})) ==
        "[1.e+10+1.e+00j 1.e+00+1.e-10j]");
  const auto one = [](Z z) { return printed(ac::array(std::vector<Z>{z})[0]); };
  CHECK(one({1, 2}) == "(1+2j)");
  CHECK(one({0, 2}) == "2j");
  CHECK(one({-0.0, 2}) == "(-0+2j)");
  CHECK(one({1.5, -1e20}) == "(1.5-1e+20j)");
  CHECK(one({INFINITY, NAN}) == "(inf+nanj)");
}

TEST_CASE("recorded functions of complex arrays, strided ones too") {
  const auto f = ac::jit([](const Array& z) { return z * ac::conj(z) + Z(0, 1); });
  const Array z = ac::array(std::vector<Z>{{1, 2}, {3, 4}, {5, 6}, {7, 8}});
  CHECK(f(z).to_vector<Z>()[3] == Z(113, 1));
  CHECK(f(z(ac::slice(ac::none, ac::none, -2))).to_vector<Z>() ==
        std::vector<Z>{{113, 1}, {25, 1}});
  Array a = z.copy();
  a += Z(1, 1);
  CHECK(a.to_vector<Z>()[0] == Z(2, 3));
  CHECK_THROWS_WITH(ac::ones(2) += Z(1, 1), Catch::Contains("Cannot cast ufunc 'add' output"));
}

TEST_CASE("npy files of complex numbers") {
  const std::string path = "/tmp/arrayc_test_complex_" + std::to_string(getpid()) + ".npy";
  const Array z = ac::array(std::vector<C>{{1, 2}, {3, 4}});
  ac::save_npy(path, z);
  CHECK(ac::load_npy(path).to_vector<C>() == z.to_vector<C>());
  CHECK((ac::load_npy(path) * 2.0).to_vector<C>()[0] == C(2, 4));
  std::remove(path.c_str());
}
