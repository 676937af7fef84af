// Contractions in the C++ interface, against NumPy's results.
#include <arrayc/arrayc.h>

#include <cmath>
#include <complex>
#include <sstream>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

std::string text(const Array& a) { return ac::repr(a); }

const Array a = ac::reshape(ac::arange(6), {2, 3});
const Array b = ac::reshape(ac::arange(12), {3, 4});
const Array s = ac::reshape(ac::arange(9), {3, 3});
const Array v = ac::array({1, 2, 3});

template <typename F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const ac::Error& error) {
    CHECK(std::string(error.file()).ends_with("test_contractions.cpp"));
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("einsum by letters") {
  CHECK(text(ac::einsum("ii", s)) == "array(12)");
  CHECK(text(ac::einsum("ii->i", s)) == "array([0, 4, 8])");
  CHECK(text(ac::einsum("ij,j", a, v)) == "array([ 8, 26])");
  CHECK(text(ac::einsum("Ba", a)) == text(a));
  CHECK(text(ac::einsum("...j,j->...", a, v)) == "array([ 8, 26])");
  CHECK(text(ac::einsum("i,i,i", v, v, v)) == "array(36)");
  CHECK(text(ac::einsum(",i->i", 2.5, v)) == "array([2.5, 5. , 7.5])");
  CHECK(text(ac::einsum("i,i,i,i->", {v, v, v, v})) == "array(98)");
  CHECK(ac::einsum("ij->j", a, {.dtype = ac::f64}).dtype() == ac::f64);
  CHECK(text(ac::einsum("i,i", v, v + 0.5, {.dtype = ac::i64, .casting = ac::Casting::unsafe})) ==
        "array(14)");
}

TEST_CASE("einsum by numbers") {
  CHECK(text(ac::einsum(a, {0, 1}, b, {1, 2}, {0, 2})) == text(ac::matmul(a, b)));
  CHECK(text(ac::einsum(a, {0, 1}, v, {1})) == "array([ 8, 26])");
  CHECK(text(ac::einsum(s, {4, 4})) == "array(12)");
  CHECK(text(ac::einsum(s, {100, 100}, {100})) == "array([0, 4, 8])");
  CHECK(text(ac::einsum(a, {ac::dots, 7}, {7, ac::dots})) == text(a.T()));
  CHECK(text(ac::einsum(a, {0, 1}, {})) == "array(15)");
  CHECK(text(ac::einsum({{a, {0, 1}}, {v, {1}}, {v, {1}}}, {0})) == "array([22, 64])");
  CHECK(text(ac::einsum({{a, {0, 1}}, {v, {1}}})) == "array([ 8, 26])");
}

TEST_CASE("stores of contractions, for which NumPy has out=") {
  Array result = ac::zeros({2, 4});
  const Array view = result;
  result(ac::dots) = ac::einsum("ij,jk->ik", a, b);
  CHECK(text(view) == "array([[20., 23., 26., 29.],\n       [56., 68., 80., 92.]])");
}

TEST_CASE("products of matrices and vectors") {
  CHECK(text(ac::matvec(a, v)) == "array([ 8, 26])");
  CHECK(text(ac::vecmat(ac::array({1, 2}), a)) == "array([ 6,  9, 12])");
  CHECK(text(ac::vecdot(a, v)) == "array([ 8, 26])");
  CHECK(text(ac::vecdot(a, a, 0)) == "array([ 9, 17, 29])");
  CHECK(text(ac::inner(a, s)) == "array([[ 5, 14, 23],\n       [14, 50, 86]])");
  CHECK(text(ac::inner(2, v)) == "array([2, 4, 6])");
  CHECK(text(ac::outer(ac::array({1, 2}), v)) == "array([[1, 2, 3],\n       [2, 4, 6]])");
  CHECK(text(ac::kron(ac::array({1, 10}), v)) == "array([ 1,  2,  3, 10, 20, 30])");
  CHECK(text(ac::tensordot(a, b, 1)) == text(ac::matmul(a, b)));
  CHECK(text(ac::tensordot(a, a)) == "array(55)");
  CHECK(text(ac::tensordot(a, s, -1, 0)) == text(ac::matmul(a, s)));
  CHECK(text(ac::tensordot(s, s, {0, 1}, {1, 0})) == "array(180)");
  CHECK(ac::tensordot(a, b, 0).shape() == ac::Shape{2, 3, 3, 4});
  CHECK(text(ac::multi_dot({a, b, ac::ones({4, 1}, ac::i64)})) == "array([[ 98],\n       [296]])");
  CHECK(text(ac::trace(s)) == "array(12)");
  CHECK(text(ac::trace(s, {.offset = 1})) == "array(6)");
  CHECK(ac::trace(ac::astype(s, ac::i8)).dtype() == ac::i64);
  CHECK(ac::trace(s, {.dtype = ac::f32}).dtype() == ac::f32);
  const Array z = ac::array(std::vector<std::complex<double>>{{1, 2}, {0, 1}});
  CHECK(text(ac::vdot(z, z)) == "array(6.+0.j)");
  CHECK(text(ac::vecdot(z, z)) == "array(6.+0.j)");
}

TEST_CASE("errors of contractions have NumPy's sentences and the place of the call") {
  CHECK(error_of([] { ac::einsum("ij->ik", a); }) ==
        "einstein sum subscripts string included output subscript 'k' which never appeared in an "
        "input");
  CHECK(error_of([] { ac::einsum("ij,jk", a, a); }) ==
        "operands could not be broadcast together with remapped shapes [original->remapped]: "
        "(2,3)->(2,newaxis,3) (2,3)->(3,2) ");
  CHECK(error_of([] { ac::einsum("ij", {a, a}); }) ==
        "fewer operands provided to einstein sum function than specified in the subscripts string");
  CHECK(error_of([] { ac::einsum(a, {0, -1}); }).starts_with("subscript is not within the valid"));
  CHECK(error_of([] { ac::einsum(a, {0, 1}, {0, 2}); }).find("'C' which never appeared") !=
        std::string::npos);
  CHECK(error_of([] { ac::einsum("i,i", v, v, {.dtype = ac::f32}); }).find("the rule 'safe'") !=
        std::string::npos);
  CHECK(error_of([] { ac::tensordot(a, a, 1); }) == "shape-mismatch for sum");
  CHECK(error_of([] { ac::multi_dot({a}); }) == "Expecting at least two arrays.");
  CHECK(error_of([] { ac::vdot(a, v); }) == "cannot reshape array of size 3 into shape (6,)");
  const std::vector<Array> many(65, v);
  std::string letters = "a";
  for (int k = 1; k < 65; ++k) letters += ",a";
  CHECK(error_of([&] { ac::einsum(letters, many); }) == "too many operands");
}

TEST_CASE("64 operands") {
  const std::vector<Array> many(64, ac::array({1.0, 2.0}));
  std::string letters = "a";
  for (int k = 1; k < 64; ++k) letters += ",a";
  CHECK(double(ac::einsum(letters + "->", many)) == 1 + std::ldexp(1.0, 64));
}

TEST_CASE("the path of a contraction") {
  const Array x = ac::ones({30, 40}), y = ac::ones({40, 50}), w = ac::ones(50);
  const ac::EinsumPath path = ac::einsum_path("ij,jk,k->i", x, y, w);
  REQUIRE(path.steps.size() == 2);
  CHECK(path.steps[0].operands == std::vector<std::size_t>{1, 2});
  CHECK(path.steps[0].subscripts == "bc,c->b");
  CHECK(path.steps[0].shape == ac::Shape{40});
  CHECK(path.steps[0].multiply_adds == 2000);
  CHECK(path.multiply_adds == 3200);
  std::ostringstream out;
  out << path;
  CHECK(out.str() ==
        "(1, 2) bc,c->b: 2000 multiply-adds, result (40,)\n"
        "(0, 1) ab,b->a: 1200 multiply-adds, result (30,)\n3200 multiply-adds in all\n");
  CHECK(ac::einsum_path("ii->i", s).multiply_adds == 0);
  CHECK(ac::einsum_path("i,i", ac::astype(v, ac::f16), v).steps.size() == 1);
  CHECK(ac::einsum_path("i,i,i,i->", {v, v, v, v}).steps.size() == 1);
  CHECK(error_of([&] { ac::einsum_path("ij", x, y); }).starts_with("fewer operands"));
}
