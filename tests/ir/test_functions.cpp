// NumPy's functions by name: binding of arguments, and what each row gives.
#include <fstream>
#include <set>
#include <sstream>

#include "ir/build/functions.h"
#include "tests/catch.h"
#include "tests/ir/recorded.h"

using namespace arrayc::ir;
namespace build = arrayc::ir::build;
using build::Object;

namespace {

Object call_function(const char* name, std::vector<Object> positional,
                     build::Keywords keywords = {}) {
  const build::FunctionRow* row = build::find_function(name);
  REQUIRE(row);
  return build::call(*row, std::move(positional), std::move(keywords), Place{"k.py", 1, 1});
}
std::string type_text(const char* name, std::vector<Object> positional,
                      build::Keywords keywords = {}) {
  return type_of(call_function(name, std::move(positional), std::move(keywords)).value);
}
std::string call_error(const char* name, std::vector<Object> positional,
                       build::Keywords keywords = {}) {
  return error_of([&] { call_function(name, positional, keywords); });
}
Object list(std::vector<Object> items) { return Object::tuple(std::move(items), true); }

}  // namespace

TEST_CASE("rows are unique by the way they are reached, and no ufunc is repeated") {
  std::set<std::pair<std::string_view, unsigned>> seen;
  for (const build::FunctionRow& row : build::functions()) {
    INFO(row.name);
    for (const unsigned bit : {1u, 2u, 4u}) {
      if (static_cast<unsigned>(row.reach) & bit) CHECK(seen.emplace(row.name, bit).second);
    }
    CHECK_FALSE(row.doc.empty());
    if (row.reach == build::Reach::function) CHECK_FALSE(find_builtin_ufunc(row.name));
  }
}

TEST_CASE("the page about the dialect names every row") {
  std::ifstream file(ARRAYC_SOURCE_DIR "/docs/dialect.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const build::FunctionRow& row : build::functions()) {
    INFO(row.name);
    CHECK(page.str().find("`" + std::string(row.name) + "`") != std::string::npos);
  }
}

TEST_CASE("arguments are bound as Python binds them") {
  const Value x = array("f64", "n,m");
  CHECK(type_text("sum", {x}) == "f64[]");
  CHECK(type_text("sum", {x, py(1)}) == "f64[n]");
  CHECK(type_text("sum", {x}, {{"axis", py(0)}, {"keepdims", py(true)}}) == "f64[1,m]");
  CHECK(type_text("sum", {x}, {{"dtype", Object::of_dtype(DType::F32)}}) == "f32[]");
  CHECK(type_text("sum", {x}, {{"dtype", Object::of_text("float32")}}) == "f32[]");
  CHECK(type_text("sum", {x}, {{"out", Object()}}) == "f64[]");
  CHECK(call_error("sum", {}) == "sum() missing required argument: 'a'");
  CHECK(call_error("sum", {x, py(1)}, {{"axis", py(1)}}) ==
        "sum() got multiple values for argument 'axis'");
  CHECK(call_error("sum", {x}, {{"axes", py(1)}}) ==
        "sum() got an unexpected keyword argument 'axes'");
  CHECK(call_error("sum", {x}, {{"out", x}}) == "argument 'out' of sum is not built");
  CHECK(call_error("linspace", {py(0), py(1), py(2.5)}) ==
        "'float' object cannot be interpreted as an integer");
  CHECK(call_error("sum", {x}, {{"dtype", Object::of_text("i8")}}) ==
        "data type 'i8' not understood");
}

TEST_CASE("lists become arrays") {
  CHECK(type_text("array", {list({py(1), py(2)})}) == "i64[2]");
  CHECK(type_text("array", {list({py(1), py(2.5), py(true)})}) == "f64[3]");
  CHECK(type_text("array", {list({list({py(1), py(2)}), list({py(3), py(4)})})}) == "i64[2,2]");
  CHECK(type_text("array", {list({})}) == "f64[0]");
  CHECK(type_text("array", {list({py(1)}), Object::of_dtype(DType::F32)}) == "f32[1]");
  CHECK(call_error("array", {list({list({py(1), py(2)}), list({py(3)})})}) ==
        "all input arrays must have the same shape");
  const Value x = array("f64", "n");
  CHECK(type_text("stack", {list({x, x})}, {{"axis", py(-1)}}) == "f64[n,2]");
}

TEST_CASE("creation") {
  CHECK(type_text("zeros", {py(3)}) == "f64[3]");
  CHECK(type_text("ones", {Object::tuple({py(2), py(3)}), Object::of_dtype(DType::Bool)}) ==
        "bool[2,3]");
  CHECK(type_text("full", {py(2), py(7)}) == "i64[2]");
  CHECK(type_text("zeros_like", {array("i8", "n,2")}) == "i8[n,2]");
  CHECK(type_text("full_like", {array("i8", "n"), py(1.5)}) == "i8[n]");
  CHECK(type_text("arange", {py(2), py(5)}) == "i64[3]");
  CHECK(type_text("arange", {}, {{"stop", py(3)}}) == "i64[3]");
  CHECK(type_text("eye", {py(2)}) == "f64[2,2]");
  CHECK(type_text("tril", {array("i32", "n,m")}) == "i32[n,m]");
  CHECK(call_function("meshgrid", {array("f64", "n"), array("f64", "m")}).items.size() == 2);
  CHECK(type_text("diag", {array("i8", "n")}) == "i8[n,n]");
  CHECK(type_text("diag", {array("i8", "n,n"), py(1)}) == "i8[max(n - 1, 0)]");
  const Value line = array("f64", "n");
  CHECK(type_text("vstack", {list({line, line})}) == "f64[2,n]");
  CHECK(type_text("column_stack", {list({line, line})}) == "f64[n,2]");
  CHECK(call_error("vstack", {list({array("f64", "n,m")})}) ==
        "joining arrays of several axes is not built");
  CHECK(type_text("angle", {array("i16", "n")}) == "f32[n]");
  CHECK(call_function("modf", {array("i8", "n")}).items.size() == 2);
  CHECK(call_function("frexp", {array("f32", "n")}).items.size() == 2);
  const Value n = build::extent(Extent::symbol("n"), {});
  CHECK(type_text("arange", {py(1.0), n}) == "f64[max(n - 1, 0)]");
  CHECK(call_error("zeros", {py(-1)}) == "negative dimensions are not allowed");
  CHECK(call_error("zeros", {py(2), Object(), Object::of_text("F")}) == "order='F' is not built");
}

TEST_CASE("shapes") {
  const Value x = array("f64", "n,m");
  CHECK(type_text("flip", {x}) == "f64[n,m]");
  CHECK(type_text("diff", {x}) == "f64[n,max(m - 1, 0)]");
  CHECK(type_text("diagonal", {array("f64", "n,n")}) == "f64[n]");
  CHECK(type_text("trace", {array("i8", "n,n")}) == "i64[]");
  CHECK(type_text("atleast_2d", {array("f64", "n")}) == "f64[1,n]");
  CHECK(type_text("moveaxis", {x, py(0), py(1)}) == "f64[m,n]");
  const build::FunctionRow* reshape = build::find_method("reshape");
  const Object apart = build::call(*reshape, {x, py(1), py(-1)}, {}, {});
  const Object together = build::call(*reshape, {x, Object::tuple({py(1), py(-1)})}, {}, {});
  CHECK(type_of(apart.value) == "f64[1,m*n]");
  CHECK(type_of(together.value) == "f64[1,m*n]");
  const Object shape = build::call(*build::find_attribute("shape"), {x}, {}, {});
  CHECK(to_string(*build::known_extent(shape.items[1].value)) == "m");
}

TEST_CASE("products") {
  const Value a = array("f64", "n,m"), b = array("f64", "k,m", "b");
  CHECK(type_text("inner", {a, b}) == "f64[n,k]");
  CHECK(type_text("outer", {a, b}) == "f64[m*n,k*m]");
  CHECK(type_text("kron", {a, b}) == "f64[k*n,m*m]");
  CHECK(type_text("tensordot", {array("f64", "2,3"), array("f64", "3,4")}, {{"axes", py(1)}}) ==
        "f64[2,4]");
  CHECK(type_text("vdot", {a, a}) == "f64[]");
  CHECK(type_text("einsum", {Object::of_text("ij->ji"), a}) == type_text("transpose", {a}));
  CHECK(type_text("einsum", {a, list({py(1), py(0)})}) == type_text("transpose", {a}));
  CHECK(type_text("einsum", {a, list({Object::ellipsis(), py(0)}), list({Object::ellipsis()})}) ==
        "f64[n]");
  CHECK(type_text("linalg.multi_dot", {list({a, a})}) == type_text("dot", {a, a}));
  CHECK(call_error("einsum", {Object::of_text("i", {{0, {"s.py", 7, 5}}})}) ==
        "must specify the einstein sum subscripts string and at least one operand");
  CHECK(type_text("linalg.norm", {a}, {{"axis", py(1)}}) == "f64[n]");
  CHECK(call_error("inner", {array("f64", "2,3"), array("f64", "2,2")}) ==
        "shapes (2,3) and (2,2) not aligned: 3 (dim 1) != 2 (dim 1)");
}
