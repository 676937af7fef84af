// The NumPy dialect: what kernel files mean, as types and nodes.
#include "frontend/numpy/lexer.h"
#include "frontend/numpy/numpy.h"
#include "ir/text.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

ir::Module read(const std::string& text, const std::vector<std::string>& exports = {}) {
  static const ir::Registry registry;
  return numpy_front_end().read(text, "k.py", exports, registry);
}

// "f(f64[n]) -> f64[]" of each function.
std::string signatures(const ir::Module& module) {
  std::string all;
  for (const ir::Function& f : module.functions) {
    all += f.name + "(";
    for (const ir::Param& p : f.params) {
      all += (&p == &f.params[0] ? "" : ", ") + p.name + ": " + ir::to_string(p.type);
    }
    all += ") ->";
    for (const ir::NodeId id : f.results) all += " " + ir::to_string(f.graph[id].type);
    all += "\n";
  }
  return all;
}

// The result types of a function with parameters x, y: f64[n,m] and this body.
std::string body(const std::string& statements) {
  std::string text = "import numpy as np\ndef f(x: \"f64[n,m]\", y: \"f64[n,m]\"):\n";
  std::string line;
  for (const char c : statements + "\n") {
    line += c;
    if (c != '\n') continue;
    text += "    " + line;
    line.clear();
  }
  const std::string all = signatures(read(text));
  return all.substr(all.find("-> ") + 3, all.size() - all.find("-> ") - 4);
}

std::string printed(const std::string& text) { return ir::print(read(text).functions[0]); }

}  // namespace

TEST_CASE("a kernel file's typed functions are compiled") {
  const char* text = R"(
"""A module."""
import numpy as np
from numpy import sqrt

class Unused:
    def method(self): return {k: v for k, v in self.x}

SCALE = 2.5

def length(a, b):  # untyped: compiled where it is called
    return sqrt(a * a + b * b)

def scaled(a: "f64[n]", b: "f64[n]", offset: "float" = 1.0) -> "f64[n]":
    """Its documentation."""
    return length(a, b) * SCALE + offset

def sizes(n: "int"):
    return np.arange(n), np.zeros((n, 2))

@decorated
def skipped(x): return [i for i in x]

if __name__ == "__main__":
    print(scaled(1, 2))
)";
  const ir::Module module = read(text);
  CHECK(signatures(module) ==
        "scaled(a: f64[n], b: f64[n], offset: f64[]) -> f64[n]\n"
        "sizes(n: i64[]) -> i64[max($n, 0)] f64[$n,2]\n");
  CHECK(module.source_file == "k.py");
  const ir::Function& scaled = module.functions[0];
  CHECK(scaled.doc == "Its documentation.");
  CHECK_FALSE(scaled.tuple);
  CHECK(scaled.params[2].kind == ir::ParamKind::scalar);
  CHECK(scaled.params[2].weak == ir::Weak::floating);
  const ir::Function& sizes = module.functions[1];
  CHECK(sizes.tuple);
  CHECK(sizes.params[0].kind == ir::ParamKind::size);
  REQUIRE(sizes.guards.size() == 1);
  CHECK(sizes.guards[0].message == "negative dimensions are not allowed");
}

TEST_CASE("places are those of the source") {
  const ir::Module module =
      read("def f(x: \"f64[n]\"):\n    y = x + \\\n        1\n    return -y\n");
  const ir::Function& f = module.functions[0];
  CHECK(ir::to_string(f.graph[f.results[0]].place) == "k.py:4:12");
  CHECK(ir::to_string(f.params[0].place) == "k.py:1:7");
}

TEST_CASE("the nodes of the first kernel everyone writes") {
  CHECK(printed("import numpy as np\n"
                "def distances(points: \"f64[n,2]\", p: \"f64[2]\") -> \"f64[n]\":\n"
                "    return np.sqrt(((points - p)**2).sum(axis=1))\n") ==
        "func @distances(%points: f64[n,2], %p: f64[2]) -> f64[n] {\n"
        "  %2 = broadcast %p, [n,2] : f64[n,2]\n"
        "  %3 = subtract %points, %2 : f64[n,2]\n"
        "  %4 = square %3 : f64[n,2]\n"
        "  %5 = reduce.add %4, axis=1, lanes=32, chunk=4096 : f64[n]\n"
        "  %6 = constant 0.0 : f64[]\n"
        "  %7 = broadcast %6, [n] : f64[n]\n"
        "  %8 = add %5, %7 : f64[n]\n"
        "  %9 = sqrt %8 : f64[n]\n"
        "  return %9\n"
        "}\n");
}

TEST_CASE("operators bind as in Python") {
  const auto same = [](const std::string& a, const std::string& b) {
    const std::string head = "def f(x: \"f64[n]\", y: \"f64[n]\", k: \"i64[n]\"):\n    return ";
    INFO(a);
    CHECK(printed(head + a + "\n") == printed(head + b + "\n"));
  };
  same("-x**2", "-(x**2)");
  same("x**-y**2", "x**(-(y**2))");
  same("x + y * x - y", "(x + (y * x)) - y");
  same("x - y - x", "(x - y) - x");
  same("k | k & k ^ k << 1 + 2", "k | ((k & (k ^ 0 | k ^ k)) if False else (k & k ^ (k << 3)))");
  same("x < y + 1", "x < (y + 1)");
  same("~k + 1", "(~k) + 1");
  same("x // y % x / y", "((x // y) % x) / y");
  same("x if 1 < 2 else y", "x");
  same("x if not 1 < 2 and 3 > 2 else y", "y");
  same("x * (2 * 3.0)", "x * 6.0");
  same("x * 1_000.5e-1", "x * 100.05");
  same("k * 0xff + 0b11 - 0o17", "k * 255 + 3 - 15");
  same("x[::2][0:1]", "x[::2,][0:1,]");
}

TEST_CASE("statements") {
  CHECK(body("return x, y.T") == "f64[n,m] f64[m,n]");
  CHECK(body("z = x\nz = z.sum(axis=0)\nreturn z") == "f64[m]");
  CHECK(body("a, b = x.shape\nreturn a * b + x") == "f64[n,m]");
  CHECK(body("a = b = x\nreturn a + b") == "f64[n,m]");
  CHECK(body("(a, b), c = (x, y.T), x[0]\nreturn a, b, c") == "f64[n,m] f64[m,n] f64[m]");
  CHECK(body("a: \"f64\" = x; b = a + 1; return b") == "f64[n,m]");
  CHECK(body("s = 0.0\ns += 2\nreturn x * s") == "f64[n,m]");
  CHECK(body("z = x * 2\nz += y\nz *= 2\nreturn z") == "f64[n,m]");
  CHECK(body("z = x.copy()\nz -= y\nreturn z") == "f64[n,m]");
  CHECK(body("z = x.astype(np.float32)\nz += y\nreturn z") == "f32[n,m]");
  CHECK(body("if x.ndim == 2:\n    z = x\nelif x.ndim == 1:\n    z = oops\nelse:\n    z = "
             "y\nreturn z") == "f64[n,m]");
  CHECK(body("pass\n\"text\"\nreturn x; return oops") == "f64[n,m]");
  CHECK(body("if len(x.shape) > 1: return x[0]\nreturn x") == "f64[m]");
}

TEST_CASE("indexing") {
  CHECK(body("return x[0], x[:, -1], x[...], x[None], x[np.newaxis, ..., None]") ==
        "f64[m] f64[n] f64[n,m] f64[1,n,m] f64[1,n,m,1]");
  CHECK(body("return x[1:-1, ::2], x[::-1], x[-3:]") ==
        "f64[max(n - 2, 0),(m + 1)//2] f64[n,m] f64[min(n, 3),m]");
  CHECK(body("k = x.shape[0] // 2\nreturn x[:k], x[k:]") == "f64[n//2,m] f64[n - n//2,m]");
  CHECK(body("return x[0, 0] + x[0][1]") == "f64[]");
  CHECK(body("pick = slice(1, None)\nreturn x[pick], x[:, slice(2)], x[slice(None, None, 2)]") ==
        "f64[max(n - 1, 0),m] f64[n,min(m, 2)] f64[(n + 1)//2,m]");
  CHECK(body("t = (x, y.T, 3)\nreturn t[1], t[-1] * t[0], t[:2][0]") ==
        "f64[m,n] f64[n,m] f64[n,m]");
}

TEST_CASE("functions, methods, attributes, constants") {
  CHECK(body("return np.sum(x), x.sum(0), np.mean(x, axis=(0, 1), keepdims=True)") ==
        "f64[] f64[m] f64[1,1]");
  CHECK(body("return np.add(x, y), np.maximum(x, 0), np.where(x > 0, x, -1)") ==
        "f64[n,m] f64[n,m] f64[n,m]");
  CHECK(body("return x @ y.T, x.dot(y.T), np.einsum('ij,kj->ik', x, y)") ==
        "f64[n,n] f64[n,n] f64[n,n]");
  CHECK(body("return x.reshape(1, *x.shape, 1), x.reshape((-1, 1)), np.ravel(x)") ==
        "f64[1,n,m,1] f64[m*n,1] f64[m*n]");
  CHECK(body("return x * np.pi + np.e - np.inf, x.T.T") == "f64[n,m] f64[n,m]");
  CHECK(body("return np.float32(x), np.int64(3) + np.zeros(2, dtype=int), np.float64(2)") ==
        "f32[n,m] i64[2] f64[]");
  CHECK(body("return np.add.reduce(x), np.subtract.outer(x[0], y[:, 0])") == "f64[m] f64[m,n]");
  CHECK(body("return np.array([1, 2, 3]) * 1.5, np.array([[x[0, 0], 1]])") == "f64[3] f64[1,2]");
  CHECK(body("return len(x) * x, abs(x), max(2, 3) * x, float(3) * x, int(2.5) + x.size") ==
        "f64[n,m] f64[n,m] f64[n,m] f64[n,m] i64[]");
  CHECK(body("return x if x.dtype == np.float64 else y.T") == "f64[n,m]");
  CHECK(body("return x.astype('float32'), x.astype(bool), x.clip(0, 1), x.round(2)") ==
        "f32[n,m] bool[n,m] f64[n,m] f64[n,m]");
  CHECK(body("import_free = np.linalg.norm(x, axis=1)\nreturn import_free") == "f64[n]");
}

TEST_CASE("weak and strong parameters") {
  CHECK(signatures(read("def f(x: \"f32[n]\", a: \"float\", b: \"f64\", k: \"int\"):\n"
                        "    return x * a, x * b, x * k, x * (k / 2), a * 2\n")) ==
        "f(x: f32[n], a: f64[], b: f64[], k: i64[]) -> f32[n] f64[n] f32[n] f32[n] f64[]\n");
}

TEST_CASE("an int parameter that names an axis is that axis") {
  CHECK(signatures(read("import numpy as np\n"
                        "def f(n: \"int\", x: \"f64[n]\"):\n    return x + np.arange(n)\n")) ==
        "f(n: i64[], x: f64[n]) -> f64[n]\n");
  CHECK(signatures(read("import numpy as np\n"
                        "def f(n: \"int\") -> \"f64[n]\":\n    return np.zeros(n)\n")) ==
        "f(n: i64[]) -> f64[n]\n");
}

TEST_CASE("types from outside") {
  const char* text = "def f(a, b=2):\n    return a * b\ndef g(x: \"f64[n]\"):\n    return x\n";
  CHECK(signatures(read(text, {"f(f32[n])"})) == "f(a: f32[n]) -> f32[n]\n");
  CHECK(signatures(read(text, {"f(f32[n], i64)", "small = f(i8[3], i8[3])"})) ==
        "f(a: f32[n], b: i64[]) -> f64[n]\nsmall(a: i8[3], b: i8[3]) -> i8[3]\n");
  CHECK(signatures(read(text, {"g(i32[n,m])"})) == "g(x: i32[n,m]) -> i32[n,m]\n");
}

TEST_CASE("parameters that are not used are still parameters, in order") {
  const ir::Module module =
      read("def f(a: \"f64[n]\", b: \"f64[n]\", c: \"f64[n]\"):\n    return c - a\n");
  CHECK(signatures(module) == "f(a: f64[n], b: f64[n], c: f64[n]) -> f64[n]\n");
  CHECK(ir::print(module.functions[0]).find("subtract %c, %a") != std::string::npos);
}

TEST_CASE("result annotations are checked, and guarded where they cannot be") {
  const auto guard = [](const std::string& text) -> std::string {
    const ir::Module module = read(text);
    const auto& guards = module.functions[0].guards;
    return guards.empty() ? "" : ir::to_string(guards[0].a) + " == " + ir::to_string(guards[0].b);
  };
  CHECK(guard("def f(x: \"f64[n]\") -> \"f64[n]\":\n    return x\n") == "");
  CHECK(guard("def f(x: \"f64[n]\") -> \"f64[k]\":\n    return x[1:]\n") == "");
  CHECK(guard("def f(x: \"f64[n]\") -> \"f64[n-1]\":\n    return x[1:]\n") ==
        "max(n - 1, 0) == n - 1");
  CHECK(guard("def f(x: \"f64[n]\") -> \"tuple[f64[n], f64]\":\n    return x, x.sum()\n") == "");
}

TEST_CASE("a long chain of operators needs no deep stack") {
  std::string text = "def f(x: \"f64[n]\"):\n    return x";
  for (int i = 0; i < 20000; ++i) text += " + 1";
  CHECK(signatures(read(text + "\n")) == "f(x: f64[n]) -> f64[n]\n");
  std::string statements = "def f(x: \"f64[n]\"):\n";
  for (int i = 0; i < 20000; ++i) statements += "    x = x + 1\n";
  CHECK(signatures(read(statements + "    return x\n")) == "f(x: f64[n]) -> f64[n]\n");
}

TEST_CASE("tokens") {
  const auto kinds = [](std::string_view text) {
    std::string result;
    for (const dialect::Token& token : dialect::tokenize(text, "k.py")) {
      result += "nir jtfoNIDe"[static_cast<int>(token.kind) + (static_cast<int>(token.kind) > 2)];
    }
    return result;
  };
  CHECK(kinds("a = 1\n") == "noiNe");
  CHECK(kinds("if a:\n\n  # note\n    b\n  \nc") == "nnoNInNDnNe");
  CHECK(kinds("f(1,\n  2.5e3)  # note\n") == "noioroNe");
  CHECK(kinds("a = b \\\n + 1\n") == "nonoiNe");
  CHECK(kinds("'a' \"b\" '''c\nd''' r'\\n' f'{x}'\n") == "ttttfNe");
  CHECK(kinds("1_000 .5 1. 1e9 0xFF 2j\n") == "irrrijNe");
  CHECK(dialect::tokenize("'a\\n\\'b'", "k.py")[0].value == "a\n'b");
}
