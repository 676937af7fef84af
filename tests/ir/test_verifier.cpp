#include <functional>
#include <string>

#include "ir/registry.h"
#include "ir/text.h"
#include "ir/verifier.h"
#include "tests/catch.h"

using namespace arrayc;
using namespace arrayc::ir;

namespace {

const Registry registry;

Module read(const std::string& text) { return parse(text, "t.air", registry); }

// The rule that a module breaks, "" if it is legal.
std::string broken(const Module& module, Phase phase) {
  try {
    verify(module, phase);
    return {};
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::bug);
    return e.message();
  }
}

bool mentions(const std::string& message, std::string_view part) {
  INFO(message << " | " << part);
  const bool found = message.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

std::shared_ptr<const Attributes> attributes(Attributes a) {
  return std::make_shared<const Attributes>(std::move(a));
}

Extent n() { return Extent::symbol("n"); }
Extent m() { return Extent::symbol("m"); }

// A function f(x: f64[n,m], y: f64[n]) with nodes 0 and 1 for them, and what the test adds.
struct GraphCase {
  Module module;
  Function& f;
  GraphCase()
      : module(read("func @f(%x: f64[n,m], %y: f64[n]) {\n param %x\n param %y\n return %y }")),
        f(module.functions[0]) {}
  NodeId add(Operation op, std::vector<NodeId> operands, Type type) {
    return f.graph.add(std::move(op), std::move(operands), std::move(type));
  }
  void breaks(std::string_view rule, std::string_view node = "") const {
    const std::string message = broken(module, Phase::source);
    mentions(message, rule);
    mentions(message, node);
  }
};

const Type square{DType::F64, {n(), m()}};
const Type line{DType::F64, {n()}};

const char* const program_text = R"(
func @f(%x: f64[n], %s: scalar f64) -> (f64[n], f64[n]) {
  program {
    slots 2
    storage %x: f64[n] parameter 0
    storage %t: f64[n] temporary 0
    storage %u: f64[n] temporary 1
    storage %r0: f64[n] result 0
    storage %r1: f64[n] result 1
    call @k0(%x, %t) sizes(n) scalars(%s)
    call @k0(%t, %u) sizes(n) scalars(1.5: f64)
    call @k0(%u, %r0) sizes(n) scalars(%s)
    call @k0(%r0, %r1) sizes(n) scalars(%s)
    return %r0, %r1
  }
}
kernel func @k0(%a0: f64[n0], %s0: scalar f64) -> f64[n0] {
  %2 = broadcast %s0, [n0] : f64[n0]
  return multiply(%a0, view(%s0, [n0], map=[]))
})";

const char* const loops_text = R"(
kernel func @k(%a0: f64[n0,4], %s0: scalar f64) -> f64[n0] {
  return reduce.add(%a0, axis=1)
}
kernel @k(%a: buffer f64, %r: buffer f64 written, %p: buffer i64 written, %n0: size,
          %s: scalar f64) {
  scratch %t: f64[n0]
  for i in [0, n0) {
    %1 = scalar %s
    for j in [0, 4) {
      %3 = load f64 %a[32*i + 8*j]
      %4 = mul %3, %1 : f64
      %5 = index j
    } reduce add f64 of %4 lanes 8 chunk 0 from 0.0 as %6
      reduce arg_maximum f64 of %3 position %5 lanes 1 chunk 0 from -inf as %7 at %8
    %9 = apply exp %6 : f64
    %10 = lt %9, %7 : bool
    %11 = select %10, %9, %7 : f64
    store %r[8*i], %11
    store %t[8*i], %7
    store %p[8*i], %8
  }
})";

struct LoopCase {
  Module module = read(loops_text);
  loops::Kernel& k = *module.kernels[0].loops;
  void breaks(std::string_view rule) const { mentions(broken(module, Phase::loops), rule); }
};

void loop_rule(std::string_view rule, const std::function<void(loops::Kernel&)>& change) {
  LoopCase c;
  change(c.k);
  c.breaks(rule);
}

void program_rule(std::string_view rule, const std::function<void(Function&, Program&)>& change,
                  Phase phase = Phase::fused) {
  Module module = read(program_text);
  change(module.functions[0], *module.functions[0].program);
  mentions(broken(module, phase), rule);
}

// Whether an operation on values %b, %i, %l, %f and %d, named for their types, is legal. The reader
// asks the verifier's own function, so that it can name the place.
bool ok(const std::string& operation) {
  const std::string text = R"(
kernel @k(%b: scalar bool, %i: scalar i32, %l: scalar i64, %f: scalar f32, %d: scalar f64) {
  for i in [0, 1) {
    %b = scalar %b
    %i = scalar %i
    %l = scalar %l
    %f = scalar %f
    %d = scalar %d
    %r = )" + operation + "\n }\n}";
  Module module;
  try {
    module = read(text);
  } catch (const Error& error) {
    CHECK(error.message().find(" does not make ") != std::string::npos);
    return false;
  }
  const std::string message = broken(module, Phase::primitive);
  const bool complex = message.find("complex numbers are parts in loops") != std::string::npos;
  CHECK((message.empty() || complex));
  return message.empty();
}

}  // namespace

TEST_CASE("legal modules pass") {
  CHECK(broken({}, Phase::scheduled) == "");
  CHECK(broken(GraphCase().module, Phase::source) == "");
  CHECK(broken(read(program_text), Phase::fused) == "");
  CHECK(broken(read(program_text), Phase::planned) == "");
  CHECK(broken(read(loops_text), Phase::loops) == "");
}

TEST_CASE("the parts of a module tell its phase") {
  CHECK(earliest_phase({}) == Phase::source);
  CHECK(earliest_phase(GraphCase().module) == Phase::source);
  CHECK(earliest_phase(read(program_text)) == Phase::fused);
  CHECK(earliest_phase(read(loops_text)) == Phase::loops);
  Module kernel = read(program_text);
  kernel.functions.clear();
  CHECK(earliest_phase(kernel) == Phase::fused);
}

TEST_CASE("graphs: parameters") {
  const auto breaks = [](std::string_view rule, auto change) {
    GraphCase c;
    change(c.f.params);
    c.breaks(rule);
  };
  using Params = std::vector<Param>;
  breaks("two parameters of one name", [](Params& p) { p[1].name = "x"; });
  breaks("not 0-d", [](Params& p) { p[0].kind = ParamKind::scalar; });
  breaks("not an integer", [](Params& p) {
    p.emplace_back();
    p[2].kind = ParamKind::size;
  });
  breaks("the unit axis is not an axis", [](Params& p) { p[1].layout = {false, 1}; });
  breaks("not the parameter's type: `param %y : f64[n]`",
         [](Params& p) { p[1].type.dtype = DType::F32; });
}

TEST_CASE("graphs: operands and attributes") {
  const Ufunc* add = registry.find("add");
  const Ufunc* sqrt = registry.find("sqrt");
  const auto breaks = [](std::string_view rule, Operation op, std::vector<NodeId> operands,
                         Type type = square) {
    GraphCase c;
    const NodeId id = c.add(std::move(op), std::move(operands), std::move(type));
    const bool param = c.f.graph[id].op() == Op::param;
    c.breaks(rule, param ? "param" : "%" + std::to_string(id) + " = ");
  };
  breaks("an operand does not precede its user: `%2 = sqrt %2 : f64[n,m]`",
         {Op::ufunc, sqrt, nullptr}, {2});
  breaks("an operand does not precede", {Op::ufunc, sqrt, nullptr}, {77});
  breaks("wrong number of operands", {Op::ufunc, add, nullptr}, {0});
  breaks("wrong number of operands", {Op::convert, nullptr, nullptr}, {0, 0});
  breaks("a ufunc where none belongs, or none", {Op::ufunc, nullptr, nullptr}, {0});
  breaks("a ufunc where none belongs, or none", {Op::convert, add, nullptr}, {0});
  breaks("no attributes", {Op::transpose, nullptr, nullptr}, {0});
  breaks("attributes of another operation",
         {Op::transpose, nullptr, attributes(ShapeAttr{{n(), m()}})}, {0});
  breaks("attributes of another operation", {Op::ufunc, sqrt, attributes(AxesAttr{{0}})}, {0});
  breaks("no such parameter", {Op::param, nullptr, attributes(ParamAttr{2})}, {});
  breaks("no such parameter", {Op::param, nullptr, attributes(ParamAttr{-1})}, {});
  breaks("two nodes for one parameter", {Op::param, nullptr, attributes(ParamAttr{0})}, {}, line);
  breaks("a slice of step 0", {Op::slice, nullptr, attributes(SliceAttr{{{{}, {}, 0}, {}}})}, {0});
  breaks("without its index", {Op::slice, nullptr, attributes(SliceAttr{{{{}, {}, 1, true}, {}}})},
         {0});
  breaks("a view of step 0",
         {Op::view, nullptr, attributes(ViewAttr{{n()}, {{0, 0, 0}, {-1, 0, 1}}})}, {0}, line);
  breaks("the reduction's tree", {Op::reduce, add, attributes(ReduceAttr{1, {3, 0}})}, {0}, line);
  breaks("the reduction's tree", {Op::reduce, add, attributes(ReduceAttr{1, {1, -1}})}, {0}, line);
  breaks("the ufunc cannot fold", {Op::reduce, sqrt, attributes(ReduceAttr{1, {}})}, {0}, line);
}

TEST_CASE("graphs: types") {
  const auto breaks = [](std::string_view rule, Operation op, std::vector<NodeId> operands,
                         Type type) {
    GraphCase c;
    c.add(std::move(op), std::move(operands), std::move(type));
    c.breaks(rule);
  };
  const Ufunc* add = registry.find("add");
  const Ufunc* less = registry.find("less");
  breaks("operands could not be broadcast", {Op::ufunc, add, nullptr}, {0, 1}, square);
  breaks("the type should be f64[n,m]", {Op::ufunc, add, nullptr}, {0, 0}, line);
  breaks("the ufunc's result has another dtype", {Op::ufunc, less, nullptr}, {0, 0}, square);
  breaks("axis 2 is out of bounds", {Op::reduce, add, attributes(ReduceAttr{2, {}})}, {0}, line);
  breaks("not the dtypes of a complex number and its parts", {Op::real, nullptr, nullptr}, {0},
         square);
  breaks("names an axis that the result has not",
         {Op::view, nullptr, attributes(ViewAttr{{n()}, {{3, 0, 1}, {-1, 0, 1}}})}, {0}, line);
  breaks("einsum", {Op::einsum, nullptr, attributes(EinsumAttr{{{0, 1}, {0}}, {0}})}, {0}, line);

  GraphCase mixed;
  const NodeId whole = mixed.add({Op::convert, nullptr, nullptr}, {0}, {DType::I64, {n(), m()}});
  mixed.add({Op::ufunc, add, nullptr}, {0, whole}, square);
  mixed.breaks("the ufunc's operands have other dtypes", "%3 = add %x, %2");
}

TEST_CASE("graphs: guards make extents equal, in kernels anything may") {
  const char* const body = R"(%x: f64[n], %y: f64[m]) {
  guard m == n, "lengths"
  return add(%x, %y)
})";
  Module module = read(std::string("func @f(") + body);
  CHECK(broken(module, Phase::source) == "");
  module.functions[0].guards.clear();
  mentions(broken(module, Phase::source), "could not be broadcast");
  Module kernel;
  kernel.kernels.push_back({module.functions[0], std::nullopt});
  CHECK(broken(kernel, Phase::planned) == "");
  kernel.kernels[0].function.params[0].type.shape = {2};
  CHECK(broken(kernel, Phase::planned) != "");
}

TEST_CASE("graphs: results exist") {
  GraphCase c;
  c.f.results = {2};
  c.breaks("result %2 does not exist");
}

TEST_CASE("simplified: no views but view and reshape, no einsum, where results need them") {
  for (const char* op : {"broadcast(%y, [m,n])", "slice(%x, [:, ::2])", "transpose(%x, axes=[1,0])",
                         "expand_dims(%x, axes=[0])",
                         "squeeze(expand_dims(%x, axes=[0]), axes=[0])", "einsum(%x, \"ij->i\")"}) {
    const std::string head = "func @f(%x: f64[n,m], %y: f64[n]) {\n";
    const Module used = read(head + "return " + op + " }");
    CHECK(broken(used, Phase::source) == "");
    mentions(broken(used, Phase::simplified), "gone from phase simplified on");
    const Module unused = read(head + "%dead = " + op + "\n return %y }");
    CHECK(broken(unused, Phase::simplified) == "");
  }
  CHECK(broken(read("func @f(%x: f64[n,4]) { return view(reshape(%x, [4*n]), [n], map=[@0]) }"),
               Phase::simplified) == "");
}

TEST_CASE("programs: where they belong") {
  mentions(broken(read(program_text), Phase::simplified), "function f has a program already");
  mentions(broken(GraphCase().module, Phase::fused), "function f has no program");
  mentions(broken(read(program_text), Phase::loops), "kernel k0 has no loops");
}

TEST_CASE("programs: storages") {
  using F = Function;
  program_rule("no such array parameter", [](F&, Program& p) { p.storages[0].index = 1; });
  program_rule("no such array parameter", [](F&, Program& p) { p.storages[0].index = 7; });
  program_rule("not its parameter's type",
               [](F&, Program& p) { p.storages[0].type.shape = {m()}; });
  program_rule("results are not numbered in order: storage %3 'r0'",
               [](F&, Program& p) { std::swap(p.storages[3].index, p.storages[4].index); });
  program_rule("no such slot", [](F&, Program& p) { p.storages[2].index = 2; });
  program_rule("more slots than storages", [](F&, Program& p) { p.slots = 1u << 31; });
}

TEST_CASE("programs: calls") {
  using F = Function;
  program_rule("no such kernel", [](F&, Program& p) { p.calls[1].kernel = 4; });
  program_rule("wrong number of buffers", [](F&, Program& p) { p.calls[1].buffers.pop_back(); });
  program_rule("wrong number of sizes", [](F&, Program& p) { p.calls[1].sizes.push_back(1); });
  program_rule("wrong number of scalars: call 1 of kernel 0 @k0",
               [](F&, Program& p) { p.calls[1].scalars.clear(); });
  program_rule("a scalar of another dtype",
               [](F&, Program& p) { p.calls[1].scalars[0].is_extent = true; });
  program_rule("a scalar of another dtype", [](F&, Program& p) {
    p.calls[1].scalars[0].constant = Scalar::of(std::int64_t{1});
  });
  program_rule("no such scalar parameter", [](F&, Program& p) { p.calls[0].scalars[0].param = 0; });
  program_rule("no such storage", [](F&, Program& p) { p.calls[1].buffers[0] = 9; });
  program_rule("a buffer of another dtype",
               [](F&, Program& p) { p.storages[1].type.dtype = DType::F32; });
  program_rule("read before it is written",
               [](F&, Program& p) { std::swap(p.calls[0], p.calls[1]); });
  program_rule("read before it is written", [](F&, Program& p) { p.calls[1].buffers = {2, 2}; });
  program_rule("a parameter is written", [](F&, Program& p) { p.calls[1].buffers[1] = 0; });
  program_rule("written twice", [](F&, Program& p) { p.calls[1].buffers = {0, 1}; });
}

TEST_CASE("programs: results and slots") {
  using F = Function;
  program_rule("no such result", [](F&, Program& p) { p.results[0] = 5; });
  program_rule("a temporary is a result", [](F&, Program& p) { p.results[0] = 1; });
  program_rule("a result is never written", [](F&, Program& p) { p.calls.pop_back(); });
  const auto share = [](F&, Program& p) { p.storages[2].index = 0; };
  const auto read_later = [&](F& f, Program& p) {
    share(f, p);
    p.calls[2].buffers = {1, 3};
  };
  program_rule("memory is shared with storage %1 't', which is still alive: storage %2 'u'",
               read_later, Phase::planned);
  const auto of_another_size = [&](F& f, Program& p) {
    share(f, p);
    p.storages[2].type.shape = {Extent::symbol("n") + 1};
  };
  program_rule("memory is shared with storage %1 't'", of_another_size, Phase::planned);

  // Dead before, or read by the call that writes: that is for loops to prove.
  Module module = read(program_text);
  Program& p = *module.functions[0].program;
  share(module.functions[0], p);
  CHECK(broken(module, Phase::planned) == "");
  p.calls[1].buffers = {0, 2};
  CHECK(broken(module, Phase::planned) == "");
}

TEST_CASE("programs: temporaries in results") {
  using F = Function;
  const auto in = [](Program& p, std::uint32_t temporary, std::uint32_t result) {
    p.storages[temporary].index = result;
    p.storages[temporary].in_result = true;
  };
  program_rule("no such result", [&](F&, Program& p) { in(p, 1, 2); }, Phase::planned);
  program_rule(
      "memory is shared with storage %2 'u', which is still alive: storage %3 'r0'",
      [&](F&, Program& p) {
        in(p, 2, 0);
        p.calls[3].buffers = {2, 4};
      },
      Phase::planned);
  program_rule(
      "memory is shared with storage %3 'r0'",
      [&](F&, Program& p) {
        in(p, 2, 0);
        p.calls[1].buffers = {1, 3};
        p.calls[2].buffers = {1, 2};
        p.calls[3].buffers = {2, 4};
      },
      Phase::planned);
  program_rule(
      "in the memory of a result of another size",
      [&](F&, Program& p) {
        in(p, 2, 0);
        p.storages[2].type.shape = {Extent::symbol("n") + 1};
      },
      Phase::planned);
  Module module = read(program_text);
  in(*module.functions[0].program, 1, 1);
  in(*module.functions[0].program, 2, 0);
  CHECK(broken(module, Phase::planned) == "");
}

TEST_CASE("loops: parameters and structure") {
  using K = loops::Kernel;
  loop_rule("the order of parameters", [](K& k) { std::swap(k.params[0], k.params[3]); });
  loop_rule("two parameters of one name", [](K& k) { k.params[1].name = "a"; });
  loop_rule("scratch with the name", [](K& k) { k.scratch[0].name = "a"; });
  loop_rule("complex numbers are parts in loops", [](K& k) { k.params[4].type = DType::C64; });
  loop_rule("an extent of 'z'", [](K& k) { k.scratch[0].count = Extent::symbol("z"); });
  loop_rule("a stage that is not a loop", [](K& k) { k.stages = {1}; });
  loop_rule("does not exist", [](K& k) { k.stages = {99}; });
  loop_rule("placed twice", [](K& k) { k.stages.push_back(k.stages[0]); });
  loop_rule("placed twice", [](K& k) { k.loops[0].body.push_back(1); });
  loop_rule("placed twice", [](K& k) { k.loops[1].body.push_back(k.stages[0]); });
  loop_rule("no such loop", [](K& k) { k.nodes[k.stages[0]].index = 2; });
  loop_rule("two nodes for one loop", [](K& k) { k.nodes[2].index = 0; });
  loop_rule("a parallel loop inside", [](K& k) { k.loops[1].parallel = true; });
  loop_rule("width below 1", [](K& k) { k.loops[1].width = 0; });
  loop_rule("an extent of 'z'", [](K& k) { k.loops[0].extent = Extent::symbol("z"); });
  loop_rule("an extent of 'z'", [](K& k) { k.loops[0].grain = Extent::symbol("z"); });

  Module reducing = read(R"(kernel @k(%a: buffer f64) {
  for i in [0, 4) {
    %1 = load f64 %a[8*i]
  } reduce add f64 of %1 lanes 1 chunk 0 from 0.0
})");
  CHECK(broken(reducing, Phase::loops) == "");
  reducing.kernels[0].loops->loops[0].parallel = true;
  mentions(broken(reducing, Phase::loops), "a parallel loop with accumulators");
}

TEST_CASE("loops: nesting has a limit") {
  loops::Kernel k;
  for (std::uint32_t i = 0; i < 100; ++i) {
    loops::Node node;
    node.kind = loops::Kind::loop;
    node.type = DType::I64;
    node.index = i;
    k.nodes.push_back(node);
    k.loops.emplace_back();
    if (i + 1 < 100) k.loops.back().body = {i + 1};
  }
  k.stages = {0};
  Module module;
  module.kernels.push_back({{}, k});
  mentions(broken(module, Phase::loops), "nested more than 64 deep");
}

TEST_CASE("loops: values") {
  using K = loops::Kernel;
  const auto index_of = [](const K& k, loops::Kind kind) {
    for (loops::Id id = 0; id < k.nodes.size(); ++id) {
      if (k.nodes[id].kind == kind) return id;
    }
    return loops::none;
  };
  loop_rule("not visible here", [](K& k) { k.nodes[4].args[0] = 9; });
  loop_rule("not visible here", [](K& k) { k.nodes[9].args[0] = 4; });  // in a block that is over
  loop_rule("no value", [](K& k) { k.nodes[9].args[0] = 2; });
  loop_rule("does not exist", [](K& k) { k.nodes[9].args[0] = 99; });
  loop_rule("an index is an i64", [](K& k) { k.nodes[5].type = DType::I32; });
  loop_rule("not a loop around this", [](K& k) { k.nodes[5].args[0] = 4; });
  loop_rule("no loop", [](K& k) { k.nodes[5].args.clear(); });
  loop_rule("not a loop before this", [](K& k) { k.nodes[6].args[0] = 0; });
  loop_rule("no such accumulator", [](K& k) { k.nodes[6].index = 2; });
  loop_rule("an accumulator without position", [](K& k) { k.nodes[8].index = 0; });
  loop_rule("not the accumulator's type", [](K& k) { k.nodes[6].type = DType::F32; });
  loop_rule("no such scalar", [](K& k) { k.nodes[1].index = 0; });
  loop_rule("no such scalar", [](K& k) { k.nodes[1].type = DType::F32; });
  loop_rule("operands where there are none", [](K& k) { k.nodes[1].args = {1}; });
  loop_rule("wrong number of operands", [](K& k) { k.nodes[4].args.push_back(3); });
  loop_rule("wrong types: `%10 = lt %9, %7 : f64`", [](K& k) { k.nodes[10].type = DType::F64; });
  loop_rule("wrong types", [](K& k) { k.nodes[9].type = DType::F32; });
  loop_rule("a store of one value of its type",
            [&](K& k) { k.nodes[index_of(k, loops::Kind::store)].type = DType::F32; });
  loop_rule("more bits than the type has", [](K& k) {
    k.nodes[1] = {};
    k.nodes[1].type = DType::F32;
    k.nodes[1].bits = std::uint64_t{1} << 40;
  });
  loop_rule("an extent of 'z'", [](K& k) {
    k.nodes[1] = {};
    k.nodes[1].kind = loops::Kind::size;
    k.nodes[1].type = DType::I64;
    k.nodes[1].extent = Extent::symbol("z");
  });
  mentions(broken(read(loops_text), Phase::primitive),
           "ufuncs are gone from phase primitive on: `%9 = apply exp");
}

TEST_CASE("loops: memory") {
  using K = loops::Kernel;
  loop_rule("no such access", [](K& k) { k.nodes[3].index = 99; });
  loop_rule("no such buffer", [](K& k) { k.accesses[0].buffer = 4; });
  loop_rule("not the buffer's type", [](K& k) { k.accesses[0].buffer = 2; });
  loop_rule("only read", [](K& k) { k.params[1].written = false; });
  loop_rule("along what is not a loop around", [](K& k) { k.accesses[0].strides[1].first = 4; });
  loop_rule("along what is not a loop around", [](K& k) { k.accesses[1].strides[0].first = 2; });
  loop_rule("two strides along one loop", [](K& k) { k.accesses[0].strides[1].first = 0; });
  loop_rule("a stride of 0", [](K& k) { k.accesses[0].strides[1].second = 0; });
  loop_rule("an extent of 'z'",
            [](K& k) { k.accesses[0].strides[1].second = Extent::symbol("z"); });
  loop_rule("an extent of 'z'", [](K& k) { k.accesses[0].offset = Extent::symbol("z"); });
  loop_rule("an offset that is not an i64", [](K& k) { k.accesses[1].dynamic = 6; });
  loop_rule("not visible here", [](K& k) { k.accesses[1].dynamic = 5; });
}

TEST_CASE("loops: accumulators") {
  using K = loops::Kernel;
  const auto rule = [](std::string_view text,
                       const std::function<void(std::vector<loops::Accumulator>&)>& change) {
    loop_rule(text, [&](K& k) { change(k.loops[1].accumulators); });
  };
  using A = std::vector<loops::Accumulator>;
  rule("value is not of its type", [](A& a) { a[0].value = 5; });
  rule("not visible here", [](A& a) { a[0].value = 9; });
  rule("does not exist", [](A& a) { a[0].value = loops::none; });
  rule("a fold that its type has not", [](A& a) { a[0].fold = loops::Fold::bit_and; });
  rule("an identity of another type", [](A& a) { a[0].identity = Scalar::of(0.0f); });
  rule("tree", [](A& a) { a[0].tree.lanes = 0; });
  rule("tree", [](A& a) { a[0].tree.lanes = 12; });
  rule("a position where none belongs", [](A& a) { a[0].position_value = 5; });
  rule("a position where none belongs, or none", [](A& a) { a[1].position_value = loops::none; });
  rule("a position that is not an i64", [](A& a) { a[1].position_value = 4; });
  rule("a factor where none belongs", [](A& a) { a[1].factor = a[1].value; });
  rule("a factor of another type", [](A& a) { a[0].factor = 5; });
  rule("not visible here", [](A& a) { a[0].factor = 9; });
  rule("an imaginary part where none belongs", [](A& a) { a[0].imaginary = a[0].value; });
  rule("an imaginary part of another type", [](A& a) { a[1].imaginary = a[1].position_value; });
}

TEST_CASE("loops: the types of arithmetic") {
  for (const char* name : {"add", "sub", "mul"}) {
    const std::string op(name);
    CHECK(ok(op + " %i, %i : i32"));
    CHECK(ok(op + " %d, %d : f64"));
    CHECK_FALSE(ok(op + " %b, %b : bool"));
    CHECK_FALSE(ok(op + " %i, %l : i64"));
    CHECK_FALSE(ok(op + " %f, %f : f64"));
  }
  for (const char* name : {"div", "copysign", "fmod"}) {
    const std::string op(name);
    CHECK(ok(op + " %f, %f : f32"));
    CHECK_FALSE(ok(op + " %i, %i : i32"));
  }
  for (const char* name : {"floor_div", "floor_rem", "gcd", "shl", "shr"}) {
    const std::string op(name);
    CHECK(ok(op + " %l, %l : i64"));
    CHECK_FALSE(ok(op + " %d, %d : f64"));
    CHECK_FALSE(ok(op + " %b, %b : bool"));
  }
  for (const char* name : {"and", "or", "xor"}) {
    const std::string op(name);
    CHECK(ok(op + " %b, %b : bool"));
    CHECK(ok(op + " %i, %i : i32"));
    CHECK_FALSE(ok(op + " %d, %d : f64"));
  }
  for (const char* name : {"minimum", "maximum"}) {
    CHECK(ok(std::string(name) + " %b, %b : bool"));
    CHECK(ok(std::string(name) + " %d, %d : f64"));
  }
}

TEST_CASE("loops: the types of the other primitives") {
  for (const char* name : {"eq", "ne", "lt", "le", "gt", "ge"}) {
    const std::string op(name);
    CHECK(ok(op + " %d, %d : bool"));
    CHECK(ok(op + " %b, %b : bool"));
    CHECK_FALSE(ok(op + " %d, %d : f64"));
    CHECK_FALSE(ok(op + " %d, %f : bool"));
  }
  for (const char* name : {"sqrt", "floor", "ceil", "trunc", "rint"}) {
    CHECK(ok(std::string(name) + " %d : f64"));
    CHECK_FALSE(ok(std::string(name) + " %l : i64"));
  }
  CHECK(ok("neg %i : i32"));
  CHECK(ok("abs %d : f64"));
  CHECK_FALSE(ok("neg %b : bool"));
  CHECK(ok("not %b : bool"));
  CHECK_FALSE(ok("not %d : f64"));
  CHECK(ok("fma %d, %d, %d : f64"));
  CHECK_FALSE(ok("fma %l, %l, %l : i64"));
  CHECK(ok("select %b, %i, %i : i32"));
  CHECK_FALSE(ok("select %i, %i, %i : i32"));
  CHECK_FALSE(ok("select %b, %i, %l : i32"));
  CHECK(ok("convert %b : f64"));
  CHECK(ok("convert %b : f16"));
  CHECK_FALSE(ok("convert %b : c64"));
  CHECK(ok("bitcast %d : i64"));
  CHECK_FALSE(ok("bitcast %d : i32"));
  CHECK(ok("angle_turns %d : i64"));
  CHECK(ok("angle_high %d : f64"));
  CHECK(ok("angle_turns %f : i32"));
  CHECK(ok("angle_low %f : f32"));
  CHECK_FALSE(ok("angle_turns %f : i64"));
  CHECK_FALSE(ok("angle_low %f : f64"));
  CHECK_FALSE(ok("angle_high %i : i32"));
}
