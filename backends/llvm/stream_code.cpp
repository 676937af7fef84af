// Fetching ahead and writing past the caches; see streams.h and stage.h.
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

#include "backends/llvm/stage.h"
#include "runtime/planted.h"

namespace arrayc::backends {

using ir::Extent;
using ir::loops::Id;
using ir::loops::Kind;
using ir::loops::Node;
using llvm::Value;

namespace {

constexpr std::int64_t line = 64;  // bytes

}  // namespace

// Into the second cache, each line once.
void StageEmitter::fetch_ahead(Id load) {
  const std::uint32_t access = kernel_.nodes[load].index;
  const std::int64_t bytes = lane_stride(access)->constant() * static_cast<std::int64_t>(lanes_);
  if (bytes < line) return;
  for (std::int64_t at = 0; at < bytes; at += line) {
    const std::int64_t first = info_.constant[access] + at;
    if (!fetched_.emplace(info_.group[access], first / line).second) continue;
    b_.CreateIntrinsic(
        llvm::Intrinsic::prefetch, {b_.getPtrTy()},
        {address(access, streams_->distance + at), b_.getInt32(0), b_.getInt32(2), b_.getInt32(1)});
  }
}

bool StageEmitter::fills_lines(Id store) const {
  const Node& node = kernel_.nodes[store];
  const std::int64_t item = ir::item_size(node.type);
  const Extent* stride = lane_stride(node.index);
  return is_stream(node.index) && stride != nullptr && stride->is(item) &&
         item * static_cast<std::int64_t>(lanes_) % line == 0;
}

void StageEmitter::write_past_caches(llvm::StoreInst& store) {
  store.setAlignment(llvm::Align(line));
  auto* one = llvm::ConstantAsMetadata::get(b_.getInt32(1));
  store.setMetadata(llvm::LLVMContext::MD_nontemporal, llvm::MDNode::get(b_.getContext(), one));
  values_of_.guarded(&store, "write_past_caches");
}

// Whether all stores of whole lines begin at lines where the loop begins; null: there are none.
Value* StageEmitter::are_aligned(Id loop, Value* begin) {
  auto* check = llvm::BasicBlock::Create(b_.getContext(), "aligned", &function_);
  b_.CreateBr(check);
  b_.SetInsertPoint(check);
  Value* all = nullptr;
  enter(loop, begin, check);
  for (const Id id : kernel_.loops[kernel_.nodes[loop].index].body) {
    if (kernel_.nodes[id].kind != Kind::store || !fills_lines(id)) continue;
    Value* at = b_.CreatePtrToInt(address(kernel_.nodes[id].index, 0), b_.getInt64Ty());
    const std::int64_t low_bits = planted(runtime::Plant::stream_aligned) ? 0 : line - 1;
    Value* aligned = b_.CreateICmpEQ(b_.CreateAnd(at, low_bits), b_.getInt64(0));
    all = all == nullptr ? aligned : b_.CreateAnd(all, aligned);
  }
  leave();
  return all;
}

// As many whole steps as can be written past the caches. Returns where the rest begins.
Value* StageEmitter::stream_loop(Id id, Value* begin, Value* end, Value* apart) {
  if (streams_ == nullptr) return begin;
  const auto width = static_cast<unsigned>(kernel_.loops[kernel_.nodes[id].index].width);
  with_lanes(id, width, [&] {
    Value* aligned = are_aligned(id, begin);
    if (aligned == nullptr) return;
    Value* stop =
        b_.CreateSelect(b_.CreateAnd(apart, aligned), round_down(begin, end, width), begin);
    writes_past_caches_ = true;
    plain_loop(id, begin, stop);
    writes_past_caches_ = false;
    begin = planted(runtime::Plant::stream_rest) ? end : stop;
    fenced_ = false;
  });
  return begin;
}

// What was written past the caches is seen by others before what follows.
void StageEmitter::fence_streams() {
  if (fenced_) return;
  const llvm::Triple target(function_.getParent()->getTargetTriple());
  if (target.isX86()) {
    b_.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {}, {});
  } else {
    b_.CreateFence(llvm::AtomicOrdering::Release);
  }
}

}  // namespace arrayc::backends
