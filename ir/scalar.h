// One element value with its type, and the primitive operations on such values.
//
// Every ufunc is a formula over these primitives (see ufunc.h), and interpreter and code generators
// know only them, so that all agree bit for bit. Each primitive is defined for every input.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ir/dtype.h"

namespace arrayc::ir {

// The bits of one element, in the low bits of the word; the rest are 0. Bool is 0 or 1.
struct Scalar {
  DType dtype = DType::F64;
  std::uint64_t bits = 0;
  bool operator==(const Scalar&) const = default;

  static Scalar of(double v) { return {DType::F64, std::bit_cast<std::uint64_t>(v)}; }
  static Scalar of(float v) { return {DType::F32, std::bit_cast<std::uint32_t>(v)}; }
  static Scalar of(std::int64_t v) { return {DType::I64, static_cast<std::uint64_t>(v)}; }
  static Scalar of(bool v) { return {DType::Bool, v ? 1u : 0u}; }
};

// NumPy's conversion of one value; float → integer saturates and NaN gives 0.
Scalar convert(Scalar v, DType to);
double to_double(Scalar v);
std::int64_t to_int64(Scalar v);

enum class Prim : std::uint8_t {
#define PRIM(id, ...) id,
#include "ir/prims.def"
};

struct PrimInfo {
  Prim id;
  std::string_view name;
  int arity;
};
const PrimInfo& info(Prim p);

// The meaning of a primitive. `out` is the result type; `args` have the types the primitive asks
// for. Never traps and never depends on the rounding mode.
Scalar evaluate(Prim p, DType out, std::span<const Scalar> args);

// Where formulas write their operations: into a loop-level block, or straight into values.
class ScalarBuilder {
 public:
  using Reg = std::uint32_t;
  virtual ~ScalarBuilder() = default;
  virtual Reg constant(Scalar value) = 0;
  virtual Reg emit(Prim p, DType out, std::span<const Reg> args) = 0;
  virtual DType type_of(Reg r) const = 0;
  // The value of a constant, where the builder knows it; formulas may then emit fewer operations,
  // but never ones with another result.
  virtual std::optional<Scalar> constant_value(Reg) const { return std::nullopt; }
  // The FMA class of this compile: true where multiply_add is one rounding.
  virtual bool has_fma() const = 0;
  // Whether a formula that can should select the operands of one computation rather than the
  // results of two. The result has the same bits.
  virtual bool prefers_selects() const { return false; }

  Reg unary(Prim p, Reg a) {
    const Reg args[] = {a};
    return emit(p, type_of(a), args);
  }
  Reg binary(Prim p, Reg a, Reg b) {
    const Reg args[] = {a, b};
    return emit(p, type_of(a), args);
  }
  Reg compare(Prim p, Reg a, Reg b) {
    const Reg args[] = {a, b};
    return emit(p, DType::Bool, args);
  }
  Reg select(Reg condition, Reg a, Reg b) {
    const Reg args[] = {condition, a, b};
    return emit(Prim::select, type_of(a), args);
  }
  Reg convert(Reg a, DType to) {
    if (type_of(a) == to) return a;
    const Reg args[] = {a};
    return emit(Prim::convert, to, args);
  }
  Reg bitcast(Reg a, DType to) {
    const Reg args[] = {a};
    return emit(Prim::bitcast, to, args);
  }
  // a*b + c: one rounding in the FMA class, two roundings in the other.
  Reg multiply_add(Reg a, Reg b, Reg c) {
    if (!has_fma()) return binary(Prim::add, binary(Prim::mul, a, b), c);
    const Reg args[] = {a, b, c};
    return emit(Prim::fma, type_of(a), args);
  }
  // A constant of the given type, converted from a double or an integer.
  Reg number(DType t, double v) { return constant(ir::convert(Scalar::of(v), t)); }
  Reg integer(DType t, std::int64_t v) { return constant(ir::convert(Scalar::of(v), t)); }
};

}  // namespace arrayc::ir
