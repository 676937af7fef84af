#include "backends/traffic.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc;
using backends::Traffic;

namespace {

// A kernel of these loops; its sizes are n and m.
ir::loops::Kernel kernel(const std::string& stages) {
  const ir::Registry registry;
  const std::string text =
      "kernel @k(%a: buffer f64, %r: buffer f64 written, %n: size, %m: size) {\n"
      "  scratch %t: f64[n]\n" +
      stages + "}\n";
  return *ir::parse(text, "test.air", registry).kernels.at(0).loops;
}

struct Counts {
  std::int64_t read, written;
  bool operator==(const Counts&) const = default;
};

Counts bytes(const ir::loops::Kernel& k, std::int64_t n, std::int64_t m) {
  backends::SymbolTable symbols;
  symbols.add("n");
  symbols.add("m");
  const Traffic::Bytes b = Traffic(k, symbols)(std::vector<std::int64_t>{n, m});
  CHECK(symbols.size() == 2);
  const backends::TrafficText text = backends::traffic_of(k);
  const auto value = [&](const ir::Extent& e) {
    return e.evaluate(
        [&](const std::string& s) -> std::optional<std::int64_t> { return s == "n" ? n : m; });
  };
  if (b.read > 0 && b.written > 0)
    CHECK(Counts{value(text.read), value(text.written)} == Counts{b.read, b.written});
  return {b.read, b.written};
}

}  // namespace

TEST_CASE("what loops read and write counts once for each buffer, from first to last byte") {
  const auto stencil = kernel(
      "  for i in [0, n - 2) {\n"
      "    %1 = load f64 %a[8*i]\n    %2 = load f64 %a[8 + 8*i]\n    %3 = load f64 %a[16 + 8*i]\n"
      "    %4 = add %1, %2 : f64\n    %5 = add %4, %3 : f64\n    store %r[8*i], %5\n  }\n");
  CHECK(bytes(stencil, 10, 1) == Counts{80, 64});
  CHECK(bytes(stencil, 2, 1) == Counts{0, 0});
  CHECK(to_string(backends::traffic_of(stencil).read) == "8*n");
  CHECK(to_string(backends::traffic_of(stencil).written) == "8*n - 16");
}

TEST_CASE("steps, reversed rows and single elements") {
  CHECK(
      bytes(kernel("  for i in [0, n) {\n    %1 = load f64 %a[16*i]\n    store %r[8*i], %1\n  }\n"),
            5, 1) == Counts{72, 40});
  CHECK(bytes(kernel("  for i in [0, n) {\n    %1 = load f64 %a[8*n - 8 - 8*i]\n"
                     "    store %r[8*i], %1\n  }\n"),
              5, 1) == Counts{40, 40});
  CHECK(bytes(kernel("  for i in [0, n) {\n    for j in [0, m) {\n      %1 = load f64 %a[8*j]\n"
                     "      store %r[8*m*i + 8*j], %1\n    }\n  }\n"),
              3, 4) == Counts{32, 96});
}

TEST_CASE("scratch and loops that do not run count nothing") {
  const auto k = kernel(
      "  for i in [0, n) {\n    %1 = load f64 %a[8*i]\n    store %t[8*i], %1\n"
      "    for j in [0, m) {\n      store %r[8*m*i + 8*j], %1\n    }\n  }\n");
  CHECK(bytes(k, 3, 0) == Counts{24, 0});
  CHECK(bytes(k, 0, 3) == Counts{0, 0});
  CHECK(bytes(k, 3, 2) == Counts{24, 48});
}

TEST_CASE("the parts of a loop read what the whole reads, and locals do not count") {
  const auto blocks = kernel(
      "  local %l: f64[10]\n"
      "  for b in [0, (n + 7)//8) {\n"
      "    for i in [0, 10) of n + 2 after 8*b {\n"
      "      %1 = load f64 %a[8 + 64*b + 8*i]\n      store %l[8*i], %1\n    }\n"
      "    for i in [0, 8) of n after 8*b {\n"
      "      %2 = load f64 %l[16 + 8*i]\n      store %r[64*b + 8*i], %2\n    }\n  }\n");
  CHECK(bytes(blocks, 21, 1) == Counts{184, 168});
  CHECK(bytes(blocks, 1, 1) == Counts{24, 8});
  CHECK(bytes(blocks, 0, 1) == Counts{0, 0});
  CHECK(to_string(backends::traffic_of(blocks).read) == "8*n + 16");
  CHECK(to_string(backends::traffic_of(blocks).written) == "8*n");
}
