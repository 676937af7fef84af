#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include "backends/fold.h"
#include "backends/interp/graph_program.h"
#include "backends/interp/interp.h"
#include "ir/registry.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
using backends::Arguments;
using ir::DType;
using ir::Extent;
using ir::Op;
using runtime::Array;
using testing::array;
using testing::FunctionMaker;
using testing::values;
using F64 = std::vector<double>;
using I64 = std::vector<std::int64_t>;

namespace {

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");

std::vector<Array> run(const ir::Function& f, std::vector<Array> arrays) {
  return backends::interp::GraphProgram(f, true).run({std::move(arrays), {}}, nullptr);
}

F64 counted(std::int64_t count) {
  F64 v;
  for (std::int64_t i = 0; i < count; ++i) v.push_back(static_cast<double>(i));
  return v;
}

}  // namespace

TEST_CASE("elementwise operations over contiguous, strided and repeated operands") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::F64, {n, m}});
  const auto b = f.param("b", {DType::F64, {m}});
  const auto stretched = f.function.graph.broadcast(b, {n, m});
  f.function.results = {f.ufunc("subtract", {a, stretched}, DType::F64)};
  for (const std::int64_t rows : {0, 1, 3, 50}) {
    for (const std::int64_t columns : {0, 1, 2, 70}) {
      const Array plain = array<double>({columns, rows}, counted(rows * columns));
      const Array left = testing::transposed(plain);
      const Array right = array<double>({columns}, counted(columns));
      const auto results = run(f.function, {left, right});
      REQUIRE(results.size() == 1);
      REQUIRE(results[0].shape == I64{rows, columns});
      REQUIRE(runtime::is_contiguous(results[0]));
      F64 expected;
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          expected.push_back(static_cast<double>(j * rows + i - j));
        }
      }
      REQUIRE(values<double>(results[0]) == expected);
    }
  }
}

TEST_CASE("0-d values: constants, sizes, scalar and size parameters, conversions") {
  FunctionMaker f;
  f.param("n", {DType::I64, {}}, ir::ParamKind::size);
  const auto s = f.param("s", {DType::F32, {}}, ir::ParamKind::scalar);
  const auto size = f.node(Op::extent, ir::ExtentAttr{n * 2 + 1}, {}, {DType::I64, {}});
  const auto three = f.function.graph.constant(ir::Scalar::of(3.0));
  const auto wide = f.function.graph.convert(s, DType::F64);
  const auto sum = f.ufunc("add", {wide, three}, DType::F64);
  const auto count = f.node(Op::iota, ir::ExtentAttr{n}, {}, {DType::I64, {n}});
  f.function.results = {sum, size, count};
  // A double is converted to the parameter's float, a small integer to a size.
  const auto results = run(f.function, {array<std::int32_t>({}, {4}), array<double>({}, {0.1})});
  CHECK(values<double>(results[0]) == F64{static_cast<double>(0.1f) + 3});
  CHECK(values<std::int64_t>(results[1]) == I64{9});
  CHECK(values<std::int64_t>(results[2]) == I64{0, 1, 2, 3});
}

TEST_CASE("views do not copy, and results are arrays of their own") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::F64, {n, Extent(2)}});
  // a[::-1, 1] and a[1:, :]
  const ir::ViewAttr reversed{{n}, {{0, n - 1, -1}, {-1, 1, 1}}};
  const auto column = f.node(Op::view, reversed, {a}, {DType::F64, {n}});
  const ir::ViewAttr rest{{n - 1, Extent(2)}, {{0, 1, 1}, {1, 0, 1}}};
  const auto tail = f.node(Op::view, rest, {a}, {DType::F64, {n - 1, Extent(2)}});
  const auto flat =
      f.node(Op::reshape, ir::ShapeAttr{{(n - 1) * 2}}, {tail}, {DType::F64, {(n - 1) * 2}});
  f.function.results = {column, flat, a, a};
  const Array x = array<double>({3, 2}, counted(6));
  const auto results = run(f.function, {x});
  CHECK(values<double>(results[0]) == F64{5, 3, 1});
  CHECK(values<double>(results[1]) == F64{2, 3, 4, 5});
  CHECK(values<double>(results[2]) == counted(6));
  CHECK(results[2].data != x.data);
  CHECK(results[2].data != results[3].data);
  for (const Array& r : results) CHECK(runtime::is_contiguous(r));
}

TEST_CASE("transpose, slice, expand_dims and squeeze by their maps") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::I64, {n, m}});
  const auto t = f.node(Op::transpose, ir::AxesAttr{{1, 0}}, {a}, {DType::I64, {m, n}});
  const auto e = f.node(Op::expand_dims, ir::AxesAttr{{0}}, {t}, {DType::I64, {1, m, n}});
  ir::SliceAttr slices;
  slices.axes.resize(3);
  slices.axes[1].step = 2;
  const Extent half = floor_div(m + 1, 2);
  const auto s = f.node(Op::slice, slices, {e}, {DType::I64, {1, half, n}});
  const auto q = f.node(Op::squeeze, ir::AxesAttr{{0}}, {s}, {DType::I64, {half, n}});
  f.function.results = {q};
  const auto results = run(f.function, {array<std::int64_t>({2, 3}, {0, 1, 2, 3, 4, 5})});
  CHECK(results[0].shape == I64{2, 2});
  CHECK(values<std::int64_t>(results[0]) == I64{0, 3, 2, 5});
}

TEST_CASE("reductions fold each axis by their tree") {
  std::mt19937_64 random(5);
  const ir::Tree tree{32, 128};
  for (const int axis : {0, 1, 2}) {
    FunctionMaker f;
    const auto a = f.param("a", {DType::F64, {n, m, Extent::symbol("k")}});
    f.function.results = {f.reduce("add", a, axis, tree)};
    for (const I64& shape : {I64{3, 4, 5}, I64{300, 2, 3}, I64{2, 300, 3}, I64{2, 3, 300},
                             I64{0, 2, 2}, I64{2, 0, 2}, I64{2, 2, 0}, I64{1, 1, 1}}) {
      F64 elements;
      for (std::int64_t i = 0; i < runtime::element_count(shape); ++i) {
        elements.push_back(std::ldexp(static_cast<double>(random() % 1000) - 500,
                                      static_cast<int>(random() % 30)));
      }
      const auto results = run(f.function, {array<double>(shape, elements)});
      const I64 strides{shape[1] * shape[2], shape[2], 1};
      I64 rest = shape;
      rest.erase(rest.begin() + axis);
      I64 rest_strides = strides;
      rest_strides.erase(rest_strides.begin() + axis);
      REQUIRE(results[0].shape == rest);
      const F64 actual = values<double>(results[0]);
      std::size_t at = 0;
      for (std::int64_t i = 0; i < rest[0]; ++i) {
        for (std::int64_t j = 0; j < rest[1]; ++j) {
          std::vector<ir::Scalar> row;
          for (std::int64_t r = 0; r < shape[static_cast<std::size_t>(axis)]; ++r) {
            row.push_back(ir::Scalar::of(
                elements[static_cast<std::size_t>(i * rest_strides[0] + j * rest_strides[1] +
                                                  r * strides[static_cast<std::size_t>(axis)])]));
          }
          REQUIRE(ir::Scalar::of(actual[at++]) ==
                  backends::fold(ir::loops::Fold::add, DType::F64, tree, row, ir::Scalar::of(0.0)));
        }
      }
    }
  }
}

TEST_CASE("reductions of nothing") {
  const auto reduce = [](std::string_view ufunc, I64 shape) {
    FunctionMaker f;
    const auto a = f.param("a", {DType::F64, {n, m}});
    f.function.results = {f.reduce(ufunc, a, 0)};
    return run(f.function, {array<double>(std::move(shape), {})});
  };
  CHECK(values<double>(reduce("add", {0, 2})[0]) == F64{0, 0});
  CHECK(values<double>(reduce("multiply", {0, 2})[0]) == F64{1, 1});
  CHECK(reduce("maximum", {2, 0})[0].shape == I64{0});
  CHECK_THROWS_WITH(
      reduce("maximum", {0, 2}),
      Catch::Contains("zero-size array to reduction operation maximum which has no identity"));
}

TEST_CASE("a ufunc that is no primitive fold reduces too") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::F64, {n}});
  f.function.results = {f.reduce("fmax", a, 0), f.reduce("subtract", a, 0)};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto results = run(f.function, {array<double>({4}, {1, nan, 7, 3})});
  CHECK(values<double>(results[0]) == F64{7});
  CHECK(std::isnan(values<double>(results[1])[0]));
  CHECK(values<double>(run(f.function, {array<double>({3}, {1, 2, 3})})[1]) == F64{-4});
}

TEST_CASE("the position of the first extreme along an axis") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::F64, {n, m}});
  const auto find = [&](int axis, bool maximum) {
    return f.node(Op::arg_reduce, ir::ArgReduceAttr{axis, maximum}, {a},
                  {DType::I64, {axis == 0 ? m : n}});
  };
  f.function.results = {find(0, true), find(1, false)};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto results = run(f.function, {array<double>({3, 2}, {1, 5, nan, 5, 9, -1})});
  CHECK(values<std::int64_t>(results[0]) == I64{1, 0});
  CHECK(values<std::int64_t>(results[1]) == I64{0, 0, 1});
  CHECK_THROWS_WITH(run(f.function, {array<double>({0, 2}, {})}),
                    Catch::Contains("attempt to get argmax of an empty sequence"));
  const F64 ramp = counted(2000);
  const auto long_axis = run(f.function, {array<double>({1, 2000}, ramp)});
  CHECK(values<std::int64_t>(long_axis[1]) == I64{0});
  const auto long_first = run(f.function, {array<double>({2000, 1}, ramp)});
  CHECK(values<std::int64_t>(long_first[0]) == I64{1999});
}

namespace {

Array einsum(const ir::EinsumAttr& indices, const std::vector<Array>& operands, bool fma = false) {
  std::vector<const Array*> pointers;
  for (const Array& a : operands) pointers.push_back(&a);
  const auto type = static_cast<DType>(operands[0].dtype);
  const auto plan = backends::interp::plan_einsum(indices, type, fma);
  return backends::interp::run_einsum(plan, pointers, type);
}

}  // namespace

TEST_CASE("contractions: products, diagonals, outer products and several indices") {
  const Array a = array<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Array b = array<double>({3, 2}, {1, 0, 2, 1, 0, 3});
  const Array product = einsum({{{0, 1}, {1, 2}}, {0, 2}}, {a, b});
  CHECK(product.shape == I64{2, 2});
  CHECK(values<double>(product) == F64{5, 11, 14, 23});
  CHECK(values<double>(einsum({{{0, 1}, {1, 0}}, {}}, {a, b})) == F64{28});
  CHECK(values<double>(einsum({{{0, 1}}, {1, 0}}, {a})) == F64{1, 4, 2, 5, 3, 6});
  CHECK(values<double>(einsum({{{0, 1}}, {1}}, {a})) == F64{5, 7, 9});
  const Array square = array<double>({2, 2}, {1, 2, 3, 4});
  CHECK(values<double>(einsum({{{0, 0}}, {0}}, {square})) == F64{1, 4});
  CHECK(values<double>(einsum({{{0, 0}}, {}}, {square})) == F64{5});
  const Array v = array<double>({2}, {10, 20});
  const Array outer = einsum({{{0}, {1}, {0}}, {0, 1}}, {v, b.rank() == 2 ? v : b, v});
  CHECK(values<double>(outer) == F64{1000, 2000, 4000, 8000});
  CHECK(values<double>(einsum({{{}, {0}}, {0}}, {array<double>({}, {3}), v})) == F64{30, 60});
  CHECK(values<double>(einsum({{{}}, {}}, {array<double>({}, {3})})) == F64{3});
  // An extent of 1 stretches; nothing sums to 0.
  CHECK(values<double>(einsum({{{0, 1}, {0}}, {}}, {array<double>({1, 2}, {1, 2}), v})) == F64{90});
  CHECK(values<double>(einsum({{{0, 1}, {1, 2}}, {0, 2}},
                              {array<double>({2, 0}, {}), array<double>({0, 2}, {})})) ==
        F64{0, 0, 0, 0});
  CHECK(einsum({{{0, 1}}, {1}}, {array<double>({3, 0}, {})}).shape == I64{0});
}

TEST_CASE("contractions of integers wrap and those of bools are logical") {
  const Array a = array<std::int8_t>({2}, {100, 100});
  CHECK(values<std::int8_t>(einsum({{{0}, {0}}, {}}, {a, a})) ==
        std::vector<std::int8_t>{static_cast<std::int8_t>(20000)});
  const Array t = array<bool>({2}, {true, false});
  const Array o = array<bool>({2}, {true, true});
  CHECK(*static_cast<bool*>(einsum({{{0}, {0}}, {}}, {t, o}).data));
  CHECK_FALSE(
      *static_cast<bool*>(einsum({{{0}, {0}}, {}}, {t, array<bool>({2}, {false, true})}).data));
}

TEST_CASE("a contraction folds in the order that its plan gives") {
  std::mt19937_64 random(3);
  const std::int64_t rows = 3, inner = 700, columns = 2;
  F64 x, y;
  for (std::int64_t i = 0; i < rows * inner; ++i)
    x.push_back(
        std::ldexp(1.0 + static_cast<double>(random() % 999), static_cast<int>(random() % 40)));
  for (std::int64_t i = 0; i < inner * columns; ++i)
    y.push_back(1.0 / (1.0 + static_cast<double>(random() % 999)));
  const Array a = array<double>({rows, inner}, x), b = array<double>({inner, columns}, y);
  for (const bool fma : {false, true}) {
    const Array product = einsum({{{0, 1}, {1, 2}}, {0, 2}}, {a, b}, fma);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t k = 0; k < columns; ++k) {
        double sum = 0;  // of the sums of 256 products
        for (std::int64_t begin = 0; begin < inner; begin += 256) {
          double chunk = 0;
          for (std::int64_t j = begin; j < std::min(inner, begin + 256); ++j) {
            const double u = x[static_cast<std::size_t>(i * inner + j)];
            const double v = y[static_cast<std::size_t>(j * columns + k)];
            chunk = fma ? std::fma(u, v, chunk) : chunk + u * v;
          }
          sum += chunk;
        }
        REQUIRE(values<double>(product)[static_cast<std::size_t>(i * columns + k)] == sum);
      }
    }
  }
}

TEST_CASE("sums of two operands are sums of products") {
  FunctionMaker f;
  const auto a = f.param("a", {DType::F64, {Extent(2), Extent(300)}});
  const auto b = f.param("b", {DType::F64, {Extent(2), Extent(300)}});
  const ir::NodeId sum = f.function.graph.add(
      arrayc::testing::operation(ir::Op::reduce, ir::ReduceAttr{1, {1, 256, true}},
                                 ir::find_builtin_ufunc("add")),
      {a, b}, {DType::F64, {Extent(2)}});
  f.function.results = {sum};
  F64 x, y;
  for (int i = 0; i < 600; ++i) {
    x.push_back(1.0 / (3 + i));
    y.push_back(0.1 * i - 17);
  }
  for (const bool fma : {false, true}) {
    const backends::interp::GraphProgram program(f.function, fma);
    const auto results =
        program.run({{array<double>({2, 300}, x), array<double>({2, 300}, y)}, {}}, nullptr);
    for (std::size_t row = 0; row < 2; ++row) {
      double chunks[2] = {0, 0};
      for (std::size_t j = 0; j < 300; ++j) {
        double& chunk = chunks[j / 256];
        const double u = x[300 * row + j], v = y[300 * row + j];
        chunk = fma ? std::fma(u, v, chunk) : chunk + u * v;
      }
      CHECK(values<double>(results[0])[row] == chunks[0] + chunks[1]);
    }
  }
}

TEST_CASE("a long chain of small nodes takes time in proportion and little stack") {
  FunctionMaker f;
  auto x = f.param("x", {DType::F64, {Extent(2)}});
  const auto one =
      f.function.graph.broadcast(f.function.graph.constant(ir::Scalar::of(1.0)), {Extent(2)});
  for (int i = 0; i < 100000; ++i) x = f.ufunc(i % 2 ? "add" : "maximum", {x, one}, DType::F64);
  f.function.results = {x};
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto results = run(f.function, {array<double>({2}, {1, 2})});
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  CHECK(values<double>(results[0]) == F64{50001, 50002});
  CHECK(seconds.count() < 20);  // 0.1 s on an idle machine
}

TEST_CASE("the backend interp compiles functions by name and refuses to write files") {
  const auto backend = backends::make_interp_backend();
  CHECK(backend->name() == "interp");
  ir::Module module;
  FunctionMaker f("double_it");
  const auto x = f.param("x", {DType::F64, {n}});
  f.function.results = {f.ufunc("add", {x, x}, DType::F64)};
  module.functions.push_back(f.function);
  const ir::Registry registry;
  backends::CompileOptions options;
  const auto callable = backend->compile(module, "double_it", registry, options);
  backends::RunStats stats;
  const auto results = callable->call({{array<double>({2}, {1, 2})}, {}}, &stats);
  CHECK(values<double>(results[0]) == F64{2, 4});
  CHECK(stats.kernels == 1);
  CHECK_THROWS_WITH(backend->compile(module, "other", registry, options),
                    Catch::Contains("no function 'other'"));
  CHECK_THROWS_WITH(backend->emit(module, "o", "k", registry, options),
                    Catch::Contains("does not write .o files"));
  const Arguments arguments{{array<double>({2}, {1, 2})}, {}};
  CHECK(values<double>(backends::interpret_module(module, "double_it", registry, options.target,
                                                  arguments)[0]) == F64{2, 4});
}
