// Errors of the C++ interface: NumPy's sentence first, then the user's file and line, and thrown
// where the expression is built.
#include <arrayc/arrayc.h>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

// The line of the error that f throws; its sentence must begin with `sentence`.
template <typename E, typename F>
unsigned line_of_error(const std::string& sentence, F f) {
  try {
    f();
  } catch (const E& error) {
    const std::string what = error.what();
    CHECK(what.substr(0, sentence.size()) == sentence);
    CHECK(error.message().substr(0, sentence.size()) == sentence);
    CHECK(error.file() == std::string(__FILE__));
    CHECK(what.find(std::string(__FILE__) + ":" + std::to_string(error.line())) !=
          std::string::npos);
    return error.line();
  }
  FAIL("nothing was thrown");
  return 0;
}

}  // namespace

TEST_CASE("operators name the line they are on", "[errors]") {
  const Array a = ac::zeros({3, 2});
  const Array b = ac::zeros(3);
  const std::string sentence = "operands could not be broadcast together with shapes (3,2) (3,)";
  CHECK(line_of_error<ac::UserError>(sentence, [&] { a + b; }) == __LINE__);
  CHECK(line_of_error<ac::UserError>(sentence, [&] { ac::maximum(a, b); }) == __LINE__);
  CHECK(line_of_error<ac::UserError>(sentence, [&] { ac::ufunc::add(a, b); }) == __LINE__);
}

TEST_CASE("functions, methods and indices name the line they are on", "[errors]") {
  const Array a = ac::zeros({3, 2});
  const unsigned first = __LINE__ + 1;
  const auto by_number = [&] { ac::sum(a, 2); };
  const auto by_method = [&] { a.mean({.axis = 5}); };
  const auto by_index = [&] { a(0, 7); };
  const auto by_shape = [&] { a.reshape(4); };
  const auto by_operand = [&] { ac::matmul(a, a); };
  CHECK(line_of_error<ac::UserError>("axis 2 is out of bounds for array of dimension 2",
                                     by_number) == first);
  CHECK(line_of_error<ac::UserError>("axis 5 is out of bounds for array of dimension 2",
                                     by_method) == first + 1);
  CHECK(line_of_error<ac::UserError>("index 7 is out of bounds for axis 1 with size 2", by_index) ==
        first + 2);
  CHECK(line_of_error<ac::UserError>("cannot reshape array of size 6 into shape (4,)", by_shape) ==
        first + 3);
  CHECK(line_of_error<ac::UserError>("matmul: Input operand 1 has a mismatch in its core dimension",
                                     by_operand) == first + 4);
}

TEST_CASE("types are checked when building", "[errors]") {
  const ac::no_implicit_eval scope;
  CHECK_THROWS_AS(ac::zeros(3) & 1, ac::UserError);
  CHECK_THROWS_AS(-ac::zeros(3, ac::bool_), ac::UserError);
  CHECK_THROWS_AS(ac::ufunc::subtract.reduce(ac::zeros(2)), ac::Limitation);
  CHECK_THROWS_WITH(ac::ufunc::hypot.reduce(ac::zeros(2)), Catch::Matchers::Contains("note: "));
  CHECK_THROWS_AS(ac::ufunc::bitwise_and.reduce(ac::zeros(2, ac::c64)), ac::UserError);
}

TEST_CASE("an Array without a value says so", "[errors]") {
  const Array nothing;
  CHECK_THROWS_WITH(nothing + 1, Catch::Matchers::StartsWith("an Array that is no array yet"));
  CHECK_THROWS_AS(nothing.shape(), ac::UserError);
  CHECK_THROWS_AS(nothing[0], ac::UserError);
  CHECK_THROWS_AS(ac::eval(nothing), ac::UserError);
}

TEST_CASE("no_implicit_eval allows what is computed and what is asked for", "[errors]") {
  const Array given = ac::array({1.0, 2.0});
  const Array a = given + 1;
  const Array b = given + 2;
  const ac::no_implicit_eval scope;
  CHECK(ac::str(given) == "[1. 2.]");
  CHECK_THROWS_WITH(ac::str(a), Catch::Matchers::StartsWith(
                                    "this array is not computed yet, and a no_implicit_eval scope "
                                    "is alive"));
  CHECK_THROWS_AS(b[0].item<double>(), ac::UserError);
  ac::eval(a);
  CHECK(ac::str(a) == "[2. 3.]");
}
