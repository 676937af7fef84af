// Errors that depend on elements, through the C++ interface: NumPy's sentence, where the expression
// was built, and the first index; arrays stay usable.
#include <arrayc/arrayc.h>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

const std::string sentence = "Integers to negative integer powers are not allowed.";

struct Seen {
  unsigned line = 0;
  std::string index;  // as the note says it
};

template <typename F>
Seen seen(F f) {
  try {
    f();
  } catch (const ac::UserError& error) {
    const std::string what = error.what();
    CHECK(error.message() == sentence);
    CHECK(error.file() == std::string(__FILE__));
    const auto at = what.find("at index ");
    return {error.line(),
            at == std::string::npos ? "" : what.substr(at + 9, what.find(')', at) - at - 8)};
  }
  FAIL("nothing was thrown");
  return {};
}

struct UseBackend {
  explicit UseBackend(const char* name) { ac::set_backend(name); }
  ~UseBackend() { ac::set_backend("cpu"); }
};

Array negative_at(std::int64_t n, std::int64_t position) {
  Array y = ac::ones(n, ac::i64);
  y(position) = -3;
  return y;
}

}  // namespace

TEST_CASE("the error of a power comes when it is computed", "[data]") {
  for (const char* backend : {"cpu", "interp", "interp-loops"}) {
    const UseBackend scope(backend);
    for (const std::int64_t n : {3, 40, 100000}) {
      const Array x = ac::arange(n), y = negative_at(n, n - 2);
      const unsigned line = __LINE__ + 1;
      const Array z = ac::power(x, y) + 1;
      for (int again = 0; again < 2; ++again) {
        const Seen error = seen([&] { ac::eval({z}); });
        CHECK(error.line == line);
        CHECK(error.index == "(" + std::to_string(n - 2) + ",)");
      }
      // What it was made of is as it was.
      CHECK(ac::sum(x).item<std::int64_t>() == n * (n - 1) / 2);
      CHECK(ac::power(x, ac::maximum(y, 0))(n - 2).item<std::int64_t>() == 1);
    }
  }
}

TEST_CASE("equal programs name their own lines", "[data]") {
  const Array x = ac::arange(5), fine = ac::ones(5, ac::i64), bad = negative_at(5, 4);
  for (int k = 0; k < 3; ++k) {
    const Array good = ac::power(x, fine);
    ac::eval({good});
    const unsigned line = __LINE__ + 1;
    const Array z = ac::power(x, bad);
    CHECK(seen([&] { ac::eval({z}); }).line == line);
  }
}

TEST_CASE("of several errors the one that the program says first", "[data]") {
  const Array x = ac::arange(6), y = negative_at(6, 5), z = negative_at(6, 0);
  const unsigned line = __LINE__ + 1;
  const Array first = ac::power(x, y);
  const Array second = ac::power(x, z);
  CHECK(seen([&] { ac::eval({second, first}); }).line == line);
  CHECK(seen([&] { ac::eval({(second + first)}); }).index == "(5,)");
  CHECK(seen([&] { ac::eval({second}); }).line == line + 1);
}

TEST_CASE("what fails spoils nothing that is computed beside it", "[data]") {
  const Array x = ac::arange(6), z = ac::power(x, negative_at(6, 2)), sum = x + x;
  CHECK(seen([&] { ac::eval({sum, z}); }).index == "(2,)");
  CHECK(sum(3).item<std::int64_t>() == 6);
  CHECK(seen([&] { ac::eval({z}); }).index == "(2,)");
}

TEST_CASE("numbers, empty arrays and stretched exponents", "[data]") {
  const Array number = ac::array(std::int64_t{-2});
  CHECK(seen([&] { ac::eval({ac::power(ac::array(std::int64_t{3}), number)}); }).index.empty());
  ac::eval({ac::power(ac::arange(0), number)});
  const Array grid = ac::reshape(ac::arange(12), {3, 4});
  CHECK(seen([&] { ac::eval({ac::power(grid, number)}); }).index == "(0, 0)");
  CHECK(seen([&] { ac::eval({ac::power(grid, negative_at(4, 1))}); }).index == "(0, 1)");
  const Array column = ac::reshape(negative_at(3, 2), {3, 1});
  CHECK(seen([&] { ac::eval({ac::power(grid, column)}); }).index == "(2, 0)");
}

TEST_CASE("recorded functions report their own lines", "[data]") {
  unsigned line = 0;
  const auto f = ac::jit([&](const Array& x, const Array& y) {
    line = __LINE__ + 1;
    return ac::power(x, y) * 2;
  });
  for (const std::int64_t n : {9, 100000}) {
    const Array x = ac::arange(n), good = ac::ones(n, ac::i64), bad = negative_at(n, 7);
    for (int again = 0; again < 3; ++again) {
      CHECK(f(x, good)(8).item<std::int64_t>() == 16);
      const Seen error = seen([&] { f(x, bad); });
      CHECK(error.line == line);
      CHECK(error.index == "(7,)");
    }
  }
}

TEST_CASE("long programs are checked piece by piece", "[data]") {
  Array x = ac::arange(4);
  const Array y = negative_at(4, 3);
  unsigned line = 0;
  for (int k = 0; k < 20000; ++k) {
    x = x + 1;
    if (k == 15000) {
      line = __LINE__ + 1;
      x = ac::power(x, y);
    }
  }
  const Seen error = seen([&] { ac::eval({x}); });
  CHECK(error.line == line);
  CHECK(error.index == "(3,)");
}
