// Reductions of some elements in the C++ interface, against NumPy's results.
#include <arrayc/arrayc.h>

#include <limits>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

std::string text(const Array& a) { return ac::repr(a); }

Array with_nans() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return ac::array({{1.0, nan, 3.0}, {nan, nan, 5.0}});
}

}  // namespace

TEST_CASE("masks and first numbers of reductions") {
  const Array a = ac::array({{1, 2, 3}, {4, 5, 6}});
  CHECK(text(ac::sum(a, {.axis = 0, .where = a > 1})) == "array([4, 7, 9])");
  CHECK(text(ac::sum(a, {.axis = 1, .initial = 10})) == "array([16, 25])");
  CHECK(text(a.min({.axis = 0, .initial = 2})) == "array([1, 2, 2])");
  CHECK(text(ac::max(a, {.axis = 1, .where = a < 3, .initial = -1})) == "array([ 2, -1])");
  CHECK(text(ac::mean(a, {.axis = 0, .where = a > 1})) == "array([4. , 3.5, 4.5])");
  CHECK(text(ac::var(a, {.axis = 1, .where = a != 2})) == "array([1.        , 0.66666667])");
  CHECK(text(ac::any(a, {.axis = 1, .where = a > 3})) == "array([False,  True])");
  CHECK(text(ac::ufunc::multiply.reduce(a, {.axis = 0, .where = a > 2, .initial = 2})) ==
        "array([ 8, 10, 36])");
  CHECK(std::int64_t(ac::min(ac::zeros(0, ac::i64), {.initial = 7})) == 7);
  CHECK_THROWS_WITH(ac::min(a, {.where = a > 1}),
                    Catch::Matchers::Contains("'minimum' does not have an identity"));
  CHECK_THROWS_WITH(ac::mean(a, {.initial = 1}),
                    Catch::Matchers::Contains("unexpected keyword argument 'initial'"));
  CHECK(text(ac::max(ac::zeros(2, ac::u64), {.initial = ~std::uint64_t{0}})) ==
        "array(18446744073709551615, dtype=uint64)");
  CHECK_THROWS_WITH(ac::sum(a, {.where = a}), Catch::Matchers::Contains("to dtype('bool')"));
}

TEST_CASE("reductions that leave out NaNs") {
  const Array a = with_nans();
  CHECK(text(ac::nansum(a, {.axis = 0})) == "array([1., 0., 8.])");
  CHECK(text(ac::nanprod(a, {.axis = 1})) == "array([3., 5.])");
  CHECK(text(ac::nanmin(a, {.axis = 0})) == "array([ 1., nan,  3.])");
  CHECK(text(ac::nanmax(a, {.axis = 1})) == "array([3., 5.])");
  CHECK(text(ac::nanmean(a, {.axis = 1})) == "array([2., 5.])");
  CHECK(text(ac::nanvar(a, {.axis = 1, .ddof = 1})) == "array([ 2., nan])");
  CHECK(text(ac::nanstd(a, {.axis = 0})) == "array([ 0., nan,  1.])");
  CHECK(text(ac::nansum(a, {.axis = 0, .where = a > 1})) == "array([0., 0., 8.])");
}

TEST_CASE("peak to peak and weighted means") {
  const Array a = ac::array({{1, 2, 3}, {4, 5, 9}});
  CHECK(text(ac::ptp(a, {.axis = 1})) == "array([2, 5])");
  const Array weights = ac::array({1.0, 1.0, 2.0});
  CHECK(text(ac::average(a, {.axis = 1, .weights = weights})) == "array([2.25, 6.75])");
  CHECK(double(ac::average(a)) == 4.0);
  CHECK_THROWS_WITH(ac::average(a, {.weights = weights}),
                    Catch::Matchers::Contains("Axis must be specified"));
}
