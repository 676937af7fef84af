#include <random>

#include "ir/diagnostic.h"
#include "ir/extent.h"
#include "tests/catch.h"

using namespace arrayc;
using ir::Extent;
using ir::floor_div;
using ir::max;
using ir::min;

namespace {

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");
const Extent signed_ = Extent::symbol("$s");

std::string text(const Extent& e) { return to_string(e); }

// A random expression, with what it must evaluate to.
struct Sample {
  Extent extent;
  std::int64_t value;
};

class Samples {
 public:
  explicit Samples(unsigned seed) : random_(seed) {
    for (auto& value : values_) value = pick(0, 9);
    values_[3] = pick(-9, 9);
  }

  Sample make(int depth) {
    if (depth == 0) return leaf();
    const Sample a = make(depth - 1);
    const Sample b = make(pick(0, depth - 1));
    const std::int64_t k = pick(1, 5) * (pick(0, 4) == 0 ? -1 : 1);
    const bool fit = a.value == b.value || a.value == 1 || b.value == 1;
    switch (pick(fit ? -1 : 0, 6)) {
      case -1:
        return {broadcast(a.extent, b.extent), a.value == 1 ? b.value : a.value};
      case 0:
        return {a.extent + b.extent, a.value + b.value};
      case 1:
        return {a.extent - b.extent, a.value - b.value};
      case 2:
        return {a.extent * leaf_constant(k), a.value * k};
      case 3:
        return {floor_div(a.extent, k), floor(a.value, k)};
      case 4:
        return {max(a.extent, b.extent), std::max(a.value, b.value)};
      case 5:
        return {ceil_div(a.extent, k), -floor(-a.value, k)};
      default:
        return {min(a.extent, b.extent), std::min(a.value, b.value)};
    }
  }

  Extent::Lookup lookup() const {
    return [this](const std::string& name) -> std::optional<std::int64_t> {
      for (int i = 0; i < 4; ++i) {
        if (name == names[i]) return values_[i];
      }
      return {};
    };
  }

 private:
  static constexpr const char* names[] = {"a", "b", "c", "$d"};
  static Extent leaf_constant(std::int64_t k) { return k; }
  static std::int64_t floor(std::int64_t a, std::int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }
  int pick(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<unsigned>(high - low + 1));
  }
  Sample leaf() {
    const int i = pick(0, 5);
    if (i < 4) return {Extent::symbol(names[i]), values_[i]};
    const std::int64_t c = pick(-6, 6);
    return {c, c};
  }

  std::mt19937 random_;
  std::int64_t values_[4];
};

}  // namespace

TEST_CASE("extents have a normal form") {
  CHECK(n + m == m + n);
  CHECK(n * m == m * n);
  CHECK((n + 1) * (n - 1) == n * n - 1);
  CHECK(n - n == Extent(0));
  CHECK((n - n).is_constant());
  CHECK((n + m - m).symbol_name() == "n");
  CHECK((n + 1).symbol_name().empty());
  CHECK((n * m).hash() == (Extent::symbol("m") * Extent::symbol("n")).hash());
  CHECK_FALSE(n == m);
  CHECK(Extent::symbol("n") == n);
}

TEST_CASE("minima and maxima simplify") {
  CHECK(max(n, 0) == n);
  CHECK(min(n, n) == n);
  CHECK(max(n, n + 1) == n + 1);
  CHECK(min(n, n + m) == n);
  CHECK(max(max(n - 1, 0) - 1, 0) == max(n - 2, 0));
  CHECK(max(max(n - 1, 0) - 4, 0) == max(n - 5, 0));
  CHECK(min(min(n, 5), 3) == min(n, 3));
  CHECK(min(min(n, 3), 5) == min(n, 3));
  CHECK(max(min(n, 5) - 7, 0) == Extent(0));
  CHECK(max(n, m) == max(m, n));
  CHECK(max(max(n, m), 7) == max(n, max(7, m)));
  CHECK(min(max(n - 2, 0), 3) == max(min(n, 5) - 2, 0));
  CHECK(max(n - max(n - 3, 0), 0) == n - max(n - 3, 0));
  CHECK_FALSE(max(signed_, 0) == signed_);
}

TEST_CASE("divisions simplify") {
  CHECK(floor_div(n * 6, 3) == n * 2);
  CHECK(floor_div(n * m, m) == n);
  CHECK(floor_div(n * m * 4 + m * 2, m * 2) == n * 2 + 1);
  CHECK(floor_div(n + 4, 2) == floor_div(n, 2) + 2);
  CHECK(floor_div(floor_div(n, 2), 3) == floor_div(n, 6));
  CHECK(ceil_div(ceil_div(n, 2), 2) == ceil_div(n, 4));
  CHECK(floor_div(n * 2 + 1, 2) == n);
  CHECK(floor_div(min(n, 3), 4) == Extent(0));
  CHECK(ceil_div(n, 1) == n);
  CHECK(floor_div(-7, 2) == Extent(-4));
  CHECK(floor_div(n, -1) == Extent(0) - n);
  CHECK_THROWS_AS(floor_div(n, 0), ir::Error);
  CHECK_THROWS_AS(floor_div(INT64_MIN, -1), ir::Error);
}

TEST_CASE("extents that are broadcast together") {
  CHECK(broadcast(n, n) == n);
  CHECK(broadcast(1, n) == n);
  CHECK(broadcast(n, 3) == 3);
  CHECK(broadcast(n, m + 2) == m + 2);
  CHECK(broadcast(n, m) == broadcast(m, n));
  CHECK(broadcast(broadcast(n, m), n) == broadcast(n, m));
  CHECK(text(broadcast(n, m) - 1) == "broadcast(m, n) - 1");
  CHECK(broadcast_options(broadcast(n, m)) == std::vector<Extent>{m, n});
  const auto value = [](std::int64_t a, std::int64_t b) {
    return broadcast(n, m).evaluate([&](const std::string& name) { return name == "n" ? a : b; });
  };
  CHECK(value(4, 1) == 4);
  CHECK(value(1, 4) == 4);
  CHECK(value(0, 1) == 0);
  CHECK(value(1, 0) == 0);
  CHECK(value(1, 1) == 1);
  CHECK(ir::always_stretches(m, broadcast(n, m)));
  CHECK_FALSE(ir::always_stretches(n, broadcast(n, m)));  // m may be neither 1 nor n
  CHECK(ir::never_stretches(m + 2, 1));
  CHECK_FALSE(ir::never_stretches(m, 3));
  CHECK_FALSE(ir::never_stretches(m + 1, m));
  CHECK(ir::never_equal(m + 1, m));
}

TEST_CASE("bounds are known") {
  CHECK(n.lower_bound() == 0);
  CHECK_FALSE(n.upper_bound());
  CHECK_FALSE(signed_.lower_bound());
  CHECK((n * m + 3).lower_bound() == 3);
  CHECK_FALSE((n - 1 - m).lower_bound());
  CHECK((Extent(4) - n).upper_bound() == 4);
  CHECK((n - min(n, 3)).lower_bound() == 0);
  CHECK((n - max(n - 3, 0)).upper_bound() == 3);
  CHECK((n - floor_div(n, 2)).lower_bound() == 0);
  CHECK(floor_div(min(n, 9), 2).upper_bound() == 4);
  CHECK_FALSE((n * signed_).lower_bound());
}

TEST_CASE("overflow is an error, not a wrong size") {
  const Extent big = INT64_MAX;
  CHECK_THROWS_WITH(big + 1, "array is too big; the number of elements overflows int64");
  CHECK_THROWS_AS(big * 2, ir::Error);
  CHECK_THROWS_AS(Extent(INT64_MIN) - 1, ir::Error);
  CHECK_THROWS_AS(Extent(0) - Extent(INT64_MIN), ir::Error);
  CHECK_THROWS_AS((n * n).evaluate([](const std::string&) { return std::int64_t{1} << 40; }),
                  ir::Error);
  // Python programs write sys.maxsize for "to the end".
  CHECK(min(n, big) == min(big, n));
  CHECK(max(n - big, 0).lower_bound() == 0);
  CHECK(max(n + INT64_MIN, 0).lower_bound() == 0);
  CHECK(max(signed_ - big, n + big).terms().size() == 1);
  // Nothing times much is nothing.
  CHECK((n * m * m).evaluate([](const std::string& name) {
    return name == "n" ? std::int64_t{0} : std::int64_t{1} << 40;
  }) == 0);
}

TEST_CASE("extents print and parse") {
  CHECK(text(n - 2) == "n - 2");
  CHECK(text(max(n - 2, 0)) == "max(n - 2, 0)");
  CHECK(text(n * m) == "m*n");
  CHECK(text(Extent(0) - n + m) == "m - n");
  CHECK(text(Extent(0) - n) == "-n");
  CHECK(text(ceil_div(n, 2)) == "(n + 1)//2");
  CHECK(text(n * 2 + ceil_div(n, 3) * m - 4) == "m*((n + 2)//3) + 2*n - 4");
  CHECK(text(floor_div(n, m)) == "n//m");
  CHECK(text(Extent(-3)) == "-3");
  CHECK(ir::parse_extent(" 2 * ( n + 1 ) // 2 ") == n + 1);
  CHECK(ir::parse_extent("-9223372036854775808") == Extent(INT64_MIN));
  CHECK(ir::parse_extent("max") == Extent::symbol("max"));
}

TEST_CASE("malformed extents are user errors") {
  for (const char* bad :
       {"", "n +", "n m", "max(n)", "max(n, 1", "(n", "n)", "3n", "n//0", "%", "--",
        "9223372036854775808", "n**2", "max(,)", "9223372036854775807 + 1"}) {
    INFO(bad);
    CHECK_THROWS_AS(ir::parse_extent(bad), ir::Error);
  }
  CHECK_THROWS_AS(ir::parse_extent(std::string(1000000, '(')), ir::Error);
  CHECK(ir::parse_extent(std::string(1000000, '-') + "n") == n);
  std::string nested = "n";
  for (int i = 0; i < 60; ++i) nested = "(" + nested + ")";
  CHECK(ir::parse_extent(nested) == n);
}

TEST_CASE("unreasonably large expressions are refused") {
  Extent sum = 1;
  Extent deep = n;
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 100; ++i) sum = sum * (n + Extent::symbol("a" + std::to_string(i)));
      }(),
      ir::Error);
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 100; ++i) deep = floor_div(deep * m + 1, m + i);
      }(),
      ir::Error);
}

TEST_CASE("random expressions keep their value through every simplification") {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Samples samples(seed);
    const Sample sample = samples.make(static_cast<int>(seed % 6));
    INFO(seed << ": " << text(sample.extent));
    CHECK(sample.extent.evaluate(samples.lookup()) == sample.value);
    const auto low = sample.extent.lower_bound();
    const auto high = sample.extent.upper_bound();
    CHECK((!low || *low <= sample.value));
    CHECK((!high || *high >= sample.value));
    const Extent again = ir::parse_extent(text(sample.extent));
    CHECK(again == sample.extent);
    CHECK(again.hash() == sample.extent.hash());
    const auto lookup = samples.lookup();
    const Extent known = sample.extent.substitute(
        [&](const std::string& name) { return std::optional<Extent>(*lookup(name)); });
    CHECK(known.is(sample.value));
  }
}

TEST_CASE("symbols are collected and replaced") {
  std::set<std::string> names;
  (max(n - 2, m) + floor_div(signed_, 3)).collect_symbols(names);
  CHECK(names == std::set<std::string>{"n", "m", "$s"});
  const auto replace = [](const std::string& name) -> std::optional<Extent> {
    if (name == "m") return n - 2;
    return {};
  };
  CHECK(max(n - 2, m).substitute(replace) == n - 2);
  CHECK_THROWS_WITH(n.evaluate([](const std::string&) { return std::nullopt; }),
                    "extent n is not known");
}
