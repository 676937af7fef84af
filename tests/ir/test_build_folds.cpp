// Reductions and contractions.
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc::ir;
namespace build = arrayc::ir::build;

namespace {

build::ReduceOptions over(build::Axes axes, bool keepdims = false) {
  return {.axes = std::move(axes), .keepdims = keepdims, .dtype = std::nullopt};
}
std::string einsum(const char* subscripts, const std::vector<Value>& operands) {
  return type_of(build::einsum(subscripts, operands, {}));
}
std::string einsum_error(const char* subscripts, const std::vector<Value>& operands) {
  return error_of([&] { build::einsum(subscripts, operands, {}); });
}
std::string matmul(const char* a, const char* b) {
  return type_of(build::matmul(array("f64", a), array("f64", b, "y"), {}));
}
std::string matmul_error(const char* a, const char* b) {
  return error_of([&] { build::matmul(array("f64", a), array("f64", b), {}); });
}

}  // namespace

TEST_CASE("a reduction folds one axis after the other, the highest first") {
  CHECK(nodes(build::max(array("f64", "n,m"), over(std::nullopt), {})) ==
        "guard m > 0, \"zero-size array to reduction operation maximum which has no identity\"\n"
        "guard n > 0, \"zero-size array to reduction operation maximum which has no identity\"\n"
        "%1 = reduce.maximum %x, axis=1, lanes=1, chunk=0 : f64[n]\n"
        "%2 = reduce.maximum %1, axis=0, lanes=1, chunk=0 : f64[]\n"
        "return %2\n");
}

TEST_CASE("a sum of floats ends by adding +0") {
  const std::string text = nodes(build::sum(array("f64", "n,m"), over({{1}}), {}));
  CHECK(text.find("reduce.add %x, axis=1") != std::string::npos);
  CHECK(text.find("add %1") != std::string::npos);
  CHECK(nodes(build::sum(array("i64", "n"), over({{0}}), {})) ==
        "%1 = reduce.add %x, axis=0, lanes=1, chunk=0 : i64[]\nreturn %1\n");
}

TEST_CASE("accumulators and results have NumPy's types") {
  struct Row {
    const char *dtype, *sum, *mean, *min, *product;
  };
  const Row rows[] = {{"bool", "i64", "f64", "bool", "i64"}, {"i8", "i64", "f64", "i8", "i64"},
                      {"u8", "u64", "f64", "u8", "u64"},     {"i32", "i64", "f64", "i32", "i64"},
                      {"u64", "u64", "f64", "u64", "u64"},   {"f32", "f32", "f32", "f32", "f32"},
                      {"f64", "f64", "f64", "f64", "f64"}};
  for (const Row& row : rows) {
    INFO(row.dtype);
    const Value x = array(row.dtype, "3,2");
    CHECK(name(build::sum(x, over({}), {}).dtype()) == row.sum);
    CHECK(name(build::prod(x, over({}), {}).dtype()) == row.product);
    CHECK(name(build::mean(x, over({}), {}).dtype()) == row.mean);
    CHECK(name(build::var(x, over({}), 0, {}).dtype()) == row.mean);
    CHECK(name(build::std(x, over({}), 1.5, {}).dtype()) == row.mean);
    CHECK(name(build::min(x, over({}), {}).dtype()) == row.min);
    CHECK(build::any(x, over({}), {}).dtype() == DType::Bool);
    CHECK(build::count_nonzero(x, over({}), {}).dtype() == DType::I64);
    CHECK(build::arg_reduce(true, x, 0, false, {}).dtype() == DType::I64);
  }
  build::ReduceOptions narrow = over({});
  narrow.dtype = DType::F32;
  CHECK(build::sum(array("i8", "n"), narrow, {}).dtype() == DType::F32);
}

TEST_CASE("the count of a mean is a size, however it is known") {
  const auto text = [](const Value& x) { return print(import({&x, 1}, "f", {}).function); };
  const Value mean = build::mean(array("f64", "100,200"), over({{0}}), {});
  CHECK(text(mean).find("= extent n0 :") != std::string::npos);
  const Value var = build::var(array("f64", "100,200"), over(std::nullopt), 1, {});
  CHECK(text(var).find("= extent max(n0*n1 - 1, 0) :") != std::string::npos);
  CHECK(text(build::mean(array("f64", "n,3"), over({{1}}), {})).find("= constant 3.0 :") !=
        std::string::npos);
  CHECK(nodes(mean).find("= constant 100 :") != std::string::npos);
}

TEST_CASE("axes and keepdims") {
  const Value x = array("f64", "n,m,k");
  CHECK(type_of(build::sum(x, over({{0, -1}}), {})) == "f64[m]");
  CHECK(type_of(build::sum(x, over({{0, 2}}, true), {})) == "f64[1,m,1]");
  CHECK(type_of(build::sum(x, over(std::nullopt, true), {})) == "f64[1,1,1]");
  CHECK(build::max(x, over({std::vector<std::int64_t>{}}), {}) == x);
  CHECK(type_of(build::arg_reduce(false, x, 1, true, {})) == "i64[n,1,k]");
  CHECK(type_of(build::arg_reduce(false, x, std::nullopt, true, {})) == "i64[1,1,1]");
  CHECK(type_of(build::sum(array("f64"), over({{-1}}), {})) == "f64[]");
  const auto error = [&](build::Axes axes) {
    return error_of([&] { build::sum(x, over(std::move(axes)), {}); });
  };
  CHECK(error({{3}}) == "axis 3 is out of bounds for array of dimension 3");
  CHECK(error({{0, -3}}) == "duplicate value in 'axis'");
}

TEST_CASE("folding nothing") {
  const auto min_error = [](const char* shape, build::Axes axes) {
    return error_of([&] { build::min(array("f64", shape), over(std::move(axes)), {}); });
  };
  const std::string none = "zero-size array to reduction operation minimum which has no identity";
  CHECK(min_error("0", std::nullopt) == none);
  CHECK(min_error("3,0", {{1}}) == none);
  CHECK(min_error("0,3", {{1}}) == "");
  CHECK(min_error("0,0", {{1}}) == none);
  CHECK(min_error("0,0", std::nullopt) == none);
  CHECK(error_of([] { build::arg_reduce(false, array("f64", "0"), std::nullopt, false, {}); }) ==
        "attempt to get argmin of an empty sequence");
  CHECK(type_of(build::arg_reduce(true, array("f64", "0,3"), 1, false, {})) == "i64[0]");
  CHECK(type_of(build::sum(array("f64", "0"), over({}), {})) == "f64[]");
}

TEST_CASE("only ufuncs that can be cut into pieces are folded") {
  const auto error = [](const char* ufunc) {
    return error_of(
        [&] { build::reduce(*find_builtin_ufunc(ufunc), array("f64", "n"), over({}), {}); });
  };
  CHECK(error("fmax") == "");
  CHECK(error("subtract") == "subtract.reduce is not built");
  CHECK_FALSE(error("bitwise_or") == "");
}

TEST_CASE("einsum reads NumPy's subscripts") {
  const Value a = array("f64", "n,m"), b = array("f64", "m,k", "b"), s = array("f64", "n,n", "s");
  CHECK(einsum("ij,jk", {a, b}) == "f64[n,k]");
  CHECK(einsum("i j , j k -> k i", {a, b}) == "f64[k,n]");
  CHECK(einsum("ii", {s}) == "f64[]");
  CHECK(einsum("ii->i", {s}) == "f64[n]");
  CHECK(einsum("ba,a", {array("f64", "2,3"), array("f64", "3")}) == "f64[2]");
  CHECK(einsum("Ba,a", {array("f64", "2,3"), array("f64", "3")}) == "f64[2]");
  CHECK(einsum("...ij,...jk", {array("f64", "7,2,3"), array("f64", "3,4")}) == "f64[7,2,4]");
  CHECK(einsum("i...", {array("f64", "7,2,3")}) == "f64[2,3,7]");
  CHECK(einsum("ij,...", {array("f64", "2,3"), array("f64", "3")}) == "f64[3,2,3]");
  CHECK(einsum("ij,ij->ij", {array("f64", "1,3"), array("f64", "2,3")}) == "f64[2,3]");
  CHECK(einsum(",i->i", {py(2), array("f32", "n")}) == "f64[n]");
  CHECK(einsum("ij->", {array("bool", "2,2")}) == "bool[]");
  CHECK(einsum("i,i", {array("i8", "2"), array("i8", "2")}) == "i8[]");
}

TEST_CASE("einsum refuses what NumPy refuses") {
  const Value m = array("f64", "2,3"), v = array("f64", "3");
  CHECK(einsum_error("ij,jk", {m, array("f64", "4,5")}) ==
        "operands could not be broadcast together with remapped shapes [original->remapped]: "
        "(2,3)->(2,newaxis,3) (4,5)->(5,4) ");
  CHECK(einsum_error("ij", {v}) ==
        "einstein sum subscripts string contains too many subscripts for operand 0");
  CHECK(einsum_error("ij,jk", {m}) ==
        "more operands provided to einstein sum function than specified in the subscripts string");
  CHECK(einsum_error("i", {v, v}) ==
        "fewer operands provided to einstein sum function than specified in the subscripts string");
  CHECK(einsum_error("i", {m}) ==
        "operand has more dimensions than subscripts given in einstein sum, but no '...' ellipsis "
        "provided to broadcast the extra dimensions.");
  CHECK(einsum_error("ij->ik", {m}) ==
        "einstein sum subscripts string included output subscript 'k' which never appeared in an "
        "input");
  CHECK(einsum_error("ij->ii", {m}) ==
        "einstein sum subscripts string includes output subscript 'i' multiple times");
  CHECK(einsum_error("i$", {m}) ==
        "invalid subscript '$' in einstein sum subscripts string, subscripts must be letters");
  CHECK(einsum_error("ij-ij", {m}) ==
        "einstein sum subscript string does not contain proper '->' output specified");
  CHECK(einsum_error("i.j", {m}) ==
        "einstein sum subscripts string contains a '.' that is not part of an ellipsis ('...') in "
        "operand 0");
  CHECK(einsum_error("ii", {m}) ==
        "dimensions in operand 0 for collapsing index 'i' don't match (2 != 3)");
  CHECK(einsum_error("ii->i", {m}) ==
        "dimensions in single operand for collapsing index 'i' don't match (2 != 3)");
  CHECK(einsum_error("...i->i", {m}) ==
        "output has more dimensions than subscripts given in einstein sum, but no '...' ellipsis "
        "provided to broadcast the extra dimensions.");
}

TEST_CASE("indices of einsum may be numbers") {
  const Value a = array("f64", "n,m"), b = array("f64", "m,k", "b"), x = array("f64", "7,2,3");
  const auto type = [](std::vector<Value> operands, std::vector<build::EinsumIndices> lists) {
    return type_of(build::einsum(operands, lists, {}));
  };
  constexpr std::int64_t dots = build::einsum_ellipsis;
  CHECK(type({a, b}, {{0, 1}, {1, 2}}) == "f64[n,k]");
  CHECK(type({a, b}, {{0, 1}, {1, 2}, {2, 0}}) == "f64[k,n]");
  CHECK(type({a}, {{1000000000, 5}}) == "f64[m,n]");
  CHECK(type({x}, {{4, dots}, {dots, 4}}) == "f64[2,3,7]");
  // Numbered by first appearance, as letters are.
  const Value operands[] = {a, b};
  const build::EinsumIndices lists[] = {{9, 70}, {70, 7}, {7, 9}};
  CHECK(nodes(build::einsum(operands, lists, {})) ==
        nodes(build::einsum("ij,jk->ki", operands, {})));
}

TEST_CASE("the type of an einsum's products") {
  const Value h = array("f16", "n"), i = array("i32", "n"), c = array("c64", "n", "y");
  const auto dtype_of = [](const Value& a, const Value& b, const build::EinsumOptions& options) {
    const Value operands[] = {a, b};
    return name(build::einsum("i,i", operands, {}, options).dtype());
  };
  CHECK(dtype_of(h, i, {}) == "f64");
  CHECK(dtype_of(h, c, {}) == "c64");
  // Floats first: they hold integers of either sign.
  const Value mixed[] = {array("u16", "n"), array("i8", "n"), h};
  CHECK(name(build::einsum("i,i,i", mixed, {}).dtype()) == "f32");
  CHECK(dtype_of(h, h, {.dtype = DType::F32}) == "f32");
  CHECK(dtype_of(i, i, {.dtype = DType::F32, .casting = Casting::same_kind}) == "f32");
  CHECK(error_of([&] { dtype_of(i, i, {.dtype = DType::F32}); }) ==
        "Iterator operand 0 dtype could not be cast from dtype('int32') to dtype('float32') "
        "according to the rule 'safe'");
  CHECK(error_of([&] { dtype_of(h, i, {.casting = Casting::equiv}); }).find("'equiv'") !=
        std::string::npos);
  // A view is no computation.
  const Value operands[] = {i};
  CHECK(name(build::einsum("i->i", operands, {}, {.dtype = DType::F32}).dtype()) == "i32");
}

TEST_CASE("products of many kinds are one einsum") {
  const Value a = array("f64", "n,m"), b = array("f64", "m,k", "y"), v = array("f64", "m", "z");
  const auto einsums = [](const Value& x) {
    const std::string text = nodes(x);
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("= einsum", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  CHECK(einsums(build::matmul(a, b, {})) == 1);
  CHECK(einsums(build::matvec(a, v, {})) == 1);
  CHECK(einsums(build::vecmat(v, b, {})) == 1);
  CHECK(einsums(build::vecdot(a, v, -1, {})) == 1);
  CHECK(einsums(build::dot(a, b, {})) == 1);
  CHECK(einsums(build::dot(a, py(2), {})) == 1);
  CHECK(einsums(build::vdot(a, a, {})) == 1);
  CHECK(einsums(build::inner(a, v, {})) == 1);
  CHECK(einsums(build::outer(a, v, {})) == 1);
  CHECK(einsums(build::tensordot(a, b, 1, {})) == 1);
  CHECK(einsums(build::kron(a, b, {})) == 1);
  const Value chain[] = {a, b, array("f64", "k", "w")};
  CHECK(nodes(build::multi_dot(chain, {})).find("einsum %x, %y, %w, \"ab,bc,c->a\"") !=
        std::string::npos);
}

TEST_CASE("matmul") {
  CHECK(matmul("n,m", "m,k") == "f64[n,k]");
  CHECK(matmul("n,m", "m") == "f64[n]");
  CHECK(matmul("m", "m,k") == "f64[k]");
  CHECK(matmul("m", "m") == "f64[]");
  CHECK(matmul("b,n,m", "m,k") == "f64[b,n,k]");
  CHECK(matmul("b,1,n,m", "c,m,k") == "f64[b,c,n,k]");
  CHECK(matmul("1,n,m", "b,m,k") == "f64[b,n,k]");
  CHECK(matmul_error("2,3", "2,3") ==
        "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
        "(n?,k),(k,m?)->(n?,m?) (size 2 is different from 3)");
  CHECK(matmul_error("", "2") ==
        "matmul: Input operand 0 does not have enough dimensions (has 0, gufunc core with "
        "signature (n?,k),(k,m?)->(n?,m?) requires 1)");
  CHECK(matmul_error("2,3,4", "3,4,5") ==
        "operands could not be broadcast together with remapped shapes [original->remapped]: "
        "(2,3,4)->(2,newaxis,newaxis) (3,4,5)->(3,newaxis,newaxis)  and requested shape (3,5)");
  CHECK(type_of(build::matmul(array("bool", "2,2"), array("bool", "2,2"), {})) == "bool[2,2]");
}

TEST_CASE("dot") {
  const auto dot = [](const char* a, const char* b) {
    return type_of(build::dot(array("f64", a), array("f64", b), {}));
  };
  CHECK(dot("n,m", "m,k") == "f64[n,k]");
  CHECK(dot("a,b,m", "c,m,k") == "f64[a,b,c,k]");
  CHECK(dot("n,m", "m") == "f64[n]");
  CHECK(dot("", "n") == "f64[n]");
  CHECK(error_of([&] { dot("2,3", "2,3"); }) ==
        "shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)");
  CHECK(error_of([&] { dot("3", "2"); }) ==
        "shapes (3,) and (2,) not aligned: 3 (dim 0) != 2 (dim 0)");
}
