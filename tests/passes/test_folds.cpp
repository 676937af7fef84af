#include <cmath>

#include "passes/folds.h"
#include "tests/catch.h"
#include "tests/passes/run_passes.h"

using namespace arrayc;
using namespace arrayc::passes;
using Catch::Contains;

using ir::DType;
using ir::loops::Fold;

namespace {

ir::Node reduction(const std::string& expression) {
  const ir::Module m = parsed("func @f(%x: f64[n], %b: bool[n]) {\n  return " + expression + "\n}");
  return m.functions[0].graph[m.functions[0].results[0]];
}

}  // namespace

TEST_CASE("each reduction has its fold; of bools, sums are or and products and") {
  const ir::Node add = reduction("reduce.add(%x, axis=0, lanes=32, chunk=4096)");
  CHECK(fold_of(add, DType::F64) == Fold::add);
  CHECK(fold_of(add, DType::Bool) == Fold::bit_or);
  const ir::Node multiply = reduction("reduce.multiply(%x, axis=0, lanes=32, chunk=4096)");
  CHECK(fold_of(multiply, DType::I32) == Fold::mul);
  CHECK(fold_of(multiply, DType::Bool) == Fold::bit_and);
  CHECK(fold_of(reduction("arg_reduce.maximum(%x, axis=0)"), DType::F64) == Fold::arg_maximum);
  const ir::loops::Accumulator a = accumulator_of(add, DType::F64);
  CHECK(a.tree == ir::Tree{32, 4096});
  CHECK(a.identity.bits == 0);
}

TEST_CASE("a reduction without a fold is a limitation") {
  ir::Node node = reduction("reduce.add(%x, axis=0, lanes=1, chunk=0)");
  node.operation.ufunc = ir::find_builtin_ufunc("subtract");
  try {
    fold_of(node, DType::F64);
    FAIL("subtract has no fold");
  } catch (const ir::Error& e) {
    CHECK(e.kind() == ir::ErrorKind::limitation);
  }
}

TEST_CASE("combining with the identity changes nothing, in every type") {
  for (DType t : {DType::I8, DType::I64, DType::U8, DType::U64, DType::F32, DType::F64}) {
    for (Fold fold : {Fold::add, Fold::mul, Fold::minimum, Fold::maximum}) {
      for (double v : {0.0, 1.0, 100.0, ir::is_unsigned(t) ? 3.0 : -7.0}) {
        const ir::Scalar x = ir::convert(ir::Scalar::of(v), t);
        for (const ir::Scalar& none : {identity_of(fold, t), neutral_of(fold, t)}) {
          const ir::Scalar values[] = {none, x};
          CHECK(ir::evaluate(prim_of(fold), t, values).bits == x.bits);
        }
      }
    }
  }
  const ir::Scalar minus_zeros[] = {neutral_of(Fold::add, DType::F64), ir::Scalar::of(-0.0)};
  CHECK(ir::evaluate(ir::Prim::add, DType::F64, minus_zeros).bits == minus_zeros[1].bits);
  for (DType t : {DType::Bool, DType::I8, DType::U64}) {
    for (Fold fold : {Fold::bit_and, Fold::bit_or, Fold::bit_xor}) {
      const ir::Scalar x = ir::convert(ir::Scalar::of(std::int64_t{1}), t);
      const ir::Scalar values[] = {identity_of(fold, t), x};
      CHECK(ir::evaluate(prim_of(fold), t, values).bits == x.bits);
    }
  }
  CHECK(std::isinf(ir::to_double(identity_of(Fold::minimum, DType::F32))));
  CHECK_THROWS(prim_of(Fold::arg_minimum));
}

TEST_CASE("short folds of complex numbers are written out") {
  ir::loops::Kernel kernel;
  ir::loops::Builder b(kernel, false);
  ir::loops::Block block;
  b.set_block(&block);
  const auto z = [&](double re, double im) {
    return ComplexIds{b.constant(ir::Scalar::of(re)), b.constant(ir::Scalar::of(im))};
  };
  const ComplexExtreme alone = first_extreme(b, {z(1, 2)}, true);
  CHECK(kernel.nodes[alone.value.re].bits == ir::Scalar::of(1.0).bits);
  const std::size_t before = kernel.nodes.size();
  first_extreme(b, {z(1, 2), z(3, 4)}, false);
  CHECK(kernel.nodes.size() > before);
  const ComplexIds same = complex_product(b, {z(5, 6)}, {1, 1});
  CHECK(kernel.nodes[same.im].bits == ir::Scalar::of(6.0).bits);
  const ComplexIds product = complex_product(b, {z(5, 6), z(7, 8)}, {8, 4096});
  CHECK(kernel.nodes[product.re].prim == ir::Prim::sub);
  CHECK(kernel.nodes[product.im].prim == ir::Prim::add);
}
