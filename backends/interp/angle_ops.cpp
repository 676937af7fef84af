// The primitives that reduce large angles, on blocks: most elements are small and stay as they are.
#include <algorithm>
#include <cmath>
#include <vector>

#include "backends/interp/block_ops.h"
#include "backends/interp/tape.h"
#include "ir/diagnostic.h"
#include "ir/formulas/angle.h"

namespace arrayc::backends::interp {

namespace {

using ir::DType;
using ir::Prim;
using Reg = ir::ScalarBuilder::Reg;

template <Prim prim>
Reg reduced(ir::ScalarBuilder& b, std::span<const Reg> args, DType) {
  const ir::formulas::Angle angle = ir::formulas::reduce_angle(b, args[0]);
  return prim == Prim::angle_turns  ? angle.turns
         : prim == Prim::angle_high ? angle.high
                                    : angle.low;
}

template <Prim prim, typename Result>
void reduce_angles(std::int64_t n, void* out, const void* const* args) {
  static const Tape tape = [] {
    ir::Ufunc routine{};
    routine.name = ir::info(prim).name;
    routine.arity = 1;
    routine.formula = &reduced<prim>;
    const DType operands[] = {DType::F64};
    const DType result = prim == Prim::angle_turns ? DType::I64 : DType::F64;
    return Tape(routine, operands, result, true);
  }();
  const double* x = static_cast<const double*>(args[0]);
  Result* to = static_cast<Result*>(out);
  std::vector<std::int64_t> large;
  std::vector<double> angles;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!(std::fabs(x[i]) <= 0x1p20)) {
      large.push_back(i);
      angles.push_back(x[i]);
    }
    to[i] = prim == Prim::angle_high ? static_cast<Result>(x[i]) : Result{0};
  }
  if (large.empty()) return;
  std::vector<std::byte> workspace(static_cast<std::size_t>(tape.workspace_bytes()));
  std::vector<Result> results(large.size());
  const TapeArgument argument[] = {{reinterpret_cast<const std::byte*>(angles.data()), false}};
  tape.run(static_cast<std::int64_t>(large.size()), results.data(), argument, workspace.data());
  for (std::size_t k = 0; k < large.size(); ++k) to[large[k]] = results[k];
}

}  // namespace

BlockOp angle_op(Prim prim) {
  switch (prim) {
    case Prim::angle_turns:
      return &reduce_angles<Prim::angle_turns, std::int64_t>;
    case Prim::angle_high:
      return &reduce_angles<Prim::angle_high, double>;
    case Prim::angle_low:
      return &reduce_angles<Prim::angle_low, double>;
    default:
      return nullptr;
  }
}

}  // namespace arrayc::backends::interp
