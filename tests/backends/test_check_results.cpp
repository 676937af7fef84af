#include "backends/check_results.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::backends;

namespace {

ir::Function checked(std::vector<ir::Shape> shapes) {
  ir::Function f;
  for (ir::Shape& shape : shapes) {
    ir::Check& check = f.checks.emplace_back();
    check.shape = std::move(shape);
    check.message = "check " + std::to_string(f.checks.size());
    check.place = {"k.py", static_cast<std::uint32_t>(f.checks.size()), 1};
  }
  return f;
}

runtime::Array position(std::int64_t value) {
  runtime::Array array = runtime::make_array(ARRAYC_I64, {});
  *static_cast<std::int64_t*>(array.data) = value;
  return array;
}

// "k.py:2:1: …\nnote: …" of the check that fails, "" if none does.
std::string failure(const ir::Function& f, std::vector<std::int64_t> positions, std::int64_t n) {
  SymbolTable symbols;
  symbols.add("n");
  const Checks checks(f, symbols);
  std::vector<runtime::Array> results{position(-7)};
  for (const std::int64_t p : positions) results.push_back(position(p));
  const std::int64_t sizes[] = {n};
  try {
    checks.take(results, sizes);
  } catch (const CheckFailed& failed) {
    CHECK(failed.kind() == ir::ErrorKind::user);
    CHECK(failed.message() == f.checks[failed.number()].message);
    return failed.what();
  }
  REQUIRE(results.size() == 1);
  CHECK(*static_cast<const std::int64_t*>(results[0].data) == -7);
  return "";
}

constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("positions outside of the shape are no failures") {
  const ir::Extent n = ir::Extent::symbol("n");
  const ir::Function f = checked({{n, 3}});
  CHECK(failure(f, {none}, 4).empty());
  CHECK(failure(f, {12}, 4).empty());
  CHECK(failure(f, {-1}, 4).empty());
  CHECK(failure(f, {0}, 0).empty());  // of no elements none fails
  CHECK(failure(f, {11}, 4) ==
        "k.py:1:1: check 1\nnote: power: the exponent at index (3, 2) is negative");
}

TEST_CASE("the first check that fails is the error, wherever") {
  const ir::Function f = checked({{5}, {}, {7}});
  CHECK(failure(f, {none, none, none}, 1).empty());
  CHECK(failure(f, {none, 0, 1}, 1) == "k.py:2:1: check 2\nnote: power: the exponent is negative");
  CHECK(failure(f, {4, 0, none}, 1) ==
        "k.py:1:1: check 1\nnote: power: the exponent at index (4,) is negative");
}
