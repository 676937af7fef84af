// The NumPy dialect: one error with a place for everything else, and no crash on any text.
#include <random>

#include "frontend/numpy/numpy.h"
#include "tests/catch.h"

using namespace arrayc;

namespace {

void read(const std::string& text, const std::vector<std::string>& exports = {}) {
  static const ir::Registry registry;
  numpy_front_end().read(text, "k.py", exports, registry);
}

// "line:column message | note".
std::string error(const std::string& text, const std::vector<std::string>& exports = {}) {
  try {
    read(text, exports);
  } catch (const ir::Error& e) {
    CHECK(e.kind() != ir::ErrorKind::bug);
    const std::string where = e.place().known() ? std::to_string(e.place().line) + ":" +
                                                      std::to_string(e.place().column) + " "
                                                : "";
    return where + e.message() + (e.note().empty() ? "" : " | " + e.note());
  }
  return "";
}

// Of one line in a function of x: f64[n,m]; the line is the third.
std::string line(const std::string& statement) {
  return error("import numpy as np\ndef f(x: \"f64[n,m]\", s: \"f64\", k: \"int\"):\n    " +
               statement + "\n    return x\n");
}

bool says(const std::string& message, const std::string& part) {
  INFO(message);
  INFO(part);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("statements outside the dialect are named, with what to write instead") {
  CHECK(says(line("for i in range(3): pass"), "3:5 a for loop is not yet in the dialect | "));
  CHECK(says(line("while True: pass"), "3:5 a while loop is not yet"));
  CHECK(says(line("x[0] = 1"), "3:6 storing into a part of an array is not yet in the dialect"));
  CHECK(says(line("x.T = 1"), "storing into an attribute"));
  CHECK(says(line("with x: pass"), "a with statement"));
  CHECK(says(line("def g(): pass"), "a function inside a function"));
  CHECK(says(line("y = lambda a: a"), "3:9 a lambda is not in the dialect"));
  CHECK(says(line("y = [a for a in x]"), "a comprehension is not in the dialect"));
  CHECK(says(line("y = {1: 2}"), "3:9 dictionaries and sets"));
  CHECK(says(line("y = f'{x}'"), "formatted and bytes strings"));
  CHECK(says(line("y = ~2j"), "bad operand type for unary ~: 'complex'"));
  CHECK(says(line("y = 2j < 1j"), "unsupported operand type(s) for <: 'complex'"));
  CHECK(says(line("y = 1 / 0j"), "division by zero"));
  CHECK(says(line("print(x)"), "3:5 'print' is not in the dialect"));
  CHECK(line("assert x.ndim == 2, f'{x}'") == "");
  CHECK(says(line("assert x.ndim == 3"), "3:5 this assertion never holds"));
  CHECK(says(line("assert x.sum() > 0"), "a condition that is computed"));
  CHECK(line("if x.ndim != 2: raise ValueError(f'{x}') from None") == "");
  CHECK(says(line("raise ValueError"), "3:5 the function raises an exception here"));
  CHECK(says(line("y = (z := x)"), "an assignment expression"));
  CHECK(says(line("if x[0, 0] > 0: y = x"),
             "a condition that is computed when the function runs is not yet"));
  CHECK(says(line("y = x if x.sum() else x"), "3:11 a condition that is computed"));
  CHECK(says(line("y = f(x, s, k)"), "3:9 f calls itself; recursion is not in the dialect"));
  CHECK(says(line("y = x[x > 0]"), "indexing with a mask is not yet"));
  CHECK(says(line("y = x[np.arange(3)]"), "indexing with an array of indices"));
  CHECK(says(line("y = x[[0, 1]]"), "indexing with a list"));
  CHECK(says(line("y = np.sum(x, out=x)"), "argument 'out' of sum is not built"));
}

TEST_CASE("writing into what others see is refused") {
  CHECK(says(line("x += 1"), "3:7 changing the array of parameter 'x' in place"));
  CHECK(says(line("y = x[1:]; y *= 2"), "changing the array of parameter 'x' in place"));
  CHECK(says(line("y = x + 1; z = y; z += 1"), "changing 'z' in place would change 'y' as well"));
  CHECK(says(line("y = x + 1; z = y[0]; z += 1"), "changing 'z' in place would change 'y'"));
  CHECK(line("s += 1; k += 1; y = x * s * k") == "");
  CHECK(says(line("y = np.arange(3); y += 0.5"),
             "Cannot cast ufunc output from dtype('float64') to dtype('int64') with casting rule "
             "'same_kind'"));
  CHECK(says(line("y = np.zeros(3); y += np.zeros((2, 3))"),
             "non-broadcastable output operand with shape (3,) doesn't match the broadcast shape "
             "(2,3)"));
}

TEST_CASE("names") {
  CHECK(line("y = xx + 1") == "3:9 name 'xx' is not defined | did you mean 'x'?");
  CHECK(says(line("y = np.sqr(x)"), "3:12 numpy.sqr is not in the dialect | did you mean 'sqrt'?"));
  CHECK(says(line("y = x.summ()"),
             "3:11 attribute 'summ' of an array is not in the dialect | did "
             "you mean 'sum'?"));
  CHECK(line("y = z\n    z = x") ==
        "3:9 cannot access local variable 'z' where it is not associated with a value");
  CHECK(says(error("import scipy\ndef f(x: \"f64[n]\"):\n    return scipy.stats(x)\n"),
             "3:18 scipy.stats is not in the dialect"));
  CHECK(says(error("import pandas\ndef f(x: \"f64[n]\"):\n    return pandas.cut(x)\n"),
             "3:12 module 'pandas' is not in the dialect"));
  CHECK(error("A = B\nB = A\ndef f(x: \"f64[n]\"):\n    return x * A\n") ==
        "1:1 name 'A' is defined by itself");
}

TEST_CASE("NumPy's and Python's sentences have places") {
  CHECK(line("y = x + np.zeros((2, 3, 4))[0, 0] + np.zeros(3)") ==
        "3:39 operands could not be broadcast together with shapes (n,4) (3,) ");
  CHECK(line("y = x.sum(axis=2)") == "3:11 axis 2 is out of bounds for array of dimension 2");
  CHECK(line("y = np.zeros(6).reshape(4)") ==
        "3:21 cannot reshape array of size 6 into shape (4,)");
  CHECK(line("y = x[0, 0, 0]") ==
        "3:10 too many indices for array: array is 2-dimensional, but 3 were indexed");
  CHECK(line("y = x[1.0]").starts_with("3:11 only integers, slices (`:`)"));
  CHECK(line("y = x[1.0:]") ==
        "3:11 slice indices must be integers or None or have an __index__ method");
  CHECK(line("a, b = x.shape, 1, 2") == "3:5 too many values to unpack (expected 2)");
  CHECK(line("a, b, c = x.shape") == "3:5 not enough values to unpack (expected 3, got 2)");
  CHECK(line("y = 1 < x < 2") ==
        "3:11 The truth value of an array with more than one element is "
        "ambiguous. Use a.any() or a.all()");
  CHECK(line("y = not x").find("The truth value of an array") != std::string::npos);
  CHECK(line("y = (1, 2)[2]") == "3:16 tuple index out of range");
  CHECK(line("y = x(1)") == "3:9 'numpy.ndarray' object is not callable");
  CHECK(line("y = 1 + 'a'").find("unsupported operand type(s) for +: 'int' and 'str'") !=
        std::string::npos);
  CHECK(line("y = (1).T") == "3:13 'int' object has no attribute 'T'");
  CHECK(line("y = np.add(x)") ==
        "3:12 add() takes from 2 to 3 positional arguments but 1 were given");
  CHECK(line("y = np.einsum('ij->k', x)").find("never appeared in an input") != std::string::npos);
  CHECK(line("y = np.einsum('ij->ik', x)").starts_with("3:25 einstein sum subscripts"));
  CHECK(line("y = np.einsum('ij->' 'ik', x)").starts_with("3:28 einstein sum subscripts"));
  CHECK(line("y = np.einsum('ij\\\\', x)").starts_with("3:22 invalid subscript"));
  CHECK(line("y = 1 // 0") == "3:11 integer division or modulo by zero");
  CHECK(line("y = np.int8(300)") == "3:12 Python integer 300 out of bounds for int8");
  CHECK(line("y = len(s)").find("has no len()") != std::string::npos);
}

TEST_CASE("calls of the file's functions are checked") {
  const auto call = [](const std::string& arguments) {
    return error("def g(a, b=1):\n    return a\ndef f(x: \"f64[n]\"):\n    return g(" + arguments +
                 ")\n");
  };
  CHECK(call("x") == "");
  CHECK(call("x, b=2") == "");
  CHECK(call("") == "4:12 g() missing 1 required positional argument: 'a'");
  CHECK(call("x, 1, 2") == "4:12 g() takes 2 positional arguments but 3 were given");
  CHECK(call("x, a=1") == "4:12 g() got multiple values for argument 'a'");
  CHECK(call("x, c=1") == "4:12 g() got an unexpected keyword argument 'c'");
  CHECK(call("x, b=1, b=2") == "4:24 keyword argument repeated: b");
  CHECK(call("b=1, x") == "4:19 positional argument follows keyword argument");
}

TEST_CASE("signatures") {
  CHECK(says(error("def f(x: \"f64[n\"):\n    return x\n"), "1:10 'f64[n' is not a type"));
  CHECK(says(error("def f(x: \"f65[n]\"):\n    return x\n"), "1:10 'f65[n]' is not a type"));
  CHECK(says(error("def f(x: \"f64[:]\"):\n    return x\n"), "1:10 'f64[:]' is not a type"));
  CHECK(says(error("def f(x: \"f64[-1]\"):\n    return x\n"), "negative dimensions"));
  CHECK(says(error("def f(x: \"f64[n]\", y):\n    return x\n"),
             "1:20 parameter 'y' of f has no type"));
  CHECK(says(error("def f(x):\n    return x\n"), "1:1 no function here has typed parameters"));
  CHECK(says(error("def f(x: \"f64[n]\") -> \"f32[n]\":\n    return x\n"),
             "1:23 f returns f64[n], but its annotation says f32[n]"));
  CHECK(says(error("def f(x: \"f64[n]\") -> \"f64[n+1]\":\n    return x\n"), "f returns f64[n]"));
  CHECK(
      says(error("def f(x: \"f64[n]\") -> \"f64[n]\":\n    return x, x\n"), "f returns 2 values"));
  CHECK(says(error("def f(x: \"f64[n]\"):\n    x + 1\n"), "f returns nothing"));
  CHECK(says(error("def f(*x: \"f64[n]\"):\n    return x\n"), "1:7 a function with *args"));
  CHECK(says(error("@jit\ndef f(x: \"f64[n]\"):\n    return x\n"),
             "2:5 a function with a decorator"));
  const char* g = "def good(x):\n    return x\n";
  CHECK(error(g, {"god(f64[n])"}) == "k.py has no function 'god' | did you mean 'good'?");
  CHECK(says(error(g, {"good(f64[n]"}), "is not a signature"));
  CHECK(says(error(g, {"good(f64[n], f64)"}), "good() takes 1 parameters but 2 types were given"));
  CHECK(says(error(g, {"good(f64[n])", "good(f32[n])"}), "two functions have the symbol 'good'"));
}

TEST_CASE("Python's syntax errors have places") {
  CHECK(says(error("def f(x: \"f64[n]\"):\n    return (x\n"), "2:12 '(' was never closed"));
  CHECK(says(error("def f(x: \"f64[n]\"):\n    return x)\n"), "2:13 unmatched ')'"));
  CHECK(says(error("def f(x: \"f64[n]\"):\n    return x +\n"), "2:15 invalid syntax"));
  CHECK(says(error("def f(x: \"f64[n]\"):\nreturn x\n"), "expected an indented block"));
  CHECK(says(error("def f(x: \"f64[n]\"):\n    y = x\n      z = y\n"), "unexpected indent"));
  CHECK(says(error("def f(x: \"f64[n]\"):\n    y = x\n  z = y\n"), "3:3 unindent does not match"));
  CHECK(says(error("x = 'abc\n"), "1:5 unterminated string literal"));
  CHECK(says(error("x = '''abc\n"), "1:5 unterminated triple-quoted string literal"));
  CHECK(says(error("x = 12abc\n"), "1:5 invalid decimal literal"));
  CHECK(says(error("x = 012\n"), "leading zeros"));
  CHECK(says(error("x = $\n"), "1:5 invalid character '$'"));
  CHECK(says(error("x = 1 \\ 2\n"), "unexpected character after line continuation"));
}

TEST_CASE("nesting is limited") {
  const auto nested = [](const std::string& open, const std::string& close, int count) {
    std::string text = "def f(x: \"f64[n]\"):\n    return ";
    for (int i = 0; i < count; ++i) text += open;
    text += "x";
    for (int i = 0; i < count; ++i) text += close;
    return error(text + "\n");
  };
  CHECK(nested("(", ")", 150) == "");
  for (const int count : {500, 100000}) {
    CHECK(says(nested("(", ")", count), "too many nested parentheses"));
    CHECK(says(nested("-", "", count), "nested too deeply"));
    CHECK(says(nested("not ", "", count), "nested too deeply"));
    CHECK(says(nested("2 ** ", "", count), "nested too deeply"));
    CHECK(says(nested("1 if x else ", "", count), "nested too deeply"));
    CHECK(says(nested("", ".T", count), "nested too deeply"));
    CHECK(says(nested("", "[0]", count), "nested too deeply"));
  }
  std::string branches = "def f(x: \"f64[n]\"):\n    if 0: pass\n";
  for (int i = 0; i < 100000; ++i) branches += "    elif 0: pass\n";
  CHECK(says(error(branches + "    return x\n"), "nested too deeply"));
  std::string calls = "def g0(x): return x\n";
  for (int i = 1; i < 2000; ++i) {
    calls += "def g" + std::to_string(i) + "(x): return g" + std::to_string(i - 1) + "(x)\n";
  }
  CHECK(says(error(calls + "def f(x: \"f64[n]\"): return g1999(x)\n"), "nested too deeply"));
}

TEST_CASE("inlining is limited") {
  std::string text = "def g0(x): return x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "g" + std::to_string(i - 1);
    text += "def g" + std::to_string(i) + "(x): return " + before + "(" + before + "(x))\n";
  }
  CHECK(says(error(text + "def f(x: \"f64[n]\"): return g59(x)\n"), "too long once its calls"));
}

TEST_CASE("tuples are limited") {
  CHECK(line("y = ((1,) * 60, 2) * 3") == "");
  std::string doubling = "def f(x: \"f64[n]\"):\n    t = (x, x)\n";
  for (int i = 0; i < 60; ++i) doubling += i % 2 ? "    t = t + t\n" : "    t = (t, [t])\n";
  CHECK(says(error(doubling + "    return x\n"), "a tuple or list of so many items"));
  std::string nested = "def f(x: \"f64[n]\"):\n    t = x\n";
  for (int i = 0; i < 10000; ++i) nested += "    t = [t]\n";
  CHECK(says(error(nested + "    return t\n"), "a tuple or list of so many items"));
  std::string product = "def f(x: \"f64[n]\"):\n    t = (1,)\n";
  for (int i = 0; i < 20; ++i) product += "    t = [t * 60] * 60\n";
  CHECK(says(error(product + "    return x\n"), "a tuple or list of so many items"));
}

TEST_CASE("random edits of a kernel file never crash") {
  const std::string good =
      "import numpy as np\nC = (1, 2.5)\ndef g(a, b=3): return a[1:, ...] * b\n"
      "def f(x: \"f64[n,2]\", k: \"int\") -> \"f64[n]\":\n    \"\"\"doc\"\"\"\n"
      "    y = g(x, k) + C[1] ** 2 if x.ndim == 2 else -x\n    z, w = y.sum(axis=0)\n"
      "    z += np.einsum('ij,ij->', x, x) % 3\n    return x[:, 0] + z * np.array([[1], [2]])[0, "
      "0]\n";
  const std::string pieces = "()[]{}:,.=+-*/%@&|^~<>!\"'\\#\n\t  abfxyz0129_$\xc3\xa9";
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = good;
    const auto edits = 1 + random() % 4;
    for (unsigned i = 0; i < edits; ++i) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.erase(at, 1 + random() % 5);
          break;
        case 1:
          text.insert(at, 1, pieces[random() % pieces.size()]);
          break;
        default:
          text[at] = pieces[random() % pieces.size()];
          break;
      }
    }
    accepted += error(text).empty() ? 1 : 0;
  }
  CHECK(accepted > 0);
}
