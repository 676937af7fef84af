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

template <Prim prim, typename Float>
Reg reduced(ir::ScalarBuilder& b, std::span<const Reg> args, DType) {
  ir::formulas::Angle angle = ir::formulas::reduce_angle(b, b.convert(args[0], DType::F64));
  if (std::is_same_v<Float, float>) angle = ir::formulas::narrow_angle(b, angle);
  return prim == Prim::angle_turns  ? angle.turns
         : prim == Prim::angle_high ? angle.high
                                    : angle.low;
}

template <Prim prim, typename Float, typename Result>
void reduce_angles(std::int64_t n, void* out, const void* const* args) {
  static const Tape tape = [] {
    ir::Ufunc routine{};
    routine.name = ir::info(prim).name;
    routine.arity = 1;
    routine.formula = &reduced<prim, Float>;
    constexpr bool narrow = std::is_same_v<Float, float>;
    const DType operands[] = {narrow ? DType::F32 : DType::F64};
    const DType turns = narrow ? DType::I32 : DType::I64;
    return Tape(routine, operands, prim == Prim::angle_turns ? turns : operands[0], true);
  }();
  const Float* x = static_cast<const Float*>(args[0]);
  Result* to = static_cast<Result*>(out);
  std::vector<std::int64_t> large;
  std::vector<Float> angles;
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

namespace {

template <typename Float, typename Integer>
BlockOp op_of(Prim prim) {
  switch (prim) {
    case Prim::angle_turns:
      return &reduce_angles<Prim::angle_turns, Float, Integer>;
    case Prim::angle_high:
      return &reduce_angles<Prim::angle_high, Float, Float>;
    case Prim::angle_low:
      return &reduce_angles<Prim::angle_low, Float, Float>;
    default:
      return nullptr;
  }
}

}  // namespace

BlockOp angle_op(Prim prim, DType in) {
  if (in == DType::F64) return op_of<double, std::int64_t>(prim);
  return in == DType::F32 ? op_of<float, std::int32_t>(prim) : nullptr;
}

}  // namespace arrayc::backends::interp
