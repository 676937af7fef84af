// Reduction of large angles: the meaning of the primitives angle_turns, angle_high and angle_low.
#pragma once

#include "ir/scalar.h"

namespace arrayc::ir::formulas {

struct Angle {
  ScalarBuilder::Reg turns, high, low;  // i64, f64, f64
};

// Writes all three for an f64, in the same operations for both FMA classes and without the angle
// primitives themselves; about 200 operations, so code generators put it into a routine.
Angle reduce_angle(ScalarBuilder& b, ScalarBuilder::Reg x);
// What the primitives are of an f32, of its reduction as an f64: i32, f32, f32.
Angle narrow_angle(ScalarBuilder& b, const Angle& angle);

}  // namespace arrayc::ir::formulas
