#include "ir/diagnostic.h"
#include "ir/type.h"
#include "tests/catch.h"

using namespace arrayc::ir;

TEST_CASE("types and shapes print") {
  const Extent n = Extent::symbol("n");
  CHECK(to_string(Type{DType::F64, {n, 2}}) == "f64[n,2]");
  CHECK(to_string(Type{DType::Bool, {}}) == "bool[]");
  CHECK(to_string(Type{DType::I32, {n - 2}}) == "i32[n - 2]");
  CHECK(numpy_string({}) == "()");
  CHECK(numpy_string({3}) == "(3,)");
  CHECK(numpy_string({3, 2}) == "(3,2)");
  CHECK(numpy_string({n, 0}) == "(n,0)");
}

TEST_CASE("elements are counted without false overflow") {
  const Extent n = Extent::symbol("n");
  CHECK(element_count({}) == Extent(1));
  CHECK(element_count({2, 3, 4}) == Extent(24));
  CHECK(element_count({n, 2, n}) == n * n * 2);
  CHECK(element_count({INT64_MAX, INT64_MAX, 0}) == Extent(0));
  CHECK_THROWS_AS(element_count({INT64_MAX, 2}), Error);
}

TEST_CASE("types compare by value") {
  CHECK(Type{DType::F64, {Extent::symbol("n")}} == Type{DType::F64, {Extent::symbol("n")}});
  CHECK_FALSE(Type{DType::F64, {3}} == Type{DType::F32, {3}});
  CHECK_FALSE(Type{DType::F64, {3}} == Type{DType::F64, {3, 1}});
}
