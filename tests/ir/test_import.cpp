#include <pthread.h>

#include <algorithm>

#include "ir/import.h"
#include "tests/catch.h"

using namespace arrayc::ir;

namespace {

// Records nodes as the build layer does: what cannot be disproved is equal.
class Lenient final : public ExtentRules {
 public:
  std::optional<Extent> equate(const Extent& a, const Extent& b) override {
    if ((a - b).is_constant()) return {};
    return b.is_constant() ? b : a;
  }
};

Value node(Operation operation, std::vector<Value> operands, DType result = DType::F64) {
  std::vector<Type> types;
  for (const Value& operand : operands) types.push_back(operand.type());
  Lenient rules;
  Type type = infer(operation, types, result, rules);
  return record(std::move(operation), std::move(operands), std::move(type), Weak::strong,
                Place{"k.py", 1, 1});
}

Value node(Op op, Attributes attributes, std::vector<Value> operands) {
  return node({op, nullptr, std::make_shared<const Attributes>(std::move(attributes))},
              std::move(operands));
}

Value apply(const char* name, std::vector<Value> operands) {
  return node({Op::ufunc, find_builtin_ufunc(name), nullptr}, std::move(operands));
}

Value reduce(const char* name, const Value& x, int axis) {
  const auto attributes = std::make_shared<const Attributes>(ReduceAttr{axis, {}});
  return node({Op::reduce, find_builtin_ufunc(name), attributes}, {x});
}

Value slice(const Value& x, std::vector<Slice> slices) {
  return node(Op::slice, SliceAttr{std::move(slices)}, {x});
}

Value leaf(Shape shape, std::string name = {}) {
  return record_leaf({DType::F64, std::move(shape)}, {}, std::move(name), Weak::strong, {});
}

Import imported(std::vector<Value> results, std::int64_t largest = 16) {
  ImportOptions options;
  options.largest_constant = largest;
  return import(results, "f", options);
}

// As the text-like doors do: no constant becomes a symbol.
Import declared(std::vector<Value> results) { return imported(std::move(results), INT64_MAX); }

std::string signature(const Import& import) {
  std::string text;
  for (const Param& param : import.function.params) {
    text += (text.empty() ? "" : " ") + param.name + ":" + to_string(param.type);
  }
  return text;
}

const Type& result_type(const Import& import, std::size_t k = 0) {
  return import.function.graph[import.function.results[k]].type;
}

std::vector<std::string> guards(const Import& import) {
  std::vector<std::string> texts;
  for (const Guard& guard : import.function.guards) {
    const char* const relation = guard.kind == Guard::Kind::equal ? " == " : " -> ";
    texts.push_back(guard.kind == Guard::Kind::positive
                        ? to_string(guard.a) + " > 0"
                        : to_string(guard.a) + relation + to_string(guard.b));
  }
  return texts;
}

using Texts = std::vector<std::string>;
using Values = std::map<std::string, std::int64_t>;

// Takes nothing for granted but what guards say of broadcasts.
class GuardedStretches final : public ExtentRules {
 public:
  explicit GuardedStretches(const std::vector<Guard>& guards) : guards_(guards) {}
  std::optional<Extent> equate(const Extent&, const Extent&) override { return {}; }
  bool same_count(const Extent&, const Extent&) override { return true; }
  std::optional<Extent> stretch(const Extent& a, const Extent& target) override {
    const bool guarded = std::any_of(guards_.begin(), guards_.end(), [&](const Guard& guard) {
      return guard.kind == Guard::Kind::stretch && guard.a == a && guard.b == target;
    });
    if (guarded || always_stretches(a, target)) return target;
    return {};
  }

 private:
  const std::vector<Guard>& guards_;
};

// Every node follows from its operands.
void check_types(const Import& import) {
  const Graph& graph = import.function.graph;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& at = graph[id];
    std::vector<Type> types;
    for (const NodeId operand : at.operands) {
      REQUIRE(operand < id);
      types.push_back(graph[operand].type);
    }
    if (at.op() == Op::param) {
      const auto index = static_cast<std::size_t>(at.operation.attr<ParamAttr>().index);
      REQUIRE(at.type == import.function.params.at(index).type);
      continue;
    }
    GuardedStretches rules(import.function.guards);
    INFO(info(at.op()).name << " " << to_string(at.type));
    Type type;
    REQUIRE_NOTHROW(type = infer(at.operation, types, at.type.dtype, rules));
    REQUIRE(type == at.type);
  }
}

const Extent n = Extent::symbol("n");
const Extent m = Extent::symbol("m");

}  // namespace

TEST_CASE("constant extents become symbols that meet by rules alone") {
  const Value x = leaf({100, 3});
  const Value y = leaf({100, 3});
  const Value z = leaf({100});
  const Import one = imported({apply("add", {apply("multiply", {x, y}), x}), z});
  CHECK(signature(one) == "a:f64[n0,3] b:f64[n0,3] c:f64[n1]");
  CHECK(one.values == Values{{"n0", 100}, {"n1", 100}});
  CHECK(guards(one).empty());
  CHECK(result_type(one) == Type{DType::F64, {Extent::symbol("n0"), 3}});
  CHECK(one.leaves == std::vector<Value>{x, y, z});
  check_types(one);
}

TEST_CASE("small extents stay constants") {
  const Import one = imported({apply("add", {leaf({16, 1}), leaf({16, 1})}), leaf({17, 0})});
  CHECK(signature(one) == "a:f64[16,1] b:f64[16,1] c:f64[n0,0]");
  CHECK(one.values == Values{{"n0", 17}});
}

TEST_CASE("both doors give the same function") {
  const auto stencil = [](const Extent& size) {
    const Value u = leaf({size}, "u");
    const Value left = slice(u, {Slice{{}, -2, 1}});
    const Value right = slice(u, {Slice{2, {}, 1}});
    const Value middle = slice(u, {Slice{1, -1, 1}});
    return apply("add", {apply("add", {left, right}), middle});
  };
  const Import lazy = imported({stencil(1000)});
  const Import text = declared({stencil(Extent::symbol("n0"))});
  CHECK(guards(lazy).empty());
  CHECK(guards(text).empty());
  REQUIRE(lazy.function.graph.size() == text.function.graph.size());
  for (NodeId id = 0; id < lazy.function.graph.size(); ++id) {
    const Node& a = lazy.function.graph[id];
    const Node& b = text.function.graph[id];
    CHECK(same_operation(a.operation, b.operation));
    CHECK(a.type == b.type);
    CHECK(a.operands == b.operands);
  }
}

TEST_CASE("order and names depend on structure only") {
  const auto program = [] {
    const Value x = leaf({50});
    const Value y = leaf({60});
    return std::vector<Value>{reduce("add", y, 0), apply("add", {x, x})};
  };
  const Import first = imported(program());
  const Import second = imported(program());
  CHECK(signature(first) == "a:f64[n0] b:f64[n1]");
  CHECK(signature(second) == signature(first));
  CHECK(first.values == Values{{"n0", 60}, {"n1", 50}});
  CHECK(first.function.results == second.function.results);
}

TEST_CASE("parameters keep their names and get others where these are taken") {
  const Import one = imported({apply("add", {leaf({}, "x"), leaf({}, "x")}),
                               apply("add", {leaf({}, "a"), leaf({})}), leaf({}, "x_2")});
  CHECK(signature(one) == "x:f64[] x_3:f64[] a:f64[] b:f64[] x_2:f64[]");
  for (const Param& param : one.function.params) CHECK(param.kind == ParamKind::scalar);
  std::vector<Value> many;
  for (int k = 0; k < 60; ++k) many.push_back(leaf({2}));
  const Import letters = imported(many);
  std::set<std::string> names;
  for (const Param& param : letters.function.params) {
    names.insert(param.name);
    CHECK(param.kind == ParamKind::array);
  }
  CHECK(names.size() == 60);
}

TEST_CASE("equal recorded nodes are merged") {
  const Value x = leaf({20});
  const Import one = imported({apply("negative", {x}), apply("negative", {x})});
  CHECK(one.function.graph.size() == 2);
  CHECK(one.function.results[0] == one.function.results[1]);
  CHECK(one.function.tuple);
}

TEST_CASE("a computed value is a leaf") {
  const Value x = leaf({20});
  const Value y = apply("negative", {x});
  const auto released = settle(y, std::make_shared<int>(0));
  const Import one = imported({apply("add", {y, y})});
  CHECK(one.leaves == std::vector<Value>{y});
  CHECK(one.function.graph.size() == 2);
}

TEST_CASE("broadcast extents come from the operand or from what they meet") {
  const Value x = leaf({100, 1});
  const Value y = leaf({200});
  const Value wide = node(Op::broadcast, ShapeAttr{{100, 200}}, {x});
  const Value tall = node(Op::broadcast, ShapeAttr{{100, 200}}, {y});
  const Import one = imported({apply("add", {wide, tall})});
  CHECK(signature(one) == "a:f64[n0,1] b:f64[n1]");
  CHECK(to_string(result_type(one)) == "f64[n0,n1]");
  CHECK(one.values == Values{{"n0", 100}, {"n1", 200}});
  check_types(one);
  // Nothing gives the extent of a filled array: it is a size of its own.
  const Value filled = node(Op::broadcast, ShapeAttr{{500}}, {leaf({})});
  const Import free = imported({filled});
  CHECK(to_string(result_type(free)) == "f64[n0]");
  CHECK(free.values == Values{{"n0", 500}});
  const Import met = imported({apply("add", {filled, leaf({500})})});
  CHECK(to_string(result_type(met)) == "f64[n0]");
  CHECK(met.values.size() == 1);
}

TEST_CASE("generated extents are sizes") {
  const Value i = node(Op::iota, ExtentAttr{100}, {});
  const Value x = leaf({100});
  const Import one = imported({apply("add", {x, i}), node(Op::extent, ExtentAttr{1000}, {})});
  CHECK(signature(one) == "a:f64[n0]");
  CHECK(one.values == Values{{"n0", 100}, {"n1", 1000}});
  check_types(one);
}

TEST_CASE("reshapes follow from the operand") {
  const auto shape_of = [](Shape from, Shape to) {
    const Import one = imported({node(Op::reshape, ShapeAttr{std::move(to)}, {leaf(from)})});
    check_types(one);
    // What is written can be computed from the values.
    const auto value_of = [&](const std::string& name) {
      const auto found = one.values.find(name);
      return found == one.values.end() ? std::nullopt : std::optional(found->second);
    };
    for (const Guard& guard : one.function.guards) {
      CHECK(guard.a.evaluate(value_of) == guard.b.evaluate(value_of));
    }
    return to_string(result_type(one));
  };
  CHECK(shape_of({40, 50}, {2000}) == "f64[n0*n1]");
  CHECK(shape_of({2000}, {500, 4}) == "f64[n0//4,4]");
  CHECK(shape_of({2000}, {40, 50}) == "f64[n1,n0//n1]");
  CHECK(shape_of({40, 50, 3}, {40, 150}) == "f64[n0,3*n1]");
  CHECK(shape_of({40, 50, 3}, {2000, 3}) == "f64[n0*n1,3]");
  CHECK(shape_of({100}, {10, 10}) == "f64[10,10]");
  CHECK(shape_of({0, 50}, {60, 0}) == "f64[n1,0]");
}

TEST_CASE("short slices have constant lengths, under a guard") {
  const Value x = leaf({100});
  const Value one_element = slice(x, {Slice{5, 6, 1}});
  const Value stretched = node(Op::broadcast, ShapeAttr{{100}}, {one_element});
  const Import one = imported({apply("add", {x, stretched})});
  CHECK(guards(one) == Texts{"max(min(n0 - 5, 1), 0) == 1"});
  CHECK(to_string(result_type(one)) == "f64[n0]");
  check_types(one);
  // A long one keeps its formula, and what it meets takes it.
  const Import longer = imported({apply("add", {slice(x, {Slice{10, 60, 1}}), leaf({50})})});
  CHECK(guards(longer).empty());
  CHECK(signature(longer) == "a:f64[n0] b:f64[max(min(n0 - 10, 50), 0)]");
  check_types(longer);
}

TEST_CASE("two long slices that meet are guarded and fitted") {
  const Value x = leaf({100});
  const Value y = leaf({200});
  const Import one =
      imported({apply("add", {slice(x, {Slice{{}, 50, 1}}), slice(y, {Slice{150, {}, 1}})})});
  CHECK(guards(one) == Texts{"min(n0, 50) == max(n1 - 150, 0)"});
  CHECK(to_string(result_type(one)) == "f64[min(n0, 50)]");
  check_types(one);
}

TEST_CASE("declared sizes that meet are guarded and become one") {
  const Value x = leaf({n}, "x");
  const Value y = leaf({m}, "y");
  const Value z = leaf({Extent::symbol("k")}, "z");
  const Value sum = apply("add", {apply("add", {x, y}), z});
  const Import one = declared({sum, apply("multiply", {y, z})});
  CHECK(signature(one) == "x:f64[n] y:f64[m] z:f64[k]");
  CHECK(guards(one) == Texts{"n == m", "n == k"});
  CHECK(one.function.guards[0].message ==
        "operands could not be broadcast together with shapes ({n},) ({m},) ");
  CHECK(one.function.guards[0].place == Place{"k.py", 1, 1});
  CHECK(one.values.empty());
  CHECK(to_string(result_type(one)) == "f64[n]");
  check_types(one);
}

TEST_CASE("a declared size that meets an expression or a number") {
  const Value x = leaf({n}, "x");
  const Value y = leaf({m}, "y");
  const Import inner = declared({apply("add", {slice(x, {Slice{1, -1, 1}}), y})});
  CHECK(guards(inner) == Texts{"max(n - 2, 0) == m"});
  CHECK(to_string(result_type(inner)) == "f64[max(n - 2, 0)]");
  CHECK(signature(inner) == "x:f64[n] y:f64[m]");
  check_types(inner);
  const Import number = declared({apply("add", {x, leaf({3}, "z")}), apply("negative", {x}), x});
  CHECK(guards(number) == Texts{"n == 3"});
  CHECK(to_string(result_type(number, 1)) == "f64[3]");
  CHECK(number.function.graph[number.function.results[2]].op() == Op::param);
  check_types(number);
  // One that contains the symbol itself can only be guarded.
  const Import itself = declared({apply("add", {x, slice(x, {Slice{1, {}, 1}})})});
  CHECK(guards(itself) == Texts{"n == max(n - 1, 0)"});
  check_types(itself);
}

TEST_CASE("expressions that meet are guarded once and fitted everywhere") {
  const Value x = slice(leaf({n}, "x"), {Slice{2, {}, 1}});
  const Value y = slice(leaf({m}, "y"), {Slice{1, {}, 1}});
  const Value sum = apply("add", {x, y});
  const Value product = node(Op::einsum, EinsumAttr{{{0}, {0}}, {}}, {y, sum});
  const Value stretched = node(Op::broadcast, ShapeAttr{{4, max(n - 2, 0)}}, {y});
  const Import one = declared({sum, product, stretched, apply("multiply", {x, y})});
  CHECK(guards(one) == Texts{"max(n - 2, 0) == max(m - 1, 0)", "max(m - 1, 0) -> max(n - 2, 0)"});
  check_types(one);
}

TEST_CASE("einsum unites the extents of an index") {
  const Value a = leaf({100, 200});
  const Value b = leaf({200, 300});
  const Import one = imported({node(Op::einsum, EinsumAttr{{{0, 1}, {1, 2}}, {0, 2}}, {a, b})});
  CHECK(signature(one) == "a:f64[n0,n1] b:f64[n1,n2]");
  CHECK(to_string(result_type(one)) == "f64[n0,n2]");
  const Import square = imported({node(Op::einsum, EinsumAttr{{{0, 0}}, {}}, {leaf({100, 100})})});
  CHECK(signature(square) == "a:f64[n0,n0]");
  check_types(square);
}

TEST_CASE("reductions without identity need elements") {
  const Value x = leaf({n, 3}, "x");
  const Import one =
      declared({reduce("minimum", x, 0), reduce("maximum", x, 0), reduce("maximum", x, 1),
                reduce("add", x, 0), node(Op::arg_reduce, ArgReduceAttr{0, true}, {x})});
  CHECK(guards(one) == Texts{"n > 0"});
  CHECK(one.function.guards[0].message ==
        "zero-size array to reduction operation minimum which has no identity");
  const Import arg = declared({node(Op::arg_reduce, ArgReduceAttr{0, true}, {x})});
  CHECK(arg.function.guards.at(0).message == "attempt to get argmax of an empty sequence");
}

TEST_CASE("an index must exist") {
  Slice index;
  index.index = true;
  index.start = 5;
  const Import front = declared({slice(leaf({n}, "x"), {index})});
  CHECK(guards(front) == Texts{"n - 5 > 0"});
  CHECK(front.function.guards[0].message == "index 5 is out of bounds for axis 0 with size n");
  index.start = -2;
  CHECK(guards(declared({slice(leaf({n}, "x"), {index})})) == Texts{"n - 1 > 0"});
  index.start = Extent::symbol("$i");
  const Import any = declared({slice(leaf({n}, "x"), {index})});
  CHECK(any.function.guards.size() == 2);
  for (int size = 0; size < 4; ++size) {
    for (int i = -5; i <= 5; ++i) {
      bool holds = true;
      for (const Guard& guard : any.function.guards) {
        holds = holds && guard.a.evaluate([&](const std::string& name) {
          return std::optional<std::int64_t>(name == "n" ? size : i);
        }) > 0;
      }
      CHECK(holds == (i >= -size && i < size));
    }
  }
}

TEST_CASE("certain contradictions are errors with the place of the node") {
  const Value bad =
      record({Op::ufunc, find_builtin_ufunc("add"), nullptr}, {leaf({n}), leaf({n + 1})},
             {DType::F64, {n}}, Weak::strong, Place{"k.py", 7, 3});
  CHECK_THROWS_WITH(
      declared({bad}),
      "k.py:7:3: operands could not be broadcast together with shapes (n,) (n + 1,) ");
  const Value mixed = record({Op::ufunc, find_builtin_ufunc("add"), nullptr},
                             {leaf({20}), leaf({30})}, {DType::F64, {20}}, Weak::strong, {});
  CHECK_THROWS_AS(imported({mixed}), Error);
}

TEST_CASE("made names avoid declared ones") {
  const Import one = imported({leaf({Extent::symbol("n0"), 100}), leaf({200})});
  CHECK(signature(one) == "a:f64[n0,n1] b:f64[n2]");
  CHECK(one.values == Values{{"n1", 100}, {"n2", 200}});
}

namespace {

// Chains of a million nodes and of many sizes that meet last to first.
void import_large() {
  Value x = leaf({1000});
  const Value y = leaf({1000});
  for (int k = 0; k < 300000; ++k) x = apply(k % 2 ? "add" : "multiply", {x, y});
  Value sum = leaf({1000});
  for (int k = 0; k < 20000; ++k) sum = apply("add", {leaf({1000}), sum});
  const Import one = imported({x, sum});
  if (one.function.graph.size() != 300002 + 40001) throw std::runtime_error("nodes are missing");
  if (one.values.size() != 2) throw std::runtime_error("sizes did not meet");
}

}  // namespace

TEST_CASE("large graphs are imported on a small stack") {
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, 256 << 10) == 0);
  std::string failure;
  pthread_t thread;
  const auto start = [](void* out) -> void* {
    try {
      import_large();
    } catch (const std::exception& error) {
      *static_cast<std::string*>(out) = error.what();
    }
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, start, &failure) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
  CHECK(failure.empty());
}
