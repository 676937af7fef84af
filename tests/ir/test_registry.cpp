#include <string>

#include "ir/diagnostic.h"
#include "ir/registry.h"
#include "tests/catch.h"

namespace arrayc::ir {
namespace {

ScalarBuilder::Reg twice(ScalarBuilder& b, std::span<const ScalarBuilder::Reg> args, DType) {
  return b.binary(Prim::add, args[0], args[0]);
}

Ufunc row(std::string_view name, std::string_view aliases = "") {
  return {name, aliases, 1, TypeRule::numeric_no_bool, twice, "", false, 1, "x + x"};
}

TEST_CASE("a registry has the built-in rows and those that are added") {
  Registry registry;
  CHECK(registry.find("add") == find_builtin_ufunc("add"));
  CHECK(registry.find("twice") == nullptr);
  const Ufunc& added = registry.add(row("twice", "double_of times_two"));
  static const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  for (std::size_t i = 0; i < 26; ++i) registry.add(row(std::string_view(letters).substr(i, 1)));
  CHECK(registry.find("twice") == &added);  // rows stay where they are
  CHECK(registry.find("times_two") == &added);
  CHECK(registry.all().size() == builtin_ufuncs().size() + 27);
  const Scalar args[] = {Scalar::of(1.5)};
  CHECK(to_double(evaluate(added, args, DType::F64, true)) == 3.0);
}

TEST_CASE("a name is given once") {
  Registry registry;
  CHECK_THROWS_AS(registry.add(row("add")), Error);
  Ufunc wide = row("wide");
  wide.arity = most_operands + 1;
  CHECK_THROWS_AS(registry.add(wide), Error);
  CHECK_THROWS_AS(registry.add(row("new", "abs")), Error);
  registry.add(row("twice", "again"));
  CHECK_THROWS_AS(registry.add(row("twice")), Error);
  CHECK_THROWS_AS(registry.add(row("third", "again")), Error);
  CHECK(registry.all().size() == builtin_ufuncs().size() + 1);
}

}  // namespace
}  // namespace arrayc::ir
