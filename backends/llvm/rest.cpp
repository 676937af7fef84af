// What a loop in lanes leaves over; see rest.h and stage.h.
#include "backends/llvm/rest.h"

#include <algorithm>
#include <set>

#include "backends/llvm/stage.h"

namespace arrayc::backends {

using ir::loops::Id;
using ir::loops::Kind;
using llvm::Value;

namespace {

constexpr int dear_to_compile = 64;         // operations
constexpr std::int64_t most_copied = 8192;  // bytes of all buffers, on the stack

class Finder {
 public:
  Finder(const KernelInfo& info, Id stage)
      : info_(info), stage_(stage), loop_(info.kernel.loops[info.kernel.nodes[stage].index]) {}

  std::optional<LaneBuffers> run() {
    if (loop_.width <= 1 || !loop_.accumulators.empty()) return std::nullopt;
    if (body_cost(info_.kernel, loop_.body).value_or(0) < dear_to_compile) return std::nullopt;
    for (const Id id : loop_.body) {
      const ir::loops::Node& node = info_.kernel.nodes[id];
      const bool is_store = node.kind == Kind::store;
      if ((is_store || node.kind == Kind::load) && !add(node, is_store)) return std::nullopt;
    }
    std::int64_t bytes = 0;
    for (const auto& [buffer, found] : found_) {
      if (same_for_all_.contains(buffer)) return std::nullopt;
      bytes += found.last - found.first + loop_.width * found.item;
    }
    if (bytes > most_copied) return std::nullopt;
    return std::move(found_);
  }

 private:
  // Whether it can be done on a copy.
  bool add(const ir::loops::Node& node, bool is_store) {
    const ir::loops::Access& access = info_.kernel.accesses[node.index];
    if (access.dynamic != ir::loops::none) return false;
    if (access.buffer >= ir::loops::buffer_count(info_.kernel)) return false;
    const std::uint32_t group = info_.group[node.index];
    const std::int64_t at = info_.constant[node.index];
    const ir::Extent* stride = info_.groups[group].stride(stage_);
    if (stride == nullptr || stride->is(0)) {
      same_for_all_.insert(access.buffer);
      return !is_store;
    }
    const int item = ir::item_size(node.type);
    if (!stride->is(item)) return false;
    const auto [place, fresh] =
        found_.try_emplace(access.buffer, LaneBuffer{group, item, at, at, false, std::nullopt});
    LaneBuffer& buffer = place->second;
    if (buffer.group != group || buffer.item != item) return false;
    buffer.first = std::min(buffer.first, at);
    buffer.last = std::max(buffer.last, at);
    if (!is_store) {
      buffer.loaded = true;
      return true;
    }
    if (buffer.stored && *buffer.stored != at) return false;
    buffer.stored = at;
    return true;
  }

  const KernelInfo& info_;
  const Id stage_;
  const ir::loops::Loop& loop_;
  LaneBuffers found_;
  std::set<std::uint32_t> same_for_all_;  // buffers read at one place by all lanes
};

}  // namespace

std::optional<LaneBuffers> find_lane_buffers(const KernelInfo& info, Id stage) {
  return Finder(info, stage).run();
}

// Lanes beyond the end compute on zeros, and nobody sees what.
void StageEmitter::emit_rest(Id stage, const LaneBuffers& buffers, llvm::Function& lanes) {
  const auto width = static_cast<std::int64_t>(kernel_.loops[kernel_.nodes[stage].index].width);
  const auto slot_count = static_cast<unsigned>(kernel_.params.size() + kernel_.scratch.size());
  const llvm::MaybeAlign align(8);
  const auto bytes = [&](std::int64_t n) { return b_.getInt64(static_cast<std::uint64_t>(n)); };
  auto* start = llvm::BasicBlock::Create(b_.getContext(), "start", &function_);
  b_.SetInsertPoint(start);
  Value* begin = function_.getArg(1);
  Value* count = b_.CreateSub(function_.getArg(2), begin);
  Value* slots = stack_array(b_.getInt64Ty(), slot_count);
  b_.CreateMemCpy(slots, align, function_.getArg(0), align, bytes(8 * slot_count));
  struct Written {
    Value *to, *from, *size;
  };
  std::vector<Written> written;
  for (const auto& [number, buffer] : buffers) {
    const std::int64_t apart = buffer.last - buffer.first;
    const std::int64_t room = apart + width * buffer.item;
    Value* copy = stack_array(b_.getInt8Ty(), static_cast<unsigned>(room));
    Value* offset = b_.CreateAdd(size(info_.groups[buffer.group].offset + buffer.first),
                                 b_.CreateMul(begin, bytes(buffer.item)));
    Value* array = b_.CreateGEP(b_.getInt8Ty(), buffer_pointer(number), offset);
    Value* used = b_.CreateMul(count, bytes(buffer.item));
    b_.CreateMemSet(copy, b_.getInt8(0), bytes(room), llvm::MaybeAlign(64));
    if (buffer.loaded) {
      b_.CreateMemCpy(copy, llvm::MaybeAlign(64), array, llvm::MaybeAlign(1),
                      b_.CreateAdd(used, bytes(apart)));
    }
    Value* moved = b_.CreateSub(b_.CreatePtrToInt(copy, b_.getInt64Ty()), offset);
    b_.CreateAlignedStore(moved, b_.CreateConstGEP1_64(b_.getInt64Ty(), slots, number), align);
    if (!buffer.stored) continue;
    const std::int64_t at = *buffer.stored - buffer.first;
    written.push_back({offset_by(array, at), offset_by(copy, at), used});
  }
  b_.CreateCall(&lanes, {slots, begin, b_.CreateAdd(begin, bytes(width))});
  for (const Written& w : written) {
    b_.CreateMemCpy(w.to, llvm::MaybeAlign(1), w.from, llvm::MaybeAlign(1), w.size);
  }
  b_.CreateRet(b_.getInt32(0));
  b_.SetInsertPoint(entry_);
  b_.CreateBr(start);
}

void StageEmitter::call_rest(Value* begin, Value* end) {
  auto* rest = llvm::BasicBlock::Create(b_.getContext(), "rest", &function_);
  auto* done = llvm::BasicBlock::Create(b_.getContext(), "rest.done", &function_);
  b_.CreateCondBr(b_.CreateICmpSLT(begin, end), rest, done);
  b_.SetInsertPoint(rest);
  b_.CreateCall(rest_, {function_.getArg(0), begin, end});
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

}  // namespace arrayc::backends
