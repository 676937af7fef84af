// jit: one recording for each set of argument types and extents.
#include <arrayc/arrayc.h>

#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

TEST_CASE("a function is recorded once and gives what it gives without jit", "[jit]") {
  int calls = 0;
  const auto f = [&calls](const Array& x, const Array& y) {
    ++calls;
    return ac::sqrt(x * x + y);
  };
  const auto g = ac::jit(f);
  for (int i = 0; i < 5; ++i) {
    const Array x = ac::arange(10) + i;
    const Array y = ac::ones(10) * i;
    CHECK(ac::array_equal(g(x, y), ac::sqrt(x * x + y)));
  }
  CHECK(calls == 1);
  CHECK(g.recorded() == 1);
}

TEST_CASE("other extents, dtypes, ranks and layouts are recorded anew", "[jit]") {
  const auto f = ac::jit([](const Array& x) { return ac::sum(x + 1, 0); });
  for (const std::int64_t n : {0, 1, 2, 17, 100, 1000}) {
    CHECK(f(ac::arange(n)).item<std::int64_t>() == n * (n - 1) / 2 + n);
  }
  CHECK(f.recorded() == 6);
  CHECK(f(ac::ones(17, ac::f32)).dtype() == ac::f32);
  CHECK(f.recorded() == 7);
  CHECK(ac::str(f(ac::arange(6).reshape({2, 3}))) == "[5 7 9]");
  const std::vector<double> memory{1, 2, 3, 4, 5, 6};
  const Array strided = ac::borrow(memory.data(), {2, 3}, {8, 16});
  CHECK(ac::str(f(strided)) == "[ 5.  9. 13.]");
  CHECK(f.recorded() == 9);
}

TEST_CASE("numbers are arguments, weak ones", "[jit]") {
  const auto f = ac::jit([](const Array& x, const Array& s) { return x * s; });
  const Array x = ac::ones(4, ac::f32);
  CHECK(ac::str(f(x, 0.5)) == "[0.5 0.5 0.5 0.5]");
  CHECK(ac::str(f(x, 0.25)) == "[0.25 0.25 0.25 0.25]");
  CHECK(f(x, 0.25).dtype() == ac::f32);
  CHECK(f.recorded() == 1);
  CHECK(f(x, ac::array(2.0)).dtype() == ac::f64);
  CHECK(ac::str(f(x, 3)) == "[3. 3. 3. 3.]");
  CHECK(f.recorded() == 3);
}

TEST_CASE("several results, captured arrays, arguments that are lazy or returned", "[jit]") {
  const Array offset = ac::arange(3) * 10;
  const auto f = ac::jit([offset](const Array& x) { return std::tuple(x, x + offset); });
  const auto [same, moved] = f(ac::arange(3) + 1);
  CHECK(ac::str(same) == "[1 2 3]");
  CHECK(ac::str(moved) == "[ 1 12 23]");
  const auto g = ac::jit([](const Array& x) { return std::vector<Array>{x(0), x(1)}; });
  CHECK(g(ac::arange(2))[1].item<std::int64_t>() == 1);
}

TEST_CASE("a jitted function within another becomes a part of it", "[jit]") {
  const auto square = ac::jit([](const Array& x) { return x * x; });
  const auto f = ac::jit([&](const Array& x) { return square(x) + square(x + 1); });
  CHECK(ac::str(f(ac::arange(3))) == "[ 1  5 13]");
  CHECK(f.recorded() == 1);
  CHECK(square.recorded() == 0);
}

TEST_CASE("values of arguments are not known while recording", "[jit]") {
  const auto f = ac::jit([](const Array& x) {
    if (bool(ac::any(x > 1))) return x;
    return -x;
  });
  CHECK_THROWS_WITH(f(ac::arange(3)), Catch::Matchers::StartsWith(
                                          "the value of an argument is not known while a function "
                                          "is being recorded"));
  const auto direct = ac::jit([](const Array& x) { return x + x[0].item<double>(); });
  CHECK_THROWS_AS(direct(ac::ones(2)), ac::UserError);
  const auto identity = ac::jit([](const Array& x) { return x + x.item<double>(); });
  CHECK_THROWS_AS(identity(ac::ones(1)), ac::UserError);
}

TEST_CASE("stores in a recorded function stay in it", "[jit]") {
  const auto f = ac::jit([](Array x) {
    x += 1;
    return x * 2;
  });
  const Array x = ac::arange(3);
  CHECK(ac::str(f(x)) == "[2 4 6]");
  CHECK(ac::str(x) == "[0 1 2]");
}
