// A row of ufuncs.def is all that a ufunc needs: each row is a C++ function, an object with
// methods, a name in kernel files and in IR text, and the same bits on every backend.
#include <arrayc/arrayc.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <set>

#include "frontend/cpp/access.h"
#include "frontend/numpy/numpy.h"
#include "ir/text.h"
#include "tests/catch.h"

namespace ac = arrayc;
using namespace arrayc;

namespace {

struct Row {
  std::string name;
  ac::Ufunc object;
  std::function<Array(const std::vector<Array>&)> call;
};

std::vector<Row> rows() {
  std::vector<Row> table;
#define CALL_1(f) ac::f(x[0])
#define CALL_2(f) ac::f(x[0], x[1])
#define CALL_3(f) ac::f(x[0], x[1], x[2])
#define UFUNC(id, aliases, arity, ...) \
  table.push_back(                     \
      {#id, ac::ufunc::id, [](const std::vector<Array>& x) { return CALL_##arity(id); }});
#include <arrayc/detail/ufuncs.def>
  return table;
}

// The parameters of the kernel file, and what they are called with.
struct Parameter {
  const char* name;
  ir::DType dtype;
  Array array;
};

std::vector<Parameter> parameters() {
  return {{"x", ir::DType::F64, ac::array({0.25, 0.5, 1.0, 0.75})},
          {"y", ir::DType::F64, ac::array({2.0, 0.125, 1.0, 3.0})},
          {"j", ir::DType::I64, ac::array({1, 2, 3, 12})},
          {"k", ir::DType::I64, ac::array({3, 1, 2, 4})},
          {"b", ir::DType::Bool, ac::array({true, false, true, false})}};
}

// Positions of parameters that the ufunc takes.
std::vector<std::size_t> operands_for(const ir::Ufunc& ufunc) {
  const std::vector<std::vector<std::size_t>> choices = {{0},    {2},    {4},    {0, 1},
                                                         {2, 3}, {4, 4}, {0, 3}, {4, 0, 1}};
  const std::vector<Parameter> params = parameters();
  for (const auto& choice : choices) {
    if (choice.size() != static_cast<std::size_t>(ufunc.arity)) continue;
    std::vector<ir::Operand> types;
    for (const std::size_t p : choice) types.push_back({params[p].dtype});
    try {
      ir::resolve(ufunc, types);
      return choice;
    } catch (const ir::Error&) {  // another choice, then
    }
  }
  return {};
}

// How kernel files write those that NumPy has not: what stands before and after the operands.
std::pair<std::string, std::string> call_of(const std::string& name) {
  if (name == "frexp_mantissa") return {"np.frexp(", ")[0]"};
  if (name == "frexp_exponent") return {"np.frexp(", ")[1]"};
  if (name == "erf" || name == "gamma") return {"special." + name + "(", ")"};
  if (name == "lgamma") return {"special.gammaln(", ")"};
  return {"np." + name + "(", ")"};
}

// A function that returns what every row makes of the parameters.
std::string kernel_file() {
  std::string text = "import numpy as np\nfrom scipy import special\ndef f(";
  for (const Parameter& p : parameters()) {
    text += std::string(p.name) + ": \"" + std::string(ir::name(p.dtype)) + "[n]\", ";
  }
  text += "):\n    return (\n";
  for (const ir::Ufunc& ufunc : ir::builtin_ufuncs()) {
    const auto [before, after] = call_of(std::string(ufunc.name));
    text += "        " + before;
    for (const std::size_t p : operands_for(ufunc)) text += std::string(parameters()[p].name) + ",";
    text += after + ",\n";
  }
  return text + "    )\n";
}

bool same(const runtime::Array& a, const runtime::Array& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  const std::int64_t count = runtime::element_count(a.shape);
  const int size = runtime::item_size(a.dtype);
  for (std::int64_t k = 0; k < count; ++k) {
    const char* const x = static_cast<const char*>(a.data) + k * size;
    const char* const y = static_cast<const char*>(b.data) + k * size;
    if (std::memcmp(x, y, static_cast<std::size_t>(size)) == 0) continue;
    if (a.dtype != ARRAYC_F64) return false;
    double v = 0, w = 0;
    std::memcpy(&v, x, sizeof v);
    std::memcpy(&w, y, sizeof w);
    if (!std::isnan(v) || !std::isnan(w)) return false;
  }
  return true;
}

runtime::Array memory(const Array& array) {
  const ir::Value value = ac::detail::Access::value(array);
  return Session::current().compute({&value, 1})[0]->array;
}

}  // namespace

TEST_CASE("every row has a C++ function and an object that say the same") {
  const std::vector<Row> table = rows();
  const auto builtin = ir::builtin_ufuncs();
  REQUIRE(table.size() == builtin.size());
  const std::vector<Parameter> params = parameters();
  for (std::size_t k = 0; k < table.size(); ++k) {
    INFO(table[k].name);
    CHECK(table[k].name == builtin[k].name);
    CHECK(table[k].object.name() == builtin[k].name);
    CHECK(ac::ufunc::named(table[k].name).name() == builtin[k].name);
    CHECK_FALSE(builtin[k].doc.empty());
    std::vector<Array> x;
    for (const std::size_t p : operands_for(builtin[k])) x.push_back(params[p].array);
    REQUIRE(x.size() == static_cast<std::size_t>(builtin[k].arity));
    const Array by_object = x.size() == 1   ? table[k].object(x[0])
                            : x.size() == 2 ? table[k].object(x[0], x[1])
                                            : table[k].object(x[0], x[1], x[2]);
    CHECK(same(memory(table[k].call(x)), memory(by_object)));
  }
}

TEST_CASE("every row has a name in kernel files, in IR text, and one meaning on every backend") {
  const std::vector<Row> table = rows();
  const std::vector<Parameter> params = parameters();
  Session& session = Session::current();
  const ir::Registry& registry = session.registry();
  const ir::Module module = numpy_front_end().read(kernel_file(), "rows.py", {}, registry);
  const std::string text = ir::print(module);
  CHECK(ir::print(ir::parse(text, "rows.air", registry)) == text);
  std::set<std::string> used;
  for (ir::NodeId id = 0; id < module.functions[0].graph.size(); ++id) {
    const ir::Node& node = module.functions[0].graph[id];
    if (node.op() == ir::Op::ufunc) used.insert(std::string(node.operation.ufunc->name));
  }
  backends::Arguments arguments;
  for (const Parameter& p : params) arguments.arrays.push_back(memory(p.array));
  for (const char* backend : {"interp", "interp-loops", "cpu"}) {
    const auto callable = session.backend(backend).compile(
        ir::parse(text, "rows.air", registry), "f", registry, session.compile_options());
    const std::vector<runtime::Array> results = callable->call(arguments, nullptr);
    REQUIRE(results.size() == table.size());
    for (std::size_t k = 0; k < table.size(); ++k) {
      INFO(backend << " " << table[k].name);
      CHECK(used.count(table[k].name) == 1);
      std::vector<Array> x;
      for (const std::size_t p : operands_for(ir::builtin_ufuncs()[k]))
        x.push_back(params[p].array);
      CHECK(same(results[k], memory(table[k].call(x))));
    }
  }
}
