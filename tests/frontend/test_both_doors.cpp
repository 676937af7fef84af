// A graph recorded through the C++ interface and a kernel file give the same kernels, text for
// text.
#include <arrayc/arrayc.h>

#include "frontend/numpy/numpy.h"
#include "ir/target.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "tests/catch.h"

namespace ac = arrayc;
using namespace arrayc;

namespace {

// The kernels of a printed module, without the program that calls them.
std::string kernels(const std::string& text) {
  const std::size_t first = text.find("kernel ");
  return first == std::string::npos ? "no kernels in\n" + text : text.substr(first);
}

std::string of_text(const std::string& body) {
  static const ir::Registry registry;
  ir::Module module = numpy_front_end().read("import numpy as np\n" + body, "k.py", {}, registry);
  const ir::Target target = ir::make_target("native");
  passes::run(passes::array_pipeline(), module, passes::Context{registry, target}, {});
  return kernels(ir::print(module));
}

std::string of_arrays(const std::vector<Array>& results) {
  return kernels(ac::dump(results, ac::Stage::fused));
}

// An array with memory of its own.
Array data(const std::vector<std::int64_t>& shape, DType dtype = f64) {
  Array x = ac::full(shape, 1.5, dtype);
  ac::eval(x);
  return x;
}

}  // namespace

TEST_CASE("elementwise work into a reduction and out of it") {
  const Array points = data({100, 2}), p = data({2});
  CHECK(of_arrays({ac::sqrt(ac::sum(ac::square(points - p), {.axis = 1}))}) ==
        of_text("def f(points: \"f64[n,2]\", p: \"f64[2]\"):\n"
                "    return np.sqrt(((points - p)**2).sum(axis=1))\n"));
}

TEST_CASE("a stencil of slices") {
  using ac::slice;
  const Array u = data({60, 40});
  const slice inner(1, -1), up(ac::none, -2), down(2, ac::none);
  CHECK(of_arrays({u(inner, inner) + 0.1 * (u(up, inner) + u(down, inner) + u(inner, up) +
                                            u(inner, down) - 4 * u(inner, inner))}) ==
        of_text("def heat(u: \"f64[n,m]\"):\n"
                "    return u[1:-1, 1:-1] + 0.1 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + "
                "u[1:-1, 2:] - 4 * u[1:-1, 1:-1])\n"));
}

TEST_CASE("a reduction over pairs") {
  const Array x = data({50, 3}), y = data({70, 3});
  const Array d = ac::sum(ac::square(x(ac::all, ac::newaxis) - y(ac::newaxis)), {.axis = -1});
  CHECK(of_arrays({ac::min(d, 1), ac::argmin(d, 1)}) ==
        of_text("def nearest(x: \"f64[n,3]\", y: \"f64[m,3]\"):\n"
                "    d = ((x[:, None] - y[None])**2).sum(axis=-1)\n"
                "    return d.min(axis=1), d.argmin(axis=1)\n"));
}

TEST_CASE("softmax and variance") {
  const Array a = data({64, 32}, f32);
  const Array e = ac::exp(a - ac::max(a, {.axis = 1, .keepdims = true}));
  CHECK(of_arrays({e / ac::sum(e, {.axis = 1, .keepdims = true}), ac::var(a, 0)}) ==
        of_text("def softmax(a: \"f32[n,m]\"):\n"
                "    e = np.exp(a - a.max(axis=1, keepdims=True))\n"
                "    return e / e.sum(axis=1, keepdims=True), a.var(axis=0)\n"));
}

TEST_CASE("a contraction with an epilogue") {
  const Array x = data({40, 30}), w = data({30, 4}), b = data({4});
  CHECK(of_arrays({1 / (1 + ac::exp(-(ac::matmul(x, w) + b)))}) ==
        of_text("def layer(x: \"f64[n,m]\", w: \"f64[m,4]\", b: \"f64[4]\"):\n"
                "    return 1 / (1 + np.exp(-(x @ w + b)))\n"));
}

TEST_CASE("single elements, from either end, do not fix the size") {
  const Array x = data({100, 50}, i32);
  CHECK(of_arrays({x(-1) + x(0), x(ac::all, 3) * 2}) ==
        of_text("def f(x: \"i32[n,m]\"):\n    return x[-1] + x[0], x[:, 3] * 2\n"));
}
