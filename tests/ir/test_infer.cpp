#include "ir/node.h"
#include "tests/catch.h"

using namespace arrayc::ir;

namespace {

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");

Operation with(Op op, Attributes attributes) {
  return {op, nullptr, std::make_shared<const Attributes>(std::move(attributes))};
}

Operation ufunc(const char* name) { return {Op::ufunc, find_builtin_ufunc(name), nullptr}; }

Operation reduce(const char* name, int axis) {
  Operation operation = with(Op::reduce, ReduceAttr{axis, {}});
  operation.ufunc = find_builtin_ufunc(name);
  return operation;
}

// Takes everything for equal and remembers what it was asked.
class Asked final : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent& a, const Extent& b) override {
    questions.emplace_back(a, b);
    return a;
  }
  std::vector<std::pair<Extent, Extent>> questions;
};

Shape shape_of(const Operation& operation, std::vector<Type> operands) {
  EqualExtents rules;
  return infer(operation, operands, DType::F64, rules).shape;
}

Type f64(Shape shape) { return {DType::F64, std::move(shape)}; }

}  // namespace

TEST_CASE("every operation has a name") {
  CHECK(info(Op::param).name == "param");
  CHECK(info(Op::einsum).name == "einsum");
  CHECK(info(Op::reshape).operands == 1);
}

TEST_CASE("ufunc operands have one shape") {
  CHECK(shape_of(ufunc("add"), {f64({n, 2}), f64({n, 2})}) == Shape{n, 2});
  CHECK_THROWS_WITH(shape_of(ufunc("add"), {f64({3, 2}), f64({3})}),
                    "operands could not be broadcast together with shapes (3,2) (3,) ");
  CHECK_THROWS_WITH(shape_of(ufunc("add"), {f64({n}), f64({m})}),
                    "operands could not be broadcast together with shapes (n,) (m,) ");
  Asked rules;
  const Type types[] = {f64({n, 3}), f64({m, 3})};
  CHECK(infer(ufunc("less"), types, DType::Bool, rules) == Type{DType::Bool, {n, 3}});
  REQUIRE(rules.questions.size() == 1);
  CHECK(rules.questions[0] == std::pair(n, m));
}

TEST_CASE("broadcasting stretches constant ones") {
  CHECK(shape_of(with(Op::broadcast, ShapeAttr{{4, n, 2}}), {f64({1, 2})}) == Shape{4, n, 2});
  CHECK(shape_of(with(Op::broadcast, ShapeAttr{{}}), {f64({})}) == Shape{});
  CHECK(shape_of(with(Op::broadcast, ShapeAttr{{0}}), {f64({1})}) == Shape{0});
  CHECK_THROWS_WITH(shape_of(with(Op::broadcast, ShapeAttr{{2}}), {f64({3})}),
                    "operands could not be broadcast together with remapped shapes "
                    "[original->remapped]: (3,)  and requested shape (2,)");
  CHECK_THROWS_AS(shape_of(with(Op::broadcast, ShapeAttr{{2}}), {f64({1, 2})}), Error);
  Asked rules;
  const Type operand = f64({m});
  CHECK(infer(with(Op::broadcast, ShapeAttr{{5, n}}), std::span(&operand, 1), DType::F64, rules)
            .shape == Shape{5, n});
  CHECK(rules.questions.size() == 1);
}

TEST_CASE("slices, permutations and axes of one") {
  const SliceAttr slices{{Slice{1, -1, 1}, Slice{{}, {}, -2}}};
  CHECK(shape_of(with(Op::slice, slices), {f64({n, 5})}) == Shape{max(n - 2, 0), 3});
  Slice index;
  index.start = -4;
  index.index = true;
  CHECK_THROWS_WITH(shape_of(with(Op::slice, SliceAttr{{Slice{}, index}}), {f64({5, 3})}),
                    "index -4 is out of bounds for axis 1 with size 3");
  CHECK(shape_of(with(Op::slice, SliceAttr{{index}}), {f64({4})}) == Shape{1});

  CHECK(shape_of(with(Op::transpose, AxesAttr{{2, 0, 1}}), {f64({n, m, 3})}) == Shape{3, n, m});
  CHECK_THROWS_WITH(shape_of(with(Op::transpose, AxesAttr{{0, 0}}), {f64({n, m})}),
                    "repeated axis in transpose");
  CHECK_THROWS_WITH(shape_of(with(Op::transpose, AxesAttr{{0}}), {f64({n, m})}),
                    "axes don't match array");
  CHECK_THROWS_WITH(shape_of(with(Op::transpose, AxesAttr{{0, 2}}), {f64({n, m})}),
                    "axis 2 is out of bounds for array of dimension 2");

  CHECK(shape_of(with(Op::expand_dims, AxesAttr{{0, 2}}), {f64({n, m})}) == Shape{1, n, 1, m});
  CHECK(shape_of(with(Op::squeeze, AxesAttr{{0, 2}}), {f64({1, n, 1})}) == Shape{n});
  CHECK_THROWS_WITH(shape_of(with(Op::squeeze, AxesAttr{{0}}), {f64({3, 2})}),
                    "cannot select an axis to squeeze out which has size not equal to one");
}

TEST_CASE("reshape keeps the number of elements") {
  CHECK(shape_of(with(Op::reshape, ShapeAttr{{m * n}}), {f64({n, m})}) == Shape{n * m});
  CHECK(shape_of(with(Op::reshape, ShapeAttr{{}}), {f64({1, 1})}) == Shape{});
  CHECK(shape_of(with(Op::reshape, ShapeAttr{{0, 7}}), {f64({3, 0})}) == Shape{0, 7});
  CHECK_THROWS_WITH(shape_of(with(Op::reshape, ShapeAttr{{4}}), {f64({2, 3})}),
                    "cannot reshape array of size 6 into shape (4,)");
  Asked rules;
  const Type operand = f64({n, m});
  infer(with(Op::reshape, ShapeAttr{{4, m}}), std::span(&operand, 1), DType::F64, rules);
  REQUIRE(rules.questions.size() == 1);
  CHECK(rules.questions[0] == std::pair(n * m, m * 4));
}

TEST_CASE("reductions drop their axis") {
  CHECK(shape_of(reduce("add", 1), {f64({n, m, 3})}) == Shape{n, 3});
  CHECK(shape_of(reduce("add", 0), {f64({0})}) == Shape{});
  CHECK(shape_of(reduce("maximum", 1), {f64({0, 3})}) == Shape{0});
  CHECK_THROWS_WITH(shape_of(reduce("minimum", 0), {f64({0, 3})}),
                    "zero-size array to reduction operation minimum which has no identity");
  CHECK_THROWS_WITH(shape_of(reduce("add", 3), {f64({n, m})}),
                    "axis 3 is out of bounds for array of dimension 2");
  EqualExtents rules;
  const Type operand = f64({n, 3});
  CHECK(infer(with(Op::arg_reduce, ArgReduceAttr{0, true}), std::span(&operand, 1), DType::F64,
              rules) == Type{DType::I64, {3}});
  CHECK_THROWS_WITH(shape_of(with(Op::arg_reduce, ArgReduceAttr{1, false}), {f64({3, 0})}),
                    "attempt to get argmin of an empty sequence");
  // Of complex numbers: both parts.
  Operation product = with(Op::reduce, ReduceAttr{0, {8, 4096}, ResultPart::imaginary});
  product.ufunc = find_builtin_ufunc("multiply");
  CHECK(shape_of(product, {f64({3, 2}), f64({3, 2})}) == Shape{2});
  CHECK_THROWS_WITH(shape_of(product, {f64({3, 2})}), Catch::Contains("made of two operands"));
  CHECK_THROWS_WITH(shape_of(product, {f64({3, 2}), f64({2, 3})}), Catch::Contains("of one type"));
  product.ufunc = find_builtin_ufunc("add");
  CHECK_THROWS_WITH(shape_of(product, {f64({3}), f64({3})}),
                    Catch::Contains("reduce.add has no loop"));
  // A sum of products.
  Operation sum = with(Op::reduce, ReduceAttr{0, {1, 256, true}});
  sum.ufunc = find_builtin_ufunc("add");
  CHECK(shape_of(sum, {f64({3, 2}), f64({3, 2})}) == Shape{2});
  CHECK_THROWS_WITH(shape_of(sum, {f64({3, 2}), f64({2, 3})}),
                    Catch::Contains("have different types: f64[3,2] and f64[2,3]"));
  CHECK_THROWS_WITH(shape_of(sum, {Type{DType::Bool, {3}}, Type{DType::Bool, {3}}}),
                    Catch::Contains("of integers or floats, not bool"));
}

TEST_CASE("einsum has one extent for each index") {
  const EinsumAttr product{{{0, 1}, {1, 2}}, {0, 2}};
  CHECK(shape_of(with(Op::einsum, product), {f64({n, 3}), f64({3, m})}) == Shape{n, m});
  CHECK(shape_of(with(Op::einsum, EinsumAttr{{{0, 0}}, {0}}), {f64({n, n})}) == Shape{n});
  CHECK(shape_of(with(Op::einsum, EinsumAttr{{{0, 1}, {0, 1}}, {0, 1}}),
                 {f64({n, 1}), f64({1, m})}) == Shape{n, m});
  CHECK_THROWS_WITH(shape_of(with(Op::einsum, product), {f64({2, 3}), f64({4, 5})}),
                    "operands could not be broadcast together with remapped shapes "
                    "[original->remapped]: (2,3)->(2,newaxis,3) (4,5)->(5,4) ");
  CHECK_THROWS_WITH(
      shape_of(with(Op::einsum, EinsumAttr{{{0, 1}, {1}}, {0}}), {f64({2, 3}), f64({4})}),
      "operands could not be broadcast together with remapped shapes "
      "[original->remapped]: (2,3)->(2,3) (4,)->(4) ");
  CHECK_THROWS_AS(shape_of(with(Op::einsum, EinsumAttr{{{0, 1}}, {2}}), {f64({2, 3})}), Error);
}

TEST_CASE("generators and conversions") {
  EqualExtents rules;
  CHECK(infer(with(Op::iota, ExtentAttr{n - 1}), {}, DType::F64, rules) ==
        Type{DType::I64, {n - 1}});
  CHECK(infer(with(Op::extent, ExtentAttr{n}), {}, DType::F64, rules) == Type{DType::I64, {}});
  CHECK(infer(with(Op::constant, ConstantAttr{Scalar::of(true), Weak::strong}), {}, DType::F64,
              rules) == Type{DType::Bool, {}});
  const Type operand = f64({n, 2});
  CHECK(infer({Op::convert, nullptr, nullptr}, std::span(&operand, 1), DType::I8, rules) ==
        Type{DType::I8, {n, 2}});
  CHECK_THROWS_AS(infer({Op::convert, nullptr, nullptr}, {}, DType::I8, rules), Error);
}

TEST_CASE("operations compare and hash by value") {
  const auto same = [](Attributes a, Attributes b) {
    const bool equal = same_operation(with(Op::slice, a), with(Op::slice, b));
    if (equal) CHECK(hash(a) == hash(b));
    return equal;
  };
  CHECK(same(SliceAttr{{Slice{1, n, 2}}}, SliceAttr{{Slice{1, Extent::symbol("n"), 2}}}));
  CHECK_FALSE(same(SliceAttr{{Slice{1, n, 2}}}, SliceAttr{{Slice{1, {}, 2}}}));
  CHECK_FALSE(same(ParamAttr{1}, ParamAttr{2}));
  CHECK_FALSE(same(ExtentAttr{1}, ParamAttr{1}));
  CHECK(same(EinsumAttr{{{0}, {1}}, {}}, EinsumAttr{{{0}, {1}}, {}}));
  CHECK_FALSE(same(EinsumAttr{{{0}, {1}}, {}}, EinsumAttr{{{0, 1}}, {}}));
  CHECK_FALSE(same(ConstantAttr{Scalar::of(0.0), Weak::strong},
                   ConstantAttr{Scalar::of(-0.0), Weak::strong}));
  CHECK_FALSE(same_operation(ufunc("add"), ufunc("multiply")));
  CHECK(same_operation(ufunc("add"), ufunc("add")));
}

TEST_CASE("the default tree has lanes and chunks for float sums only") {
  const Ufunc& add = *find_builtin_ufunc("add");
  CHECK(default_tree(add, DType::F64, true) == Tree{32, 4096});
  CHECK(default_tree(add, DType::F32, true) == Tree{64, 4096});
  CHECK(default_tree(add, DType::F64, false) == Tree{1, 64});
  CHECK(default_tree(*find_builtin_ufunc("multiply"), DType::F32, false) == Tree{1, 64});
  CHECK(default_tree(add, DType::I64, true) == Tree{1, 0});
  CHECK(default_tree(*find_builtin_ufunc("maximum"), DType::F64, true) == Tree{1, 0});
}
