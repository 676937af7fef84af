// erf and i0. f32 computes in f64.
//
// erf: x + x P(x^2) below 1; above, 1 - exp(-Q(x)) with Q = -log(1 - erf), whose error hardly
// counts. i0, the modified Bessel function of order 0: P(x^2/4) below 8; above, e^x Q(1/x -
// 1/16)/sqrt(x), with e^7 in Q since e^x overflows before i0. The polynomials are minimax (Remez).

#include "ir/formulas/exponential.h"
#include "ir/formulas/formulas.h"

namespace arrayc::ir::formulas {

using Reg = ScalarBuilder::Reg;
using Args = std::span<const Reg>;

Reg erf(ScalarBuilder& b, Args args, DType out) {
  const Expression x = Expression(b, args[0]).convert(DType::F64);
  const Expression a = abs(x);
  const Expression z = x * x;
  const Expression p =
      polynomial(z, {0x1.06eba8214db68p-3, -0x1.812746b0379bdp-2, 0x1.ce2f21a040d0dp-4,
                     -0x1.b82ce311fa726p-6, 0x1.565bccf926ea5p-8, -0x1.c02db03d31eecp-11,
                     0x1.f9a2ba9957185p-14, -0x1.f4ca4c7add937p-17, 0x1.b97fca4792f81p-20,
                     -0x1.5c06eb6d6d555p-23, 0x1.d7196d78bbff5p-27, -0x1.aba959806038p-31});
  const Expression near = multiply_add(a, p, a);
  const Expression cut = select(a > 5.95, 5.95, a);
  const Expression q =
      polynomial(cut, {0x1.a45e65c934d6dp-26,  0x1.20dd713f16053p0,    0x1.45f3242a04a0cp-1,
                       0x1.a4f3274a15da6p-4,   -0x1.3964cf94779eap-6,  -0x1.a948bddf9c735p-13,
                       0x1.b76422bc77025p-10,  -0x1.227b70efed52bp-11, -0x1.5473621efe38ep-16,
                       0x1.cb298e8085367p-14,  -0x1.0c60d0880605dp-14, 0x1.9156a2f08f126p-16,
                       -0x1.be865e62375adp-18, 0x1.808fbf7f1fafbp-20,  -0x1.01abb0a87fd37p-22,
                       0x1.08dbd859bc44bp-25,  -0x1.945d27e6cb149p-29, 0x1.b03b420f2927bp-33,
                       -0x1.20afe83e4b245p-37, 0x1.6a87f630ecd87p-43});
  const Expression far = 1.0 - exp_of(-q);
  return copysign(select(a < 1.0, near, far), x).convert(out).reg();
}

Reg i0(ScalarBuilder& b, Args args, DType out) {
  const Expression x = abs(Expression(b, args[0]).convert(DType::F64));
  const Expression near = polynomial(
      x * x * 0.25,
      {1, 1, 0x1.ffffffffffff3p-3, 0x1.c71c71c71c85bp-6, 0x1.c71c71c71a936p-10,
       0x1.23456789c5e81p-14, 0x1.02e85c06c92e2p-19, 0x1.522a442191b7dp-25, 0x1.522a41267a82dp-31,
       0x1.0b3153e90debep-37, 0x1.55ff4d685aa8dp-44, 0x1.69e6204e13864p-51, 0x1.40a5d5d126c3bp-58,
       0x1.f2a33581089d5p-66, 0x1.108adaec7521dp-73, 0x1.1cb0658dc4aabp-80});
  const Expression series = polynomial(
      1.0 / x - 0.0625,
      {0x1.b90a43b7dee30p8,   0x1.d7b7ac2077304p5,  0x1.31eda690cde26p5,   0x1.906b48606b700p5,
       0x1.aa91ff3a554dap6,   0x1.55ef53b9ad511p8,  0x1.98141cd63e17dp10,  0x1.69c945006216ep13,
       0x1.8ccfb91f4bd6cp16,  0x1.157494c3159dfp19, -0x1.f8a23c4d18680p22, -0x1.eb1c71b202064p27,
       -0x1.70e21cdfe8952p30, 0x1.0f971b83178b1p35, 0x1.dec88c7c67ee5p38,  -0x1.d67ea3d4f9aa8p41,
       -0x1.4b59acf1c9426p46, 0x1.54b8791b145cdp48, 0x1.3a72647d2d902p53,  -0x1.673f71aab8b1ap54,
       -0x1.75fd1bfdb6baep59, 0x1.850e6db21cae6p59, 0x1.9eb5600021d83p64});
  // Infinity times 0 at infinity: NaN, as NumPy's.
  const Expression far = exp_of(x - 7.0) * (series / unary(Prim::sqrt, x));
  return select(x < 8, near, far).convert(out).reg();
}

}  // namespace arrayc::ir::formulas
