// Shapes, indexing and generators.
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc::ir;
namespace build = arrayc::ir::build;

namespace {

build::IndexItem at(const Extent& i) {
  build::IndexItem item;
  item.kind = build::IndexItem::Kind::integer;
  item.integer = i;
  return item;
}
build::IndexItem range(std::optional<Extent> start, std::optional<Extent> stop,
                       std::int64_t step = 1) {
  build::IndexItem item;
  item.slice.start = start;
  item.slice.stop = stop;
  item.slice.step = step;
  return item;
}
build::IndexItem newaxis() {
  build::IndexItem item;
  item.kind = build::IndexItem::Kind::newaxis;
  return item;
}
build::IndexItem dots() {
  build::IndexItem item;
  item.kind = build::IndexItem::Kind::ellipsis;
  return item;
}
Value index(const Value& x, std::vector<build::IndexItem> items) {
  return build::index(x, items, Place{"k.py", 1, 2});
}
std::string reshape_error(const char* from, std::vector<Extent> to) {
  return error_of([&] { build::reshape(array("f64", from), to, {}); });
}

}  // namespace

TEST_CASE("reshape infers one axis") {
  const auto shape = [](const char* from, std::vector<Extent> to) {
    return type_of(build::reshape(array("f64", from), std::move(to), {}));
  };
  const Extent n = Extent::symbol("n");
  CHECK(shape("6", {2, -1}) == "f64[2,3]");
  CHECK(shape("n,2", {-1}) == "f64[2*n]");
  CHECK(shape("n,2", {2, -1}) == "f64[2,n]");
  CHECK(shape("n,m", {n, -1}) == "f64[n,m]");
  CHECK(shape("n,m", {-1, 1}) == "f64[m*n,1]");
  CHECK(reshape_error("6", {4}) == "cannot reshape array of size 6 into shape (4,)");
  CHECK(reshape_error("6", {-1, -1}) == "can only specify one unknown dimension");
  CHECK(reshape_error("6", {-1, 4}).find("cannot reshape array of size 6") == 0);
  CHECK(reshape_error("0", {-1, 0}).find("cannot reshape array of size 0") == 0);
}

TEST_CASE("transposes") {
  const Value x = array("f64", "n,m,k");
  CHECK(type_of(build::transpose(x, std::nullopt, {})) == "f64[k,m,n]");
  CHECK(type_of(build::moveaxis(x, {0}, {-1}, {})) == "f64[m,k,n]");
  CHECK(type_of(build::swapaxes(x, 0, 1, {})) == "f64[m,n,k]");
  CHECK(build::transpose(x, {{0, 1, 2}}, {}) == x);
  const auto error = [&](std::vector<std::int64_t> axes) {
    return error_of([&] { build::transpose(x, axes, {}); });
  };
  CHECK(error({0}) == "axes don't match array");
  CHECK(error({0, 0, 1}) == "repeated axis in transpose");
  CHECK(error({0, 1, 3}) == "axis 3 is out of bounds for array of dimension 3");
  CHECK(error_of([&] { build::moveaxis(x, {0}, {3}, {}); }) ==
        "destination: axis 3 is out of bounds for array of dimension 3");
  CHECK(error_of([&] { build::swapaxes(x, 0, 3, {}); }) ==
        "axis2: axis 3 is out of bounds for array of dimension 3");
  CHECK(error_of([&] { build::moveaxis(x, {0, 1}, {0}, {}); }) ==
        "`source` and `destination` arguments must have the same number of elements");
}

TEST_CASE("axes of length 1") {
  const Value x = array("f64", "n,1,2");
  CHECK(type_of(build::expand_dims(x, {0, -1}, {})) == "f64[1,n,1,2,1]");
  CHECK(type_of(build::squeeze(x, std::nullopt, {})) == "f64[n,2]");
  CHECK(error_of([&] { build::squeeze(x, {{2}}, {}); }) ==
        "cannot select an axis to squeeze out which has size not equal to one");
  CHECK(error_of([&] { build::expand_dims(x, {0, 0}, {}); }) == "repeated axis");
  CHECK(error_of([&] { build::expand_dims(x, {4}, {}); }) ==
        "axis 4 is out of bounds for array of dimension 4");
}

TEST_CASE("broadcast_to and broadcast_arrays") {
  CHECK(type_of(build::broadcast_to(array("f64", "n"), {3, Extent::symbol("n")}, {})) ==
        "f64[3,n]");
  CHECK(error_of([] { build::broadcast_to(array("f64", "3"), {2}, {}); }) ==
        "operands could not be broadcast together with remapped shapes [original->remapped]: (3,)  "
        "and requested shape (2,)");
  CHECK(error_of([] { build::broadcast_to(array("f64", "3,1"), {3}, {}); }) ==
        "input operand has more dimensions than allowed by the axis remapping");
  const Value different[] = {array("f64", "3"), array("f64", "2")};
  CHECK(error_of([&] { build::broadcast_arrays(different, {}); }) ==
        "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 "
        "with shape (3,) and arg 1 with shape (2,).");
}

TEST_CASE("basic indexing") {
  const Value x = array("f64", "n,m,3");
  CHECK(type_of(index(x, {})) == "f64[n,m,3]");
  CHECK(index(x, {dots()}) == x);
  CHECK(type_of(index(x, {at(0)})) == "f64[m,3]");
  CHECK(type_of(index(x, {dots(), at(-1)})) == "f64[n,m]");
  CHECK(type_of(index(x, {newaxis(), at(0), newaxis(), range(1, -1)})) ==
        "f64[1,1,max(m - 2, 0),3]");
  CHECK(type_of(index(x, {range({}, {}, -1), dots(), range({}, {}, 2)})) == "f64[n,m,2]");
  CHECK(nodes(index(x, {at(5)})).find("guard n - 5 > 0") == 0);
  CHECK(error_of([&] { index(x, {dots(), at(3)}); }) ==
        "index 3 is out of bounds for axis 2 with size 3");
  CHECK(error_of([&] { index(x, {dots(), at(-4)}); }) ==
        "index -4 is out of bounds for axis 2 with size 3");
  CHECK(error_of([&] { index(x, {at(0), at(0), at(0), at(0)}); }) ==
        "too many indices for array: array is 3-dimensional, but 4 were indexed");
  CHECK(error_of([&] { index(x, {dots(), dots()}); }) ==
        "an index can only have a single ellipsis ('...')");
  CHECK(error_of([&] { index(x, {range({}, {}, 0)}); }) == "slice step cannot be zero");
}

TEST_CASE("arange") {
  const auto arange = [](const Value& start, const Value& stop, const Value& step,
                         std::optional<DType> dtype = std::nullopt) {
    return build::arange(start, stop, step, dtype, {});
  };
  CHECK(type_of(arange(Value(), py(5), Value())) == "i64[5]");
  CHECK(type_of(arange(py(5), py(0), Value())) == "i64[0]");
  CHECK(type_of(arange(py(10), py(0), py(-3))) == "i64[4]");
  CHECK(type_of(arange(py(0), py(1), py(0.1))) == "f64[10]");
  CHECK(type_of(arange(py(1), py(2), py(.3))) == "f64[4]");
  CHECK(type_of(arange(py(0.5), py(3.7), Value(), DType::I64)) == "i64[4]");
  const Value three = build::astype(py(3.0), DType::F32, {});
  CHECK(type_of(arange(Value(), three, Value())) == "f64[3]");
  const Value n = build::extent(Extent::symbol("n"), {});
  CHECK(type_of(arange(py(1), n, py(2))) == "i64[n//2]");
  CHECK(error_of([&] { arange(py(0), py(5), py(0)); }) == "division by zero");
  CHECK(error_of([&] { arange(py(0.), py(5.), py(0.)); }) == "float division by zero");
  CHECK(error_of([&] { arange(Value(), array("i64"), Value()); }).find("length") !=
        std::string::npos);
}

TEST_CASE("linspace, eye, full, meshgrid") {
  CHECK(type_of(build::linspace(py(0), py(1), 5, true, {}, {})) == "f64[5]");
  CHECK(type_of(build::linspace(py(0), py(1), 5, true, DType::I32, {})) == "i32[5]");
  CHECK(type_of(build::linspace(array("f32"), array("f32"), 5, true, {}, {})) == "f32[5]");
  CHECK(type_of(build::linspace(array("f64", "n"), py(1), 5, true, {}, {})) == "f64[5,n]");
  CHECK(error_of([] { build::linspace(py(0), py(1), -1, true, {}, {}); }) ==
        "Number of samples, -1, must be non-negative.");
  CHECK(type_of(build::eye(3, 4, 1, DType::I8, {})) == "i8[3,4]");
  CHECK(type_of(build::full({2, 3}, py(7), {}, {})) == "i64[2,3]");
  CHECK(error_of([] { build::full({2}, py(300), DType::I8, {}); }) ==
        "Python integer 300 out of bounds for int8");
  CHECK(error_of([] { build::full({-1}, py(1), {}, {}); }) ==
        "negative dimensions are not allowed");
  const Value lines[] = {array("f64", "n"), array("f64", "m", "y")};
  const auto xy = build::meshgrid(lines, false, false, {});
  CHECK(type_of(xy[0]) == "f64[m,n]");
  CHECK(type_of(xy[1]) == "f64[m,n]");
  const auto sparse = build::meshgrid(lines, true, true, {});
  CHECK(type_of(sparse[0]) == "f64[n,1]");
  CHECK(type_of(sparse[1]) == "f64[1,m]");
}
