#include "backends/llvm/fold_values.h"

#include <limits>

#include "backends/llvm/kernel_info.h"
#include "ir/diagnostic.h"
#include "passes/folds.h"
#include "runtime/planted.h"

namespace arrayc::backends {

using ir::DType;
using ir::Scalar;
using ir::loops::Fold;
using llvm::Value;

namespace {

std::uint64_t no_position(const llvm::Type* type) {
  return type->getScalarSizeInBits() == 64 ? std::numeric_limits<std::int64_t>::max()
                                           : std::numeric_limits<std::int32_t>::max();
}

unsigned lanes_of(const Value* v) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(v->getType());
  return vector != nullptr ? vector->getNumElements() : 1;
}

DType bits_of(DType t) { return ir::item_size(t) == 8 ? DType::U64 : DType::U32; }

// The bits of the NaN after infinity.
Scalar first_nan(DType t) {
  constexpr std::uint64_t in_f64 = 0x7ff0'0000'0000'0001, in_f32 = 0x7f80'0001;
  return {bits_of(t), t == DType::F64 ? in_f64 : in_f32};
}

}  // namespace

FoldValues::FoldValues(Values& values, llvm::IRBuilder<>& builder,
                       const ir::loops::Accumulator& accumulator, Facts facts, DType positions)
    : values_of_(values),
      b_(builder),
      fold_(accumulator.fold),
      type_(accumulator.type),
      positions_(positions),
      complex_(accumulator.imaginary != ir::loops::none),
      is_arg_(is_arg(accumulator.fold)),
      facts_(facts),
      form_(form_of(values.native())) {
  facts_.never_nan = false;
}

FoldValues::Form FoldValues::form_of(const Native& native) const {
  if (!ir::is_float(type_) || (fold_ != Fold::minimum && fold_ != Fold::maximum)) {
    return Form::itself;
  }
  const bool fast = ir::item_size(type_) == 4 ? native.minimum : native.minimum_64;
  if (facts_.never_negative && fast) {
    return fold_ == Fold::maximum ? Form::bits : Form::shifted_bits;
  }
  return fold_ == Fold::maximum && !facts_.never_minus_zero ? Form::negated : Form::itself;
}

FoldValues::State FoldValues::neutral(unsigned lanes) const {
  Scalar v = passes::neutral_of(fold_, type_);
  if (form_ == Form::negated) v = passes::neutral_of(Fold::minimum, type_);
  if (form_ == Form::bits) v = passes::neutral_of(Fold::maximum, bits_of(type_));
  if (form_ == Form::shifted_bits) v = passes::neutral_of(Fold::minimum, bits_of(type_));
  if (parts() == 2) {
    auto* one = llvm::cast<llvm::Constant>(values_of_.constant(v, 1));
    std::vector<llvm::Constant*> parts;
    for (unsigned l = 0; l < lanes; ++l) {
      parts.push_back(one);
      parts.push_back(llvm::Constant::getNullValue(one->getType()));
    }
    return {llvm::ConstantVector::get(parts)};
  }
  State state{values_of_.constant(v, lanes)};
  if (complex_) state.push_back(state[0]);
  if (is_arg_) {
    llvm::Type* type = values_of_.type(positions_, lanes);
    state.push_back(llvm::ConstantInt::get(type, no_position(type)));
  }
  return state;
}

FoldValues::State FoldValues::at(Value* base, State state) {
  Value*& position = state.back();
  const unsigned lanes = lanes_of(position);
  position = b_.CreateZExt(position, values_of_.type(DType::I64, lanes));
  position = b_.CreateAdd(position, lanes == 1 ? base : b_.CreateVectorSplat(lanes, base));
  return state;
}

Value* FoldValues::pack(Value* re, Value* im) {
  const unsigned n = lanes_of(re);
  if (!re->getType()->isVectorTy()) {
    Value* both = llvm::PoisonValue::get(llvm::FixedVectorType::get(re->getType(), 2));
    both = b_.CreateInsertElement(both, re, std::uint64_t{0});
    return b_.CreateInsertElement(both, im, std::uint64_t{1});
  }
  std::vector<int> order;
  for (unsigned l = 0; l < n; ++l) {
    order.push_back(static_cast<int>(l));
    order.push_back(static_cast<int>(l + n));
  }
  return b_.CreateShuffleVector(re, im, order);
}

FoldValues::State FoldValues::unpack(Value* v) {
  const unsigned n = lanes_of(v) / 2;
  if (n == 1) {
    return {b_.CreateExtractElement(v, std::uint64_t{0}),
            b_.CreateExtractElement(v, std::uint64_t{1})};
  }
  std::vector<int> re, im;
  for (unsigned l = 0; l < n; ++l) {
    re.push_back(static_cast<int>(2 * l));
    im.push_back(static_cast<int>(2 * l + 1));
  }
  return {b_.CreateShuffleVector(v, re), b_.CreateShuffleVector(v, im)};
}

Value* FoldValues::lane(Value* v, unsigned lane) {
  if (parts() == 1) return b_.CreateExtractElement(v, lane);
  const int first = static_cast<int>(2 * lane);
  return b_.CreateShuffleVector(v, std::vector<int>{first, first + 1});
}

// re = a.re * b.re - a.im * b.im, im = a.re * b.im + a.im * b.re: each part of the first factor by
// the parts of the second in order, and in reverse.
Value* FoldValues::product(Value* a, Value* b) {
  std::vector<int> re, im, swapped, parts;
  const int n = static_cast<int>(lanes_of(a));
  for (int l = 0; l < n; l += 2) {
    re.insert(re.end(), {l, l});
    im.insert(im.end(), {l + 1, l + 1});
    swapped.insert(swapped.end(), {l + 1, l});
    parts.insert(parts.end(), {l, n + l + 1});
  }
  Value* first = b_.CreateFMul(b_.CreateShuffleVector(a, re), b);
  Value* second = b_.CreateFMul(b_.CreateShuffleVector(a, im), b_.CreateShuffleVector(b, swapped));
  return b_.CreateShuffleVector(b_.CreateFSub(first, second), b_.CreateFAdd(first, second), parts);
}

// As unsigned numbers the bits of what is not negative are in order, and NaNs, of either sign, come
// after infinity: the largest is the maximum. Less those of the first NaN they wrap, so that NaNs
// come before zero, and the smallest is the minimum.
Value* FoldValues::kept(Value* v) {
  if (form_ == Form::itself) return v;
  if (form_ == Form::negated) return b_.CreateFNeg(v);
  Value* bits = b_.CreateBitCast(v, values_of_.type(bits_of(type_), lanes_of(v)));
  if (form_ == Form::bits) return bits;
  return b_.CreateSub(bits, values_of_.constant(first_nan(type_), lanes_of(v)));
}

Value* FoldValues::given_back(Value* v) {
  if (form_ == Form::itself) return v;
  if (form_ == Form::negated) return b_.CreateFNeg(v);
  if (form_ == Form::shifted_bits) {
    v = b_.CreateAdd(v, values_of_.constant(first_nan(type_), lanes_of(v)));
  }
  return b_.CreateBitCast(v, values_of_.type(type_, lanes_of(v)));
}

Value* FoldValues::operation(Value* a, Value* b) {
  if (parts() == 2) return product(a, b);
  const bool in_bits = form_ == Form::bits || form_ == Form::shifted_bits;
  const DType t = in_bits ? bits_of(type_) : type_;
  switch (fold_) {
    case Fold::add:
      return ir::is_float(t) ? b_.CreateFAdd(a, b) : b_.CreateAdd(a, b);
    case Fold::mul:
      return ir::is_float(t) ? b_.CreateFMul(a, b) : b_.CreateMul(a, b);
    case Fold::minimum:
      return values_of_.minimum({a, t, facts_}, {b, t, facts_});
    case Fold::maximum:
      if (form_ == Form::negated) return values_of_.minimum({a, t, {}}, {b, t, {}});
      return values_of_.maximum({a, t, facts_}, {b, t, facts_});
    case Fold::bit_and:
      return b_.CreateAnd(a, b);
    case Fold::bit_or:
      return b_.CreateOr(a, b);
    case Fold::bit_xor:
      return b_.CreateXor(a, b);
    default:
      ir::bug("llvm: an arg fold has no single operation");
  }
}

FoldValues::State FoldValues::pick(Value* second, const State& a, const State& b) {
  State chosen;
  for (std::size_t k = 0; k < a.size(); ++k) {
    chosen.push_back(b_.CreateSelect(second, b[k], a[k]));
  }
  return chosen;
}

// Of complex numbers, whether b beats a, which is no NaN: by being beyond it, or a NaN.
Value* FoldValues::is_further(const State& a, const State& b) {
  const auto beyond =
      fold_ == Fold::arg_minimum ? llvm::CmpInst::FCMP_OLT : llvm::CmpInst::FCMP_OGT;
  Value* tie = b_.CreateAnd(b_.CreateFCmpOEQ(b[0], a[0]), b_.CreateFCmp(beyond, b[1], a[1]));
  Value* further = b_.CreateOr(b_.CreateFCmp(beyond, b[0], a[0]), tie);
  further = b_.CreateOr(further, b_.CreateFCmpUNO(b[0], b[1]));
  return b_.CreateAnd(further, b_.CreateFCmpORD(a[0], a[1]));
}

// Adds later iterations to a state: the first extreme stays, the first NaN most of all.
FoldValues::State FoldValues::fold(const State& state, const State& v) {
  if (!is_arg_) return {operation(state[0], v[0])};
  const bool least = fold_ == Fold::arg_minimum;
  Value* better = nullptr;
  if (complex_) {
    better = is_further(state, v);
  } else if (ir::is_float(type_)) {
    better = least ? b_.CreateFCmpULT(v[0], state[0]) : b_.CreateFCmpUGT(v[0], state[0]);
    better = b_.CreateAnd(better, b_.CreateFCmpORD(state[0], state[0]));
  } else if (ir::is_signed(type_)) {
    better = least ? b_.CreateICmpSLT(v[0], state[0]) : b_.CreateICmpSGT(v[0], state[0]);
  } else {
    better = least ? b_.CreateICmpULT(v[0], state[0]) : b_.CreateICmpUGT(v[0], state[0]);
  }
  llvm::Type* type = state.back()->getType();
  llvm::Constant* none = llvm::ConstantInt::get(type, no_position(type));
  return pick(b_.CreateOr(better, b_.CreateICmpEQ(state.back(), none)), state, v);
}

// Joins states of different iterations: of equal extremes the one at the smaller position stays.
FoldValues::State FoldValues::merge(const State& a, const State& b) {
  if (!is_arg_) return {operation(a[0], b[0])};
  const bool least = fold_ == Fold::arg_minimum;
  Value* better = nullptr;
  Value* tie = nullptr;
  if (complex_) {
    better = is_further(a, b);
    tie = b_.CreateAnd(b_.CreateFCmpOEQ(a[0], b[0]), b_.CreateFCmpOEQ(a[1], b[1]));
    Value* nans = b_.CreateAnd(b_.CreateFCmpUNO(a[0], a[1]), b_.CreateFCmpUNO(b[0], b[1]));
    tie = b_.CreateOr(tie, nans);
  } else if (ir::is_float(type_)) {
    Value* a_number = b_.CreateFCmpORD(a[0], a[0]);
    Value* b_number = b_.CreateFCmpORD(b[0], b[0]);
    better = least ? b_.CreateFCmpULT(b[0], a[0]) : b_.CreateFCmpUGT(b[0], a[0]);
    better = b_.CreateAnd(better, a_number);
    tie = b_.CreateOr(b_.CreateFCmpOEQ(a[0], b[0]), b_.CreateNot(b_.CreateOr(a_number, b_number)));
  } else {
    const bool is_signed = ir::is_signed(type_);
    const auto less = is_signed ? llvm::CmpInst::ICMP_SLT : llvm::CmpInst::ICMP_ULT;
    better = least ? b_.CreateICmp(less, b[0], a[0]) : b_.CreateICmp(less, a[0], b[0]);
    tie = b_.CreateICmpEQ(a[0], b[0]);
  }
  const bool last = planted(runtime::Plant::argmin_tie);
  tie = b_.CreateAnd(
      tie, last ? b_.CreateICmpSGT(b.back(), a.back()) : b_.CreateICmpSLT(b.back(), a.back()));
  return pick(b_.CreateOr(better, tie), a, b);
}

std::pair<Value*, Value*> FoldValues::halves(Value* v) {
  const unsigned half = lanes_of(v) / 2;
  std::vector<int> low, high;
  for (unsigned i = 0; i < half; ++i) {
    low.push_back(static_cast<int>(i));
    high.push_back(static_cast<int>(i + half));
  }
  return {b_.CreateShuffleVector(v, low), b_.CreateShuffleVector(v, high)};
}

FoldValues::State FoldValues::join_lanes(State v, unsigned lanes) {
  while (lanes_of(v[0]) > lanes) {
    State low, high;
    for (Value* x : v) {
      const auto [first, second] = halves(x);
      low.push_back(first);
      high.push_back(second);
    }
    v = merge(low, high);
  }
  for (Value*& x : v) {
    if (lanes == 1) x = b_.CreateExtractElement(x, std::uint64_t{0});
  }
  return v;
}

}  // namespace arrayc::backends
