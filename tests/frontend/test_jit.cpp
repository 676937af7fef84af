// jit: one recording for each set of argument types and extents.
#include <arrayc/arrayc.h>

#include <atomic>
#include <complex>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/frontend/compile_all.h"

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

TEST_CASE("calls of other kinds in between do not disturb each other", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x, const Array& y) { return x * 2 + y; });
  const Array small = ac::arange(3) * 1.0;
  const Array large = ac::arange(1000) * 1.0;
  const Array table = ac::arange(12).reshape({3, 4}) * 1.0;
  const Array turned = table.T();
  const Array backwards = small(ac::slice(ac::none, ac::none, -1));
  const Array single = ac::arange(3).astype(ac::f32);
  for (int i = 0; i < 20; ++i) {  // from the second on, each is run as the first has settled
    CHECK(ac::array_equal(f(small, small), small * 3));
    CHECK(ac::array_equal(f(large, large), large * 3));
    CHECK(ac::array_equal(f(table, table), table * 3));
    CHECK(ac::array_equal(f(turned, turned), turned * 3));
    CHECK(ac::str(f(backwards, small)) == "[4. 3. 2.]");
    CHECK(f(single, single).dtype() == ac::f32);
    CHECK(ac::str(f(small, i)) == ac::str(small * 2 + i));
    CHECK(ac::str(f(small, 0.5)) == "[0.5 2.5 4.5]");
    CHECK_THROWS_AS(f(small, large), ac::UserError);
    CHECK(ac::str(f(small, std::complex<double>(0, 1))) == "[0.+1.j 2.+1.j 4.+1.j]");
  }
  CHECK(f.recorded() == 8);
}

TEST_CASE("several results of a compiled program, and none", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x) { return std::tuple(x + 1, ac::sum(x), x, x * x); });
  const auto none = ac::jit([](const Array&) { return std::vector<Array>(); });
  for (int i = 0; i < 5; ++i) {
    const auto [more, sum, same, square] = f(ac::arange(3) + i);
    CHECK(ac::array_equal(more, ac::arange(3) + i + 1));
    CHECK(sum.item<std::int64_t>() == 3 + 3 * i);
    CHECK(ac::array_equal(same, ac::arange(3) + i));
    CHECK(ac::array_equal(square, ac::square(ac::arange(3) + i)));
    CHECK(none(ac::arange(3)).empty());
  }
}

TEST_CASE("arguments that are not aligned, views of what is stored into, and empty ones", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x) { return x + 1; });
  std::vector<char> bytes(8 * 5 + 1);
  const double numbers[] = {1, 2, 3, 4, 5};
  std::memcpy(bytes.data() + 1, numbers, sizeof numbers);
  const auto* const odd = reinterpret_cast<const double*>(bytes.data() + 1);
  Array stored = ac::arange(5) * 1.0;
  const Array view = stored(ac::slice(1, ac::none));
  for (int i = 0; i < 4; ++i) {
    CHECK(ac::str(f(ac::arange(5) * 1.0)) == "[1. 2. 3. 4. 5.]");
    CHECK(ac::str(f(ac::borrow(odd, {5}))) == "[2. 3. 4. 5. 6.]");
    CHECK(ac::array_equal(f(view), ac::arange(2, 6) + i));
    CHECK(ac::array_equal(f(stored), ac::arange(1, 6) + i));
    CHECK(f(ac::zeros({0, 3})).shape() == ac::Shape{0, 3});
    stored += 1;
  }
}

TEST_CASE("what a recorded function stores into its own argument's array", "[jit]") {
  Array x = ac::arange(4) * 1.0;
  const auto f = ac::jit([&x](const Array& y) {
    x = ac::zeros(1000);  // the array that was given goes while it is recorded
    return y * 2;
  });
  CHECK(ac::str(f(x)) == "[0. 2. 4. 6.]");
}

TEST_CASE("several threads call one function with arrays of many kinds", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x, const Array& y) { return x * y + 1; });
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const std::int64_t n = 1 + (i * 7 + t) % 5;
        const Array x = ac::full(ac::Shape{n}, t + i);
        const auto got = f(x, 2).to_vector<std::int64_t>();
        if (got != std::vector<std::int64_t>(static_cast<std::size_t>(n), 2 * (t + i) + 1)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a setting that makes other programs, between two calls", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x) { return ac::sqrt(x) + 1; });
  const Array x = ac::array({0.0, 1.0, 4.0});
  for (const char* backend : {"cpu", "interp", "cpu", "interp-loops"}) {
    ac::set_backend(backend);
    for (int i = 0; i < 3; ++i) CHECK(ac::str(f(x)) == "[1. 2. 3.]");
    CHECK(ac::stats().kernels >= (std::string(backend) == "interp" ? 0 : 1));
  }
  ac::set_backend("");
  CHECK(f.recorded() == 4);
}

TEST_CASE("the report of a recorded call is the one of its program", "[jit]") {
  const ac::tests::CompileAll compile_all;
  const auto f = ac::jit([](const Array& x) { return x + x; });
  const Array x = ac::arange(1000) * 1.0;
  ac::set_backend("interp-loops");
  f(x);
  ac::set_backend("cpu");
  for (int i = 0; i < 3; ++i) {
    f(x);
    CHECK(ac::stats().backend == "cpu");
    CHECK(ac::stats().bytes_read == 8000);
    CHECK(ac::stats().bytes_written == 8000);
    CHECK(ac::stats().peak_bytes == 16000);
    CHECK(ac::stats().counted_peak == 16000);
    CHECK(ac::stats().allocations == 1);
  }
  ac::set_backend("");
}
