#include <bit>
#include <cmath>
#include <limits>

#include "ir/reader.h"
#include "ir/registry.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

const Registry registry;

std::shared_ptr<const Attributes> attributes(Attributes a) {
  return std::make_shared<const Attributes>(std::move(a));
}

NodeId add_param(Function& f, const char* name, Type type) {
  Param p;
  p.name = name;
  p.type = type;
  f.params.push_back(p);
  const auto index = static_cast<std::int32_t>(f.params.size() - 1);
  return f.graph.add({Op::param, nullptr, attributes(ParamAttr{index})}, {}, type);
}

void check_round_trip(const Module& m) {
  const std::string text = print(m);
  INFO(text);
  const Module back = parse(text, "t.air", registry);
  CHECK(same(m, back));
  CHECK(print(back) == text);
}

// The module of a text, which must be in the form that print gives.
Module canonical(const std::string& text) {
  Module m = parse(text, "t.air", registry);
  CHECK(print(m) == text);
  check_round_trip(m);
  return m;
}

Extent n() { return Extent::symbol("n"); }
Extent m() { return Extent::symbol("m"); }

const char* const everything = R"(module "k.py"

func @f(%x: f64[n,m] strided(unit=1), %y: f64[n,m], %a: bool[n], %k: size, %s: scalar f32,
        %w: scalar weak float) -> (f64[n,m], i64[n]) {
  doc "Two \"lines\"\nof text; with # signs"
  guard k == m, "k must be m"
  guard n > 0, "n must be positive"
  param %y
  %1 = constant 2.5 : f64[]
  %2 = constant weak int -3 : i64[]
  %3 = extent n + 2*m : i64[]
  %4 = iota n : i64[n]
  %5 = convert %4 : f32[n]
  %7 = add %x, %y : f64[n,m]
  %8 = broadcast %1, [n,m] : f64[n,m]
  %9 = slice %x, [::-1, 0:m] : f64[n,m]
  %10 = transpose %9, axes=[1,0] : f64[m,n]
  %11 = expand_dims %10, axes=[0,2] : f64[1,m,1,n]
  %12 = squeeze %11, axes=[0] : f64[m,1,n]
  %13 = view %x, [m,3], map=[n - 1 - 2*@1, @0] : f64[m,3]
  %14 = view %x, [], map=[0, 2 - @none] : f64[]
  %15 = reshape %x, [n*m] : f64[n*m]
  %16 = reduce.add %x, axis=1, lanes=32, chunk=4096 : f64[n]
  %17 = reduce.maximum %16, axis=0, lanes=1, chunk=0, initial : f64[]
  %18 = arg_reduce.minimum %x, axis=1 : i64[n]
  %19 = arg_reduce.maximum %x, axis=0 : i64[m]
  %20 = einsum %x, %y, "ij,ij->ji" : f64[m,n]
  %21 = einsum %x, [0,60]->[60] : f64[m]
  %22 = slice %x, [index -1, 1::2] : f64[1,m//2]
  %23 = less %x, %y : bool[n,m]
  %24 = where %23, %x, %y : f64[n,m]
  param %k
  param %s
  return %24, %18
}

)";

}  // namespace

TEST_CASE("a small function reads as the architecture says") {
  Function f;
  f.name = "distances";
  const NodeId points = add_param(f, "points", {DType::F64, {n(), 2}});
  const NodeId p = add_param(f, "p", {DType::F64, {2}});
  const Ufunc& subtract = *registry.find("subtract");
  const NodeId spread = f.graph.broadcast(p, {n(), 2});
  const NodeId difference = f.graph.apply(subtract, {points, spread}, DType::F64);
  f.results = {f.graph.apply(*registry.find("square"), {difference}, DType::F64)};
  CHECK(print(f) == R"(func @distances(%points: f64[n,2], %p: f64[2]) -> f64[n,2] {
  %2 = broadcast %p, [n,2] : f64[n,2]
  %3 = subtract %points, %2 : f64[n,2]
  %4 = square %3 : f64[n,2]
  return %4
}
)");
  Module module;
  module.functions.push_back(f);
  check_round_trip(module);
}

TEST_CASE("every operation and every kind of parameter comes back") {
  const std::string text = everything;
  const Module module = parse(text, "t.air", registry);
  check_round_trip(module);
  const Function& f = module.functions.at(0);
  CHECK(module.source_file == "k.py");
  CHECK(f.doc == "Two \"lines\"\nof text; with # signs");
  REQUIRE(f.guards.size() == 2);
  CHECK(f.guards[1].kind == Guard::Kind::positive);
  CHECK(f.tuple);
  CHECK(f.params[0].layout == Layout{false, 1});
  CHECK(f.params[3].kind == ParamKind::size);
  CHECK(f.params[5].weak == Weak::floating);
  CHECK(f.params[5].type == Type{DType::F64, {}});
  CHECK(f.graph[2].operation.attr<ConstantAttr>().weak == Weak::integer);
  const auto& slices = f.graph[22].operation.attr<SliceAttr>().axes;
  CHECK(slices[0].index);
  CHECK(slices[1].step == 2);
  const auto& view = f.graph[13].operation.attr<ViewAttr>();
  CHECK(view.axes[0] == ViewAxis{1, n() - 1, -2});
  CHECK(f.graph[14].operation.attr<ViewAttr>().axes[1] == ViewAxis{-1, 2, -1});
  CHECK(f.graph[21].operation.attr<EinsumAttr>().operands[0] == std::vector<std::int32_t>{0, 60});
}

TEST_CASE("the numbers are node ids, wherever parameters' nodes lie") {
  Function f;
  f.name = "late";
  const NodeId x = add_param(f, "x", {DType::F64, {n()}});
  const NodeId root = f.graph.apply(*registry.find("sqrt"), {x}, DType::F64);
  const NodeId y = add_param(f, "y", {DType::F64, {n()}});
  f.results = {f.graph.apply(*registry.find("add"), {root, y}, DType::F64)};
  add_param(f, "unused", {DType::I32, {}});
  REQUIRE(y == 2);
  Module module;
  module.functions.push_back(f);
  CHECK(print(f).find("%3 = add %1, %y") != std::string::npos);
  check_round_trip(module);

  // In another order than the parameters', and one without a node.
  Function g;
  g.name = "other order";
  g.params.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    g.params[i].name = i == 0 ? "7" : i == 1 ? "a b" : "c";
    g.params[i].type = {DType::F32, {n()}};
  }
  const auto param = [&](std::int32_t i) {
    return g.graph.add({Op::param, nullptr, attributes(ParamAttr{i})}, {}, {DType::F32, {n()}});
  };
  const NodeId c = param(2);
  const NodeId seven = param(0);
  g.results = {g.graph.apply(*registry.find("add"), {c, seven}, DType::F32), c};
  module.functions.push_back(g);
  check_round_trip(module);
}

TEST_CASE("results: none, one, several, a tuple of one") {
  canonical("func @f() {\n  return\n}\n\n");
  canonical("func @f() -> () {\n  return\n}\n\n");
  canonical("func @f(%x: f64[3]) -> f64[3] {\n  param %x\n  return %x\n}\n\n");
  canonical("func @f(%x: f64[3]) -> (f64[3],) {\n  param %x\n  return %x\n}\n\n");
  canonical("func @f(%x: f64[3]) -> f64[3], f64[3] {\n  param %x\n  return %x, %x\n}\n\n");
  canonical("func @f(%x: f64[3]) -> (f64[3], f64[3]) {\n  param %x\n  return %x, %x\n}\n\n");
}

TEST_CASE("scalars come back with every bit") {
  const auto back = [](Scalar s) {
    const std::string text = scalar_text(s);
    Reader reader(text, "t");
    return reader.scalar(s.dtype);
  };
  std::uint64_t bits = 0x123456789abcdef;
  for (const DTypeInfo& row : all_dtypes()) {
    INFO(row.name);
    const int width = row.id == DType::Bool ? 1 : std::min(row.bits, 64);
    for (int i = 0; i < 2000; ++i) {
      bits = bits * 6364136223846793005u + 1442695040888963407u;
      const Scalar s{row.id, (bits ^ (bits >> 29)) >> (64 - width)};
      if (back(s) != s) FAIL_CHECK(scalar_text(s));
    }
    for (const std::uint64_t value :
         {std::uint64_t{0}, ~std::uint64_t{0} >> (64 - width), std::uint64_t{1} << (width - 1)}) {
      CHECK(back({row.id, value}) == Scalar{row.id, value});
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const double specials[] = {0.0,    -0.0, 1.0,  0.1,     infinity,  -infinity,
                             5e-324, 1e22, 1e23, 1.5e300, -2.5e-308, 123456789012345680.0};
  for (const double v : specials) {
    CHECK(back(Scalar::of(v)) == Scalar::of(v));
    CHECK(back(Scalar::of(static_cast<float>(v))) == Scalar::of(static_cast<float>(v)));
  }
  CHECK(scalar_text(Scalar::of(-0.0)) == "-0.0");
  CHECK(scalar_text(Scalar::of(0.1f)) == "0.1");
  CHECK(scalar_text(Scalar::of(-infinity)) == "-inf");
  CHECK(scalar_text({DType::F64, 0x7ff8000000000000}) == "nan");
  CHECK(scalar_text({DType::F32, 0x7fc00000}) == "nan");
  CHECK(scalar_text({DType::F64, 0x7ff8000000000001}) == "0x7ff8000000000001");
  CHECK(scalar_text({DType::F32, 0xffc00000}) == "0xffc00000");
  CHECK(scalar_text({DType::I8, 0x80}) == "-128");
  CHECK(scalar_text({DType::F16, 0x3c00}) == "1.0");
  CHECK(scalar_text({DType::F16, 0x2e66}) == "0.099975586");
  CHECK(scalar_text({DType::BF16, 0x7fc0}) == "nan");
  CHECK(scalar_text({DType::F16, 0x7e01}) == "0x7e01");
}

TEST_CASE("what users may write: names, operations in place, types left out") {
  const Module module = parse(R"(
; distances
func @distances(%points: f64[n,2], %p: f64[2]) {   # two comments
  %0 = subtract %points, broadcast(%p, [n,2])
  %long_name = square %0
  %2 = reduce.add %long_name, axes=[1]
  return sqrt(%2)
})",
                              "d.air", registry);
  const Function& f = module.functions.at(0);
  CHECK(print(f) == R"(func @distances(%points: f64[n,2], %p: f64[2]) -> f64[n] {
  %2 = broadcast %p, [n,2] : f64[n,2]
  %3 = subtract %points, %2 : f64[n,2]
  %4 = square %3 : f64[n,2]
  %5 = reduce.add %4, axis=1, lanes=32, chunk=4096 : f64[n]
  %6 = sqrt %5 : f64[n]
  return %6
}
)");
  CHECK(to_string(f.graph[5].place) == "d.air:6:8");
  CHECK(print(f, {.places = true}).find("  ; d.air:6:8\n") != std::string::npos);
}

TEST_CASE("guards make extents equal") {
  canonical(R"(func @f(%x: f64[n], %y: f64[m], %z: f64[k]) -> f64[n] {
  guard m == n, "lengths differ"
  guard k == m, "lengths differ"
  %3 = add %x, %y : f64[n]
  %4 = add %3, %z : f64[n]
  return %4
}

)");
}

TEST_CASE("programs of kernel calls come back") {
  const Module module = canonical(R"(func @f(%x: f64[n] strided, %s: scalar f64) -> f64[n] {
  program {
    slots 1
    storage %x: f64[n] parameter 0
    storage %r0: f64[n] result 0
    storage %2: f64[n] temporary 0 named "odd name"
    storage %3: f64[n] temporary 0
    call @k0(%x, %2) sizes(n, $x.0) scalars(%s, 0x7ff8000000000001: f64)
    call @k0(%2, %r0) sizes(n + 1, 8) scalars(extent 2*n, -3: i64)
    return %r0
  }
}

kernel func @k0(%a0: f64[n0] strided, %s0: scalar f64, %s1: scalar i64) -> f64[n0] {
  %1 = sqrt %a0 : f64[n0]
  return %1
}

)");
  const Call& call = module.functions[0].program->calls.at(0);
  CHECK(call.scalars.at(0).param == 1);
  CHECK(module.functions[0].program->storages[2].name == "odd name");
}

TEST_CASE("a module comes back after every pass") {
  const char* const sources[] = {R"(
func @distances(%points: f64[n,2], %p: f64[2]) {
  return sqrt(reduce.add(square(subtract(%points, broadcast(%p, [n,2]))), axis=1))
})",
                                 R"(
func @many(%x: f64[n,m] strided(unit=1), %y: f64[k], %s: scalar weak float, %w: size) {
  guard m == k, "m must be k"
  %a = add %x, broadcast(%y, [n,m])
  %b = maximum %a, broadcast(%s, [n,m])
  %r = reduce.add %b, axis=1
  %q = arg_reduce.minimum %b, axis=0
  %t = transpose(slice(%b, [::-1, 0:m:1]), axes=[1,0])
  return %r, %q, exp(transpose(%t, axes=[1,0])), iota(w), convert(extent(w + n), f32)
})",
                                 R"(
func @prod(%a: f64[n,k], %b: f64[k,m]) {
  return einsum(%a, %b, "ij,jk->ik")
})",
                                 R"(
func @softmax(%x: f32[n,m]) {
  %mx = reduce.maximum %x, axis=1
  %e = exp(subtract(%x, broadcast(expand_dims(%mx, axes=[1]), [n,m])))
  %sum = reduce.add %e, axis=1
  return divide(%e, broadcast(expand_dims(%sum, axes=[1]), [n,m]))
})"};
  const Target target = make_target("x86-64-v3");
  for (const char* source : sources) {
    Module module = parse(source, "t.air", registry);
    verify(module, Phase::source);
    check_round_trip(module);
    int passes_run = 0;
    passes::RunOptions options;
    options.observers.push_back({[&](const passes::Pass&, const Module& now, double) {
      ++passes_run;
      check_round_trip(now);
    }});
    passes::run(passes::array_pipeline(), module, {registry, target}, options);
    passes::run(passes::kernel_pipeline(), module, {registry, target}, options);
    CHECK(passes_run >= 10);
  }
}

TEST_CASE("same sees every difference") {
  const Module module = parse(everything, "t.air", registry);
  const std::string text = print(module);
  const std::pair<const char*, const char*> changes[] = {
      {"k.py", "l.py"},
      {"@f", "@g"},
      {"Two ", "two "},
      {"k must be m", "k is not m"},
      {"strided(unit=1)", "strided(unit=0)"},
      {"%k: size", "%k: size weak int"},
      {"constant 2.5", "constant 2.0"},
      {"weak int -3", "weak int -4"},
      {"-> (f64[n,m], i64[n])", "-> f64[n,m], i64[n]"},
      {"[::-1, 0:m]", "[::-1, :m]"},
      {"lanes=32, chunk=4096", "lanes=32, chunk=2048"},
      {"return %24, %18", "return %24, %4"},
      {"  param %s\n", ""}};
  for (const auto& [from, to] : changes) {
    std::string other = text;
    const std::size_t at = other.find(from);
    REQUIRE(at != std::string::npos);
    other.replace(at, std::string_view(from).size(), to);
    INFO(to);
    CHECK_FALSE(same(module, parse(other, "t.air", registry)));
  }
  CHECK(same(module, parse(text, "elsewhere.air", registry)));
}

TEST_CASE("printing and parsing take linear time") {
  Function f;
  f.name = "chain";
  NodeId x = add_param(f, "x", {DType::F64, {n(), m()}});
  const Ufunc& negative = *registry.find("negative");
  for (int i = 0; i < 100000; ++i) x = f.graph.apply(negative, {x}, DType::F64);
  f.results = {x};
  Module module;
  module.functions.push_back(std::move(f));
  const std::string text = print(module);
  CHECK(same(module, parse(text, "t.air", registry)));
}
