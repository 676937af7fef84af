// The meaning of programs does not change by a bit from the graph to scheduled loops.
#include <cmath>
#include <functional>
#include <random>

#include "backends/interp/interp.h"
#include "ir/build.h"
#include "ir/import.h"
#include "ir/registry.h"
#include "passes/pipeline.h"
#include "tests/backends/make_arrays.h"
#include "tests/catch.h"

using namespace arrayc;
namespace build = ir::build;
using ir::DType;
using ir::Value;
using runtime::Array;

namespace {

using Values = std::vector<Value>;

// Recorded expressions over arrays of random elements.
class Program {
 public:
  explicit Program(std::uint64_t seed = 1) : random_(seed) {}

  Value input(std::vector<std::int64_t> shape, DType type = DType::F64) {
    Array a = runtime::make_array(static_cast<arrayc_dtype>(type), shape);
    const auto item = static_cast<std::size_t>(ir::item_size(type));
    for (std::int64_t i = 0; i < runtime::element_count(shape); ++i) {
      const double wide = static_cast<double>(random_() % 4001) / 1000.0 - 2.0;
      const ir::Scalar element =
          ir::is_float(type)
              ? ir::convert(ir::Scalar::of(wide), type)
              : ir::convert(ir::Scalar::of(static_cast<std::int64_t>(random_() % 41) - 20), type);
      std::memcpy(static_cast<std::byte*>(a.data) + static_cast<std::size_t>(i) * item,
                  &element.bits, item);
    }
    ir::Shape extents(shape.begin(), shape.end());
    return ir::record_leaf({type, extents}, std::make_shared<Array>(std::move(a)), "",
                           ir::Weak::strong, {});
  }
  static Value number(double v) { return build::scalar(ir::Scalar::of(v), ir::Weak::floating, {}); }

  // Runs the function before any pass and after each; all results have the same bits. `strided`:
  // its arrays are declared and given as strided ones.
  void check(const Values& results, bool fma, bool strided = false) const {
    const ir::Registry registry;
    ir::Target target;
    target.fma = fma;
    ir::Import imported = ir::import(results, "f", {});
    backends::Arguments arguments;
    arguments.symbols = imported.values;
    for (std::size_t p = 0; p < imported.leaves.size(); ++p) {
      const Array& given = *static_cast<const Array*>(imported.leaves[p]->payload.get());
      arguments.arrays.push_back(strided ? spread(given) : given);
      if (strided) imported.function.params[p].layout = {false, -1};
    }
    ir::Module module;
    module.functions.push_back(imported.function);
    const auto run = [&](const ir::Module& m) {
      return backends::interpret_module(m, "f", registry, target, arguments);
    };
    const auto expected = run(module);
    const passes::Context context{registry, target};
    passes::RunOptions options;
    options.observers.push_back({[&](const passes::Pass& pass, const ir::Module& m, double) {
      INFO("after " << pass.name);
      const auto actual = run(m);
      REQUIRE(actual.size() == expected.size());
      for (std::size_t r = 0; r < actual.size(); ++r) compare(expected[r], actual[r]);
    }});
    passes::run(passes::array_pipeline(), module, context, options);
    passes::run(passes::kernel_pipeline(), module, context, options);
  }

 private:
  // The same elements backwards in memory and with gaps.
  static Array spread(const Array& a) {
    std::vector<std::int64_t> shape = a.shape;
    for (std::int64_t& extent : shape) extent = 2 * extent + 1;
    Array wide = runtime::make_array(a.dtype, shape);
    auto* data = static_cast<std::byte*>(wide.data);
    std::fill_n(data, runtime::element_count(shape) * runtime::item_size(a.dtype), std::byte{0});
    for (std::size_t k = 0; k < shape.size(); ++k) {
      data += wide.strides[k] * (shape[k] - 1);
      wide.strides[k] *= -2;
    }
    wide.data = data;
    wide.shape = a.shape;
    const auto item = static_cast<std::size_t>(runtime::item_size(a.dtype));
    std::vector<std::int64_t> index(shape.size(), 0);
    for (std::int64_t i = 0; i < runtime::element_count(a.shape); ++i) {
      std::int64_t offset = 0;
      for (std::size_t k = 0; k < shape.size(); ++k) offset += index[k] * wide.strides[k];
      std::memcpy(data + offset,
                  static_cast<const std::byte*>(a.data) + static_cast<std::size_t>(i) * item, item);
      for (std::size_t k = shape.size(); k-- > 0;) {
        if (++index[k] < a.shape[k]) break;
        index[k] = 0;
      }
    }
    return wide;
  }

  static void compare(const Array& expected, const Array& actual) {
    REQUIRE(actual.dtype == expected.dtype);
    REQUIRE(actual.shape == expected.shape);
    const auto type = static_cast<DType>(expected.dtype);
    const auto item = static_cast<std::size_t>(ir::item_size(type));
    for (std::int64_t i = 0; i < runtime::element_count(expected.shape); ++i) {
      ir::Scalar a{type, 0}, b{type, 0};
      const auto at = static_cast<std::size_t>(i) * item;
      std::memcpy(&a.bits, static_cast<const std::byte*>(expected.data) + at, item);
      std::memcpy(&b.bits, static_cast<const std::byte*>(actual.data) + at, item);
      const bool nans =
          ir::is_float(type) && std::isnan(ir::to_double(a)) && std::isnan(ir::to_double(b));
      if (a == b || nans) continue;
      FAIL("element " << i << ": " << ir::to_double(a) << " became " << ir::to_double(b));
    }
  }

  std::mt19937_64 random_;
};

Value call(std::string_view ufunc, const Values& operands) {
  return build::ufunc(*ir::find_builtin_ufunc(ufunc), operands, {});
}
Value along(std::int64_t axis, const Value& x,
            Value (*reduction)(const Value&, const build::ReduceOptions&, ir::Place),
            bool keepdims = false) {
  build::ReduceOptions options;
  options.axes = {{axis}};
  options.keepdims = keepdims;
  return reduction(x, options, {});
}
Value cut(const Value& x, std::vector<std::pair<std::int64_t, std::int64_t>> ranges,
          std::int64_t step = 1) {
  std::vector<build::IndexItem> items;
  for (const auto& [start, stop] : ranges) {
    build::IndexItem item;
    item.slice.start = start;
    item.slice.stop = stop;
    item.slice.step = step;
    items.push_back(item);
  }
  return build::index(x, items, {});
}

constexpr std::int64_t lengths[] = {0, 1, 2, 7, 17, 300};

}  // namespace

TEST_CASE("distances and nearest points keep their bits through every pass") {
  for (const std::int64_t count : lengths) {
    Program p;
    const Value points = p.input({count, 2});
    const Value place = p.input({2});
    const Value d =
        call("sqrt", {along(1, call("square", {call("subtract", {points, place})}), build::sum)});
    p.check({d}, true);
    const Value others = p.input({23, 2});
    const Value pairs = call(
        "subtract", {build::expand_dims(points, {1}, {}), build::expand_dims(others, {0}, {})});
    const Value squares = along(2, call("square", {pairs}), build::sum);
    p.check({build::arg_reduce(false, squares, 1, false, {}), along(1, squares, build::min)},
            false);
  }
}

TEST_CASE("softmax, variance and sums keep their bits through every pass") {
  for (const std::int64_t rows : lengths) {
    for (const std::int64_t columns : {1, 17, 200}) {
      Program p;
      const Value x = p.input({rows, columns});
      const Value e = call("exp", {call("subtract", {x, along(1, x, build::max, true)})});
      const Value softmax = call("divide", {e, along(1, e, build::sum, true)});
      p.check({softmax}, true);
      build::ReduceOptions first;
      first.axes = {{0}};
      p.check({build::var(x, first, 0, {}), along(0, x, build::prod)}, true);
      build::ReduceOptions all;
      p.check({build::sum(call("multiply", {x, x}), all, {}), build::mean(x, all, {})}, false);
    }
  }
}

TEST_CASE("long reductions keep their bits through every pass") {
  for (const DType type : {DType::F64, DType::F32, DType::I32}) {
    Program p;
    const Value x = p.input({30011}, type);
    build::ReduceOptions all;
    p.check({build::sum(x, all, {}), build::max(call("negative", {x}), all, {}),
             build::arg_reduce(true, x, std::nullopt, false, {})},
            true);
    const Value y = p.input({2, 9001}, type);
    p.check({along(1, y, build::sum), along(0, y, build::sum),
             build::arg_reduce(false, y, 1, false, {})},
            true);
  }
}

TEST_CASE("stencils and strided views keep their bits through every pass") {
  for (const std::int64_t count : {3, 4, 16, 40}) {
    Program p;
    const Value u = p.input({count, count});
    const std::int64_t e = count - 1;
    const Value sides =
        call("add", {call("add", {cut(u, {{0, e - 1}, {1, e}}), cut(u, {{2, count}, {1, e}})}),
                     call("add", {cut(u, {{1, e}, {0, e - 1}}), cut(u, {{1, e}, {2, count}})})});
    const Value middle = cut(u, {{1, e}, {1, e}});
    p.check({call("add", {middle, call("multiply", {sides, Program::number(0.1)})})}, true);
    const Value odd = cut(u, {{0, count}, {0, count}}, 2);
    const Value turned = build::transpose(odd, std::nullopt, {});
    p.check({build::ravel(turned, {}), call("add", {turned, odd}),
             call("maximum", {u, build::transpose(u, std::nullopt, {})})},
            true);
  }
}

TEST_CASE("contractions keep their bits through every pass") {
  for (const std::int64_t count : {0, 1, 5, 40}) {
    Program p;
    const Value a = p.input({count, 33}), b = p.input({33, 4}), bias = p.input({4});
    p.check({call("tanh", {call("add", {build::matmul(a, b, {}), bias})})}, true);
    const Value batch = p.input({3, count, 5});
    const Values operands{batch, p.input({3, 5, 7})};
    p.check(
        {build::einsum("bij,bjk->bik", operands, {}), build::einsum("bij,bjk->k", operands, {})},
        false);
    p.check({build::einsum("ii->i", Values{p.input({count, count})}, {})}, true);
  }
}

TEST_CASE("integers, bools and choices keep their bits through every pass") {
  for (const DType type : {DType::I8, DType::U16, DType::I64}) {
    Program p;
    const Value x = p.input({50, 3}, type), y = p.input({3}, type);
    build::ReduceOptions all;
    const Value less = call("less", {x, y});
    p.check({call("floor_divide", {x, y}), call("remainder", {x, y}), call("left_shift", {x, y}),
             call("where", {less, x, y}), build::any(less, all, {}), along(0, less, build::all),
             build::count_nonzero(less, all, {}), along(1, x, build::sum)},
            true);
    p.check({build::astype(x, DType::F32, {}), build::astype(call("divide", {x, y}), type, {})},
            true);
  }
}

TEST_CASE("generators and elementary functions keep their bits through every pass") {
  Program p;
  const Value x = p.input({1000});
  const Value index = build::iota(1000, {});
  p.check({call("sin", {call("multiply", {x, index})}), call("log", {call("absolute", {x})}),
           call("power", {call("absolute", {x}), x}),
           build::reshape(call("add", {x, index}), {ir::Extent(20), ir::Extent(50)}, {})},
          true);
  p.check({build::eye(5, 7, 1, DType::F64, {}),
           build::linspace(Program::number(0), Program::number(1), 33, true, std::nullopt, {})},
          false);
  const Value tiny = p.input({});
  p.check({call("add", {tiny, tiny}), tiny}, true);
}

TEST_CASE("strided parameters keep their bits through every pass") {
  for (const std::int64_t count : lengths) {
    Program p;
    const Value x = p.input({count, 6}), y = p.input({6});
    build::ReduceOptions all;
    p.check({call("multiply", {x, y}), along(1, x, build::sum), along(0, x, build::sum),
             build::transpose(x, std::nullopt, {}), build::ravel(x, {}), build::sum(x, all, {}), x},
            true, true);
    p.check({build::matmul(x, y, {})}, false, true);
  }
}

TEST_CASE("the backend interp-loops gives the bits of interp") {
  Program p;
  const ir::Registry registry;
  const Value x = p.input({700}), y = p.input({700});
  build::ReduceOptions all;
  const ir::Import imported =
      ir::import(Values{build::sum(call("multiply", {x, y}), all, {}), call("exp", {x})}, "f", {});
  ir::Module module;
  module.functions.push_back(imported.function);
  backends::Arguments arguments;
  arguments.symbols = imported.values;
  for (const Value& leaf : imported.leaves) {
    arguments.arrays.push_back(*static_cast<const Array*>(leaf->payload.get()));
  }
  backends::CompileOptions options;
  const auto graph = backends::make_interp_backend();
  const auto loops = backends::make_interp_loops_backend();
  CHECK(loops->name() == "interp-loops");
  const auto by_graph = graph->compile(module, "f", registry, options);
  const auto by_loops = loops->compile(module, "f", registry, options);
  backends::RunStats stats;
  const auto expected = by_graph->call(arguments, nullptr);
  const auto actual = by_loops->call(arguments, &stats);
  REQUIRE(actual.size() == 2);
  CHECK(testing::values<double>(actual[0]) == testing::values<double>(expected[0]));
  CHECK(testing::values<double>(actual[1]) == testing::values<double>(expected[1]));
  CHECK(stats.kernels > 0);
  CHECK(stats.bytes_read > 0);
  CHECK(stats.bytes_read == stats.counted_read);
  CHECK(stats.bytes_written == stats.counted_written);
}
