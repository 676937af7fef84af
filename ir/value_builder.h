// Runs a formula on values: what it emits is evaluated at once.
#pragma once

#include <vector>

#include "ir/scalar.h"

namespace arrayc::ir {

class ValueBuilder final : public ScalarBuilder {
 public:
  explicit ValueBuilder(bool fma, bool selects = false) : fma_(fma), selects_(selects) {
    values_.reserve(64);
  }
  Reg constant(Scalar value) override {
    values_.push_back(value);
    return static_cast<Reg>(values_.size() - 1);
  }
  Reg emit(Prim p, DType out, std::span<const Reg> args) override {
    Scalar operands[3];
    for (std::size_t i = 0; i < args.size(); ++i) operands[i] = values_[args[i]];
    return constant(evaluate(p, out, std::span(operands, args.size())));
  }
  DType type_of(Reg r) const override { return values_[r].dtype; }
  bool has_fma() const override { return fma_; }
  bool prefers_selects() const override { return selects_; }
  Scalar value(Reg r) const { return values_[r]; }

 private:
  std::vector<Scalar> values_;
  bool fma_;
  bool selects_;
};

}  // namespace arrayc::ir
