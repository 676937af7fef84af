#include "ir/in_place.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

// Whether buffer 0 may be overwritten by buffer 1 of a kernel with these stages.
bool may_share(const std::string& stages) {
  const ir::Registry registry;
  const std::string text =
      "kernel @k(%a: buffer f64, %r: buffer f64 written, %n: size, %m: size) {\n" + stages + "}\n";
  const ir::Module module = ir::parse(text, "test.air", registry);
  return ir::loops::may_share(*module.kernels.at(0).loops, 0, 1);
}

std::string row(const std::string& load, const std::string& store) {
  return "  for i in [0, n) {\n    %1 = load f64 %a[" + load +
         "]\n    %2 = neg %1 : f64\n    store %r[" + store + "], %2\n  }\n";
}

}  // namespace

TEST_CASE("a kernel may overwrite what it loads from the very place it stores to") {
  CHECK(may_share(row("8*i", "8*i")));
  CHECK(may_share(
      "  parallel for i in [0, n) grain 64 {\n    for j in [0, m) width 8 {\n"
      "      %1 = load f64 %a[8*m*i + 8*j]\n      store %r[8*m*i + 8*j], %1\n    }\n  }\n"));
}

TEST_CASE("a kernel may not overwrite what another iteration loads") {
  CHECK_FALSE(may_share(row("8 + 8*i", "8*i")));
  CHECK_FALSE(may_share(row("8*i", "8 + 8*i")));
  CHECK_FALSE(may_share(row("8*n - 8 - 8*i", "8*i")));
  CHECK_FALSE(may_share(row("16*i", "8*i")));
  CHECK_FALSE(may_share(row("0", "8*i")));
}

TEST_CASE("a kernel may not overwrite what it loads again") {
  CHECK_FALSE(
      may_share("  for i in [0, n) {\n    %1 = load f64 %a[8*i]\n    store %r[8*i], %1\n"
                "    %2 = load f64 %a[8*i]\n    store %r[8*i], %2\n  }\n"));
  CHECK_FALSE(
      may_share("  for i in [0, m) {\n    for j in [0, n) {\n      %1 = load f64 %a[8*j]\n"
                "      store %r[8*j], %1\n    }\n  }\n"));
  CHECK(
      may_share("  for i in [0, 1) {\n    for j in [0, n) {\n      %1 = load f64 %a[8*j]\n"
                "      store %r[8*j], %1\n    }\n  }\n"));
}

TEST_CASE("a kernel may not overwrite what it loads in another block, nor what it keeps rows in") {
  CHECK_FALSE(
      may_share("  for i in [0, n) {\n    %1 = load f64 %a[8*i]\n    for j in [0, m) {\n"
                "      store %r[8*m*i + 8*j], %1\n    }\n  }\n"));
  CHECK_FALSE(
      may_share("  for i in [0, n) {\n    %1 = load f64 %a[8*i]\n"
                "    %2 = load f64 %r[8*i]\n    %3 = add %1, %2 : f64\n"
                "    store %r[8*i], %3\n  }\n"));
}

TEST_CASE("what an earlier stage alone has loaded may be overwritten at any place") {
  const std::string write =
      "  for i in [0, n) {\n    %2 = constant 1.0 : f64\n    store %r[8*i], %2\n  }\n";
  const std::string loads = "  for i in [0, n) {\n    %1 = load f64 %a[8*i]\n  }\n";
  CHECK(may_share(loads + write));
  CHECK_FALSE(may_share(write + loads));
}
