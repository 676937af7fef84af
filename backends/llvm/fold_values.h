// What folding does with values, for one element or many side by side.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "backends/llvm/values.h"
#include "ir/loops.h"

namespace arrayc::backends {

class FoldValues {
 public:
  // The value folded so far; of arg_minimum and arg_maximum also its imaginary part, if it has one,
  // and its position. Products of complex numbers are one vector, each imaginary part after its
  // real part.
  using State = std::vector<llvm::Value*>;

  // `facts` are those of the values that are folded; `positions` is I64, or I32 where they fit.
  FoldValues(Values& values, llvm::IRBuilder<>& builder, const ir::loops::Accumulator& accumulator,
             Facts facts, ir::DType positions = ir::DType::I64);

  // Folding it with any value gives that value.
  State neutral(unsigned lanes) const;
  // The state with positions from `base` on, as I64.
  State at(llvm::Value* base, State state);
  // Values for each element in a vector of the state.
  unsigned parts() const { return complex_ && !is_arg_ ? 2 : 1; }
  std::size_t state_size() const { return is_arg_ ? (complex_ ? 3 : 2) : 1; }
  // Both parts as one vector, and back again.
  llvm::Value* pack(llvm::Value* re, llvm::Value* im);
  State unpack(llvm::Value* v);
  // Lane `lane` of a vector.
  llvm::Value* lane(llvm::Value* v, unsigned lane);
  // A value as it is kept, and back again. Some forms take fewer instructions: the maximum as the
  // minimum of negated values, and of what is never negative the extremes as those of the bits.
  llvm::Value* kept(llvm::Value* v);
  llvm::Value* given_back(llvm::Value* v);
  llvm::Value* operation(llvm::Value* a, llvm::Value* b);  // not arg_*
  // Adds later iterations to a state: the first extreme stays, the first NaN most of all.
  State fold(const State& state, const State& v);
  // Joins states of different iterations: of equal extremes the smaller position stays.
  State merge(const State& a, const State& b);
  // The lanes of an order-free fold joined until there are `lanes` of them; 1 is a scalar.
  State join_lanes(State v, unsigned lanes);
  std::pair<llvm::Value*, llvm::Value*> halves(llvm::Value* v);

 private:
  enum class Form : std::uint8_t { itself, negated, bits, shifted_bits };
  Form form_of(const Native& native) const;
  State pick(llvm::Value* second, const State& a, const State& b);
  llvm::Value* product(llvm::Value* a, llvm::Value* b);
  llvm::Value* is_further(const State& a, const State& b);

  Values& values_of_;
  llvm::IRBuilder<>& b_;
  ir::loops::Fold fold_;
  ir::DType type_, positions_;
  bool complex_, is_arg_;
  Facts facts_;
  Form form_;
};

}  // namespace arrayc::backends
