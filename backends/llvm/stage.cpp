// Values and memory of a stage; see stage.h.
#include "backends/llvm/stage.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "backends/llvm/angles.h"
#include "ir/diagnostic.h"
#include "runtime/planted.h"

namespace arrayc::backends {

using ir::DType;
using ir::Extent;
using ir::loops::Access;
using ir::loops::Block;
using ir::loops::Id;
using ir::loops::Kind;
using ir::loops::Node;
using llvm::ConstantInt;
using llvm::Value;

StageEmitter::StageEmitter(llvm::Function& function, const KernelInfo& info, Native native,
                           unsigned vector_bytes, const Streams* streams)
    : function_(function),
      info_(info),
      kernel_(info.kernel),
      b_(function.getContext()),
      values_of_(b_, native),
      entry_(llvm::BasicBlock::Create(function.getContext(), "entry", &function)),
      vector_bytes_(vector_bytes),
      streams_(streams),
      values_(info.kernel.nodes.size()),
      varying_(info.kernel.nodes.size()),
      results_(info.kernel.loops.size()) {}

void StageEmitter::emit(Id stage, llvm::Function* beyond, const Extent& bytes) {
  auto* start = llvm::BasicBlock::Create(b_.getContext(), "start", &function_);
  b_.SetInsertPoint(start);
  // A stage of one iteration is called for that one.
  const ir::loops::Loop& loop = kernel_.loops[kernel_.nodes[stage].index];
  const bool once = loop.extent.is(1) && !loop.parallel;
  if (once) {
    emit_loop(stage, b_.getInt64(0), b_.getInt64(1));
  } else {
    emit_loop(stage, function_.getArg(1), function_.getArg(2));
  }
  fence_streams();
  b_.CreateRet(b_.getInt32(0));
  b_.SetInsertPoint(entry_);
  if (beyond == nullptr) {
    b_.CreateBr(start);
    return;
  }
  Value* many = b_.CreateICmpSGE(size(bytes), b_.getInt64(beyond_caches));
  b_.SetInsertPoint(entry_);
  auto* go_on = llvm::BasicBlock::Create(b_.getContext(), "beyond", &function_);
  b_.CreateCondBr(many, go_on, start);
  b_.SetInsertPoint(go_on);
  go_on_beyond(*beyond);
}

// The other function is given nothing of this one's stack.
void StageEmitter::go_on_beyond(llvm::Function& beyond) {
  llvm::CallInst* call =
      b_.CreateCall(&beyond, {function_.getArg(0), function_.getArg(1), function_.getArg(2)});
  call->setTailCall();
  values_of_.guarded(call, "go_on_beyond");
  b_.CreateRet(call);
}

// --- sizes

Value* StageEmitter::size(const Extent& e) {
  if (e.is_constant()) return b_.getInt64(static_cast<std::uint64_t>(e.constant()));
  auto& bucket = sizes_[e.hash()];
  for (const auto& [known, made] : bucket) {
    if (known == e) return made;
  }
  Value* made = in_entry([&] { return make_size(e); });
  sizes_[e.hash()].emplace_back(e, made);
  return made;
}

Value* StageEmitter::make_size(const Extent& e) {
  Value* sum = nullptr;
  for (const Extent::Term& term : e.terms()) {
    Value* product = nullptr;
    for (const auto& atom : term.factors) {
      Value* factor = make_atom(*atom);
      product = product == nullptr ? factor : b_.CreateMul(product, factor);
    }
    if (term.coefficient != 1) {
      product = b_.CreateMul(product, b_.getInt64(static_cast<std::uint64_t>(term.coefficient)));
    }
    sum = sum == nullptr ? product : b_.CreateAdd(sum, product);
  }
  if (e.constant() == 0) return sum;
  return b_.CreateAdd(sum, b_.getInt64(static_cast<std::uint64_t>(e.constant())));
}

Value* StageEmitter::make_atom(const ir::ExtentAtom& atom) {
  using AtomKind = ir::ExtentAtom::Kind;
  if (atom.kind == AtomKind::symbol) {
    for (std::uint32_t p = 0; p < kernel_.params.size(); ++p) {
      const ir::loops::Param& param = kernel_.params[p];
      if (param.kind != ir::loops::ParamKind::size || param.name != atom.name) continue;
      return scalar_parameter(p);
    }
    ir::bug("llvm: kernel " + kernel_.name + " has no size " + atom.name);
  }
  Value* a = size(atom.a);
  Value* b = size(atom.b);
  if (atom.kind == AtomKind::floor_div) return values_of_.floor_div(a, b, true);
  if (atom.kind == AtomKind::broadcast) {
    return b_.CreateSelect(b_.CreateICmpEQ(a, b_.getInt64(1)), b, a);
  }
  Value* less = b_.CreateICmpSLT(a, b);
  return atom.kind == AtomKind::min ? b_.CreateSelect(less, a, b) : b_.CreateSelect(less, b, a);
}

Value* StageEmitter::slot(std::uint32_t index) {
  return b_.CreateConstGEP1_64(b_.getInt64Ty(), function_.getArg(0), index);
}

Value* StageEmitter::scalar_parameter(std::uint32_t param) {
  Value*& made = scalars_[param];
  if (made == nullptr) {
    const ir::loops::Param& p = kernel_.params[param];
    const DType type = p.kind == ir::loops::ParamKind::size ? DType::I64 : p.type;
    made = in_entry([&] { return load_value(slot(param), type, 1); });
    made->setName(p.name);
  }
  return made;
}

llvm::AllocaInst* StageEmitter::stack_array(llvm::Type* element, unsigned count) {
  const auto here = b_.saveIP();
  b_.SetInsertPoint(entry_, entry_->begin());
  llvm::AllocaInst* array = b_.CreateAlloca(llvm::ArrayType::get(element, count));
  array->setAlignment(stack_align);
  b_.restoreIP(here);
  return array;
}

// --- values

void StageEmitter::emit_block(const Block& block) {
  const Block* around = std::exchange(block_, &block);
  windows_.clear();
  fetched_.clear();
  angles_.clear();
  for (const Id id : block) emit_node(id);
  windows_.clear();
  angles_.clear();
  block_ = around;
}

void StageEmitter::emit_node(Id id) {
  const Node& node = kernel_.nodes[id];
  switch (node.kind) {
    case Kind::constant:
      values_[id] = values_of_.constant({node.type, node.bits}, 1);
      break;
    case Kind::size:
      values_[id] = size(node.extent);
      break;
    case Kind::scalar:
      values_[id] = scalar_parameter(node.index);
      break;
    case Kind::index:
      values_[id] = emit_index(id);
      break;
    case Kind::load:
      values_[id] = emit_load(id);
      break;
    case Kind::prim:
      values_[id] = emit_prim(id);
      break;
    case Kind::accumulated:
      values_[id] = results_[kernel_.nodes[node.args[0]].index][node.index][0];
      break;
    case Kind::imaginary:
      values_[id] = results_[kernel_.nodes[node.args[0]].index][node.index][1];
      break;
    case Kind::position:
      values_[id] = results_[kernel_.nodes[node.args[0]].index][node.index].back();
      break;
    case Kind::store:
      emit_store(id);
      break;
    case Kind::loop:
      emit_loop(id, b_.getInt64(0), end_of(kernel_.loops[node.index]));
      break;
    case Kind::ufunc:
      ir::bug("llvm: a ufunc is left in kernel " + kernel_.name);
  }
}

Value* StageEmitter::emit_prim(Id id) {
  const Node& node = kernel_.nodes[id];
  if (is_angle(node.prim)) return emit_angle(id);
  if (divides_by_one_number(id))
    return divide_by_one_number(value(node.args[0]), value(node.args[1]));
  std::vector<Operand> operands;
  for (const Id arg : node.args) {
    Value* v = varying(id) ? wide(arg) : value(arg);
    operands.push_back({v, kernel_.nodes[arg].type, info_.facts[arg]});
  }
  return values_of_.prim(node.prim, node.type, operands);
}

// Small angles are what they are; the routine is called for all lanes where one is not small.
Value* StageEmitter::emit_angle(Id id) {
  const Node& node = kernel_.nodes[id];
  Value* x = varying(id) ? wide(node.args[0]) : value(node.args[0]);
  const unsigned lanes = varying(id) ? lanes_ : 1;
  Carried& made = angles_[x];
  if (made.empty()) {
    const DType type = kernel_.nodes[node.args[0]].type;
    llvm::Type* integers = values_of_.type(type == DType::F64 ? DType::I64 : DType::I32, lanes);
    Value* magnitude = b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
    Value* large = b_.CreateFCmpUGT(magnitude, llvm::ConstantFP::get(x->getType(), 0x1p20));
    const Carried usual{llvm::Constant::getNullValue(integers), x,
                        llvm::Constant::getNullValue(x->getType())};
    made = values_of_.unless_any(large, usual, [&] { return reduce_angles(x, lanes); });
  }
  return made[node.prim == ir::Prim::angle_turns ? 0 : node.prim == ir::Prim::angle_high ? 1 : 2];
}

// The routine has doubles; what it means for floats is narrow_angle of ir/formulas/angle.h.
StageEmitter::Carried StageEmitter::reduce_angles(Value* x, unsigned lanes) {
  llvm::Type* wide = values_of_.type(DType::F64, lanes);
  llvm::Type* integers = values_of_.type(DType::I64, lanes);
  const bool narrow = x->getType() != wide;
  Carried arrays;
  for (int i = 0; i < 4; ++i) arrays.push_back(stack_array(b_.getDoubleTy(), lanes));
  b_.CreateAlignedStore(narrow ? b_.CreateFPExt(x, wide) : x, arrays[0], llvm::Align(8));
  Carried args = arrays;
  args.push_back(b_.getInt64(lanes));
  b_.CreateCall(angles_function(*function_.getParent()), args);
  Value* turns = b_.CreateAlignedLoad(integers, arrays[1], llvm::Align(8));
  Value* high = b_.CreateAlignedLoad(wide, arrays[2], llvm::Align(8));
  Value* low = b_.CreateAlignedLoad(wide, arrays[3], llvm::Align(8));
  if (!narrow) return {turns, high, low};
  Value* leading = b_.CreateFPTrunc(high, x->getType());
  Value* rest = b_.CreateFAdd(low, b_.CreateFSub(high, b_.CreateFPExt(leading, wide)));
  rest = b_.CreateSelect(b_.CreateFCmpUNO(high, high), llvm::Constant::getNullValue(wide), rest);
  return {b_.CreateTrunc(turns, values_of_.type(DType::I32, lanes)), leading,
          b_.CreateFPTrunc(rest, x->getType())};
}

// The index of a loop, in a vector context that of lane 0.
Value* StageEmitter::index_of(Id loop) {
  const auto frame = std::find_if(frames_.rbegin(), frames_.rend(),
                                  [&](const Frame& f) { return f.loop == loop; });
  if (frame == frames_.rend()) ir::bug("llvm: an index outside its loop in " + kernel_.name);
  if (frame->shift == 0) return frame->index;
  return b_.CreateAdd(frame->index, b_.getInt64(static_cast<std::uint64_t>(frame->shift)));
}

Value* StageEmitter::emit_index(Id id) {
  Value* first = index_of(kernel_.nodes[id].args[0]);
  if (!varying(id)) return first;
  std::vector<llvm::Constant*> steps;
  for (unsigned lane = 0; lane < lanes_; ++lane) steps.push_back(b_.getInt64(lane));
  return b_.CreateAdd(b_.CreateVectorSplat(lanes_, first), llvm::ConstantVector::get(steps));
}

Value* StageEmitter::widen(Value* v) {
  if (lanes_ == 1 || v->getType()->isVectorTy()) return v;
  if (auto* constant = llvm::dyn_cast<llvm::Constant>(v)) {
    return llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(lanes_), constant);
  }
  Value*& made = wide_[{v, lanes_}];
  if (made == nullptr) after(v, [&] { made = b_.CreateVectorSplat(lanes_, v); });
  return made;
}

bool StageEmitter::depends_on_lane(Id id) const {
  const Node& node = kernel_.nodes[id];
  const auto varies = [&](Id arg) { return varying_[arg]; };
  switch (node.kind) {
    case Kind::index:
      return node.args[0] == vector_loop_;
    case Kind::load: {
      const Access& access = kernel_.accesses[node.index];
      return lane_stride(node.index) != nullptr ||
             (access.dynamic != ir::loops::none && varying_[access.dynamic]);
    }
    case Kind::prim:
      return std::any_of(node.args.begin(), node.args.end(), varies);
    case Kind::accumulated:
    case Kind::imaginary:
    case Kind::position: {
      const auto& loop = kernel_.loops[kernel_.nodes[node.args[0]].index];
      const auto& acc = loop.accumulators[node.index];
      return varying_[acc.value] || (acc.factor != ir::loops::none && varying_[acc.factor]) ||
             (acc.imaginary != ir::loops::none && varying_[acc.imaginary]) ||
             (acc.position_value != ir::loops::none && varying_[acc.position_value]);
    }
    default:
      return false;
  }
}

void StageEmitter::mark_varying(const Block& block) {
  for (const Id id : block) {
    const Node& node = kernel_.nodes[id];
    if (node.kind == Kind::loop) mark_varying(kernel_.loops[node.index].body);
    varying_[id] = depends_on_lane(id);
  }
}

// --- loops

void StageEmitter::enter(Id loop, Value* index, llvm::BasicBlock* body) {
  frames_.push_back({loop, index, 0, body, {}});
}

void StageEmitter::leave() { frames_.pop_back(); }

Value* StageEmitter::end_of(const ir::loops::Loop& loop) {
  Value* most = size(loop.extent);
  if (loop.part.loop == ir::loops::none) return most;
  Value* before = b_.CreateMul(index_of(loop.part.loop), size(loop.part.step));
  Value* left = b_.CreateSub(size(loop.part.whole), before);
  return b_.CreateSelect(b_.CreateICmpSLT(left, most), left, most);
}

void StageEmitter::with_lanes(Id loop, unsigned lanes, const std::function<void()>& emit) {
  lanes_ = lanes;
  vector_loop_ = loop;
  mark_varying(kernel_.loops[kernel_.nodes[loop].index].body);
  emit();
  lanes_ = 1;
  vector_loop_ = ir::loops::none;
}

namespace {

bool is_one_step(const Value* begin, const Value* end, std::int64_t step) {
  const auto* first = llvm::dyn_cast<ConstantInt>(begin);
  const auto* last = llvm::dyn_cast<ConstantInt>(end);
  return first != nullptr && last != nullptr &&
         last->getSExtValue() - first->getSExtValue() <= step;
}

}  // namespace

StageEmitter::Carried StageEmitter::counted_loop(const std::string& name, Value* begin, Value* end,
                                                 std::int64_t step, const Carried& initial,
                                                 const Body& body, Value* last) {
  Value* any = b_.CreateICmpSLT(begin, end);
  const auto* known = llvm::dyn_cast<llvm::ConstantInt>(any);
  if (known != nullptr && known->isZero()) return initial;
  llvm::BasicBlock* before = b_.GetInsertBlock();
  auto* loop = llvm::BasicBlock::Create(b_.getContext(), name, &function_);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), name + ".done", &function_);
  if (known != nullptr) {
    b_.CreateBr(loop);
  } else {
    b_.CreateCondBr(any, loop, done);
  }
  b_.SetInsertPoint(loop);
  if (is_one_step(begin, end, step)) {
    const Carried result = body(begin, loop, initial);
    b_.CreateBr(done);
    b_.SetInsertPoint(done);
    return result;
  }
  llvm::PHINode* index = b_.CreatePHI(b_.getInt64Ty(), 2, name);
  index->addIncoming(begin, before);
  Carried now;
  for (Value* v : initial) {
    llvm::PHINode* phi = b_.CreatePHI(v->getType(), 2);
    phi->addIncoming(v, before);
    now.push_back(phi);
  }
  const Carried next = body(index, loop, now);
  Value* following = b_.CreateAdd(index, b_.getInt64(static_cast<std::uint64_t>(step)));
  llvm::BasicBlock* latch = b_.GetInsertBlock();
  Value* next_index = following;
  if (last != nullptr) {
    next_index = b_.CreateSelect(b_.CreateICmpSLT(following, last), following, last);
  }
  index->addIncoming(next_index, latch);
  for (std::size_t i = 0; i < next.size(); ++i) {
    llvm::cast<llvm::PHINode>(now[i])->addIncoming(next[i], latch);
  }
  b_.CreateCondBr(b_.CreateICmpSLT(following, end), loop, done);
  b_.SetInsertPoint(done);
  Carried result;
  for (std::size_t i = 0; i < next.size(); ++i) {
    llvm::PHINode* phi = b_.CreatePHI(next[i]->getType(), 2);
    phi->addIncoming(next[i], latch);
    if (known == nullptr) phi->addIncoming(initial[i], before);
    result.push_back(phi);
  }
  return result;
}

// The end of the largest whole number of steps.
Value* StageEmitter::round_down(Value* begin, Value* end, std::int64_t step) {
  Value* count = b_.CreateSub(end, begin);
  Value* zero = b_.getInt64(0);
  count = b_.CreateSelect(b_.CreateICmpSGT(count, zero), count, zero);
  Value* by = b_.getInt64(static_cast<std::uint64_t>(step));
  return b_.CreateAdd(begin, b_.CreateMul(b_.CreateUDiv(count, by), by));
}

unsigned StageEmitter::short_width(Id id, unsigned width) const {
  constexpr int worth_a_copy = 16;  // operations of a body
  const ir::loops::Loop& loop = kernel_.loops[kernel_.nodes[id].index];
  const bool in_rows = std::any_of(frames_.begin(), frames_.end(), [&](const Frame& f) {
    return !kernel_.loops[kernel_.nodes[f.loop].index].extent.is(1);
  });
  const bool known = loop.extent.is_constant() && loop.part.loop == ir::loops::none;
  if (!in_rows || known) return 1;
  const std::optional<int> cost = body_cost(kernel_, loop.body);
  if (!cost || *cost > worth_a_copy) return 1;
  const unsigned lanes = vector_bytes_ / static_cast<unsigned>(largest_item(kernel_, loop.body));
  return lanes < width ? lanes : 1;
}

// Known when running, since an array may be its own result.
Value* StageEmitter::may_repeat(const Block& body) {
  BuffersUsed used;
  add_buffers(kernel_, body, used);
  return in_entry([&] {
    Value* apart = b_.getTrue();
    for (const std::uint32_t written : used.written) {
      Value* to = buffer_pointer(written);
      for (const std::uint32_t read : used.read) {
        Value* different =
            read == written ? b_.getFalse() : b_.CreateICmpNE(to, buffer_pointer(read));
        if (planted(runtime::Plant::repeat_in_place)) different = b_.getTrue();
        apart = b_.CreateAnd(apart, different);
      }
    }
    return apart;
  });
}

bool StageEmitter::can_mask(const Block& body, Id loop) const {
  return std::ranges::all_of(body, [&](Id id) {
    const Node& node = kernel_.nodes[id];
    if (node.kind == Kind::loop) return can_mask(kernel_.loops[node.index].body, loop);
    if (node.kind != Kind::load && node.kind != Kind::store) return true;
    const int item = ir::item_size(node.type);
    if (vector_bytes_ < 32 || (vector_bytes_ < 64 && item < 4)) return false;
    if (kernel_.accesses[node.index].dynamic != ir::loops::none) return false;
    const Extent* stride = info_.groups[info_.group[node.index]].stride(loop);
    return stride == nullptr ? node.kind == Kind::load : stride->is(item);
  });
}

// What is left over runs in lanes of which some are masked. Where the processor has no masks and
// iterations may be repeated, the last step ends with the loop and begins among iterations that
// were done before; else what is left over runs in fewer lanes and one by one.
void StageEmitter::vector_loop(Id id, Value* begin, Value* end) {
  const ir::loops::Loop& loop = kernel_.loops[kernel_.nodes[id].index];
  const bool calls_rest = rest_ != nullptr && frames_.empty();
  const bool masks = !calls_rest && can_mask(loop.body, id);
  Value* overlapping = !masks || streams_ != nullptr ? may_repeat(loop.body) : nullptr;
  auto width = static_cast<unsigned>(loop.width);
  begin = stream_loop(id, begin, end, overlapping);
  const unsigned less = short_width(id, width);
  for (const unsigned lanes : less > 1 ? std::vector{width, less} : std::vector{width}) {
    const unsigned least = planted(runtime::Plant::short_loop) ? 1 : lanes;
    Value* middle = round_down(begin, end, lanes);
    if (!masks) {
      Value* enough = b_.CreateICmpSGE(b_.CreateSub(end, begin), b_.getInt64(least));
      middle = b_.CreateSelect(b_.CreateAnd(overlapping, enough), end, middle);
    }
    with_lanes(id, lanes, [&] { plain_loop(id, begin, middle); });
    begin = middle;
    width = lanes;
  }
  if (masks) return masked_step(id, width, begin, end);
  if (calls_rest) return call_rest(begin, end);
  plain_loop(id, begin, end);
}

Value* StageEmitter::lanes_below(Value* left, unsigned lanes, unsigned first) {
  llvm::Type* number = b_.getIntNTy(std::clamp(vector_bytes_ * 8 / lanes, 16U, 64U));
  std::vector<llvm::Constant*> numbers;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    numbers.push_back(ConstantInt::get(number, first + lane));
  }
  if (planted(runtime::Plant::short_loop)) left = b_.getInt64(first + lanes);
  Value* all = b_.CreateVectorSplat(lanes, b_.CreateTrunc(left, number));
  return b_.CreateICmpULT(llvm::ConstantVector::get(numbers), all);
}

void StageEmitter::masked_step(Id id, unsigned lanes, Value* begin, Value* end) {
  Value* left = b_.CreateSub(end, begin);
  if (const auto* known = llvm::dyn_cast<ConstantInt>(left)) {
    const std::uint64_t count = known->getZExtValue();
    if (count == 0) return;
    lanes = std::max(2U, static_cast<unsigned>(std::bit_ceil(count)));
  }
  auto* step = llvm::BasicBlock::Create(b_.getContext(), "masked", &function_);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "masked.done", &function_);
  b_.CreateCondBr(b_.CreateICmpSLT(begin, end), step, done);
  b_.SetInsertPoint(step);
  with_lanes(id, lanes, [&] {
    mask_ = lanes_below(left, lanes, 0);
    enter(id, begin, step);
    emit_block(kernel_.loops[kernel_.nodes[id].index].body);
    leave();
    mask_ = nullptr;
  });
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

void StageEmitter::plain_loop(Id id, Value* begin, Value* end) {
  const ir::loops::Loop& loop = kernel_.loops[kernel_.nodes[id].index];
  const unsigned lanes = vector_loop_ == id ? lanes_ : 1;
  counted_loop(
      loop.name, begin, end, lanes, {},
      [&](Value* index, llvm::BasicBlock* body, const Carried&) {
        enter(id, index, body);
        emit_block(loop.body);
        leave();
        return Carried{};
      },
      lanes > 1 ? b_.CreateSub(end, b_.getInt64(lanes)) : nullptr);
}

}  // namespace arrayc::backends
