// Addresses, loads and stores of a stage; see stage.h.
#include <algorithm>
#include <cstdlib>

#include "backends/llvm/stage.h"

namespace arrayc::backends {

using ir::DType;
using ir::Extent;
using ir::loops::Access;
using ir::loops::Id;
using ir::loops::Kind;
using ir::loops::Node;
using llvm::Value;

Value* StageEmitter::buffer_pointer(std::uint32_t buffer) {
  const std::uint32_t buffers = ir::loops::buffer_count(kernel_);
  const auto params = static_cast<std::uint32_t>(kernel_.params.size());
  const std::uint32_t locals = ir::loops::first_local(kernel_);
  if (buffer >= locals) return local_pointer(buffer - locals);
  const std::uint32_t at = buffer < buffers ? buffer : params + (buffer - buffers);
  return b_.CreateAlignedLoad(b_.getPtrTy(), slot(at), llvm::Align(8));
}

// On the stack of the thread that runs the stage.
Value* StageEmitter::local_pointer(std::uint32_t local) {
  Value*& made = locals_[local];
  if (made == nullptr) {
    const ir::loops::Scratch& s = kernel_.locals[local];
    const std::int64_t bytes = s.count.constant() * ir::item_size(s.type);
    made = stack_array(b_.getInt8Ty(), static_cast<unsigned>(bytes));
    made->setName(s.name);
  }
  return made;
}

Value* StageEmitter::base(std::uint32_t group) {
  Value*& made = bases_[group];
  if (made != nullptr) return made;
  const AccessGroup& g = info_.groups[group];
  Value* offset = size(g.offset);
  made = in_entry([&] {
    Value* pointer = buffer_pointer(g.buffer);
    return g.offset.is(0) ? pointer : b_.CreateGEP(b_.getInt8Ty(), pointer, offset);
  });
  return made;
}

// The address of the group's accesses with the indices of the outermost `frames` loops added.
Value* StageEmitter::group_address(std::size_t frames, std::uint32_t group) {
  const AccessGroup& g = info_.groups[group];
  while (frames > 0 && g.stride(frames_[frames - 1].loop) == nullptr) --frames;
  if (frames == 0) return base(group);
  Frame& frame = frames_[frames - 1];
  const auto known = frame.addresses.find(group);
  if (known != frame.addresses.end()) return known->second;
  Value* outer = group_address(frames - 1, group);
  Value* step = size(*g.stride(frame.loop));
  const auto here = b_.saveIP();
  b_.SetInsertPoint(frame.body, frame.body->getFirstInsertionPt());
  Value* made = b_.CreateGEP(b_.getInt8Ty(), outer, b_.CreateMul(frame.index, step));
  b_.restoreIP(here);
  frames_[frames - 1].addresses[group] = made;
  return made;
}

Value* StageEmitter::offset_by(Value* pointer, std::int64_t bytes) {
  if (bytes == 0) return pointer;
  return b_.CreateGEP(b_.getInt8Ty(), pointer, b_.getInt64(static_cast<std::uint64_t>(bytes)));
}

Value* StageEmitter::address(std::uint32_t access, std::int64_t more_bytes) {
  const std::uint32_t group = info_.group[access];
  Value* pointer = group_address(frames_.size(), group);
  std::int64_t fixed = info_.constant[access] + more_bytes;
  for (const Frame& frame : frames_) {
    const Extent* stride = frame.shift == 0 ? nullptr : info_.groups[group].stride(frame.loop);
    if (stride == nullptr) continue;
    if (stride->is_constant()) {
      fixed += frame.shift * stride->constant();
    } else {
      pointer = b_.CreateGEP(b_.getInt8Ty(), pointer, size(*stride * Extent(frame.shift)));
    }
  }
  const Id dynamic = kernel_.accesses[access].dynamic;
  if (dynamic != ir::loops::none && !varying(dynamic)) {
    pointer = b_.CreateGEP(b_.getInt8Ty(), pointer, value(dynamic));
  }
  return offset_by(pointer, fixed);
}

const Extent* StageEmitter::lane_stride(std::uint32_t access) const {
  return info_.groups[info_.group[access]].stride(vector_loop_);
}

Value* StageEmitter::load_value(Value* pointer, DType t, unsigned lanes) {
  const llvm::Align align(static_cast<unsigned>(ir::item_size(t)));
  llvm::Type* type = values_of_.memory_type(t, lanes);
  if (mask_ != nullptr && lanes > 1) {
    Value* zeros = llvm::Constant::getNullValue(type);
    return values_of_.from_memory(b_.CreateMaskedLoad(type, pointer, align, mask_, zeros), t);
  }
  return values_of_.from_memory(b_.CreateAlignedLoad(type, pointer, align), t);
}

llvm::StoreInst* StageEmitter::store_value(Value* v, Value* pointer, DType t) {
  const llvm::Align align(static_cast<unsigned>(ir::item_size(t)));
  return b_.CreateAlignedStore(values_of_.to_memory(v, t), pointer, align);
}

Value* StageEmitter::emit_load(Id id) {
  const Node& node = kernel_.nodes[id];
  if (!varying(id)) return load_value(address(node.index, 0), node.type, 1);
  if (is_stream(node.index)) fetch_ahead(id);
  const Access& access = kernel_.accesses[node.index];
  const bool scattered = access.dynamic != ir::loops::none && varying(access.dynamic);
  const Extent* stride = lane_stride(node.index);
  if (scattered || stride == nullptr || !stride->is_constant()) return gather(id);
  const std::int64_t item = ir::item_size(node.type);
  const std::int64_t step = stride->constant() / item;
  if (stride->constant() % item != 0 || std::abs(step) > 4 ||
      std::abs(step) > static_cast<std::int64_t>(lanes_)) {
    return gather(id);
  }
  return strided_load(id, step);
}

// `pointer` is lane 0's, without a varying dynamic offset.
Value* StageEmitter::lane_address(Value* pointer, const Access& access, unsigned lane) {
  const auto index = static_cast<std::uint32_t>(&access - kernel_.accesses.data());
  const Extent* stride = lane_stride(index);
  if (stride != nullptr && lane > 0) {
    pointer = stride->is_constant()
                  ? offset_by(pointer, stride->constant() * static_cast<std::int64_t>(lane))
                  : b_.CreateGEP(b_.getInt8Ty(), pointer,
                                 size(*stride * Extent(static_cast<std::int64_t>(lane))));
  }
  if (access.dynamic == ir::loops::none || !varying(access.dynamic)) return pointer;
  return b_.CreateGEP(b_.getInt8Ty(), pointer,
                      b_.CreateExtractElement(value(access.dynamic), lane));
}

Value* StageEmitter::gather(Id id) {
  const Node& node = kernel_.nodes[id];
  const Access& access = kernel_.accesses[node.index];
  Value* pointer = address(node.index, 0);
  llvm::Type* element = values_of_.memory_type(node.type, 1);
  Value* lanes = llvm::PoisonValue::get(values_of_.memory_type(node.type, lanes_));
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    Value* item =
        b_.CreateAlignedLoad(element, lane_address(pointer, access, lane),
                             llvm::Align(static_cast<unsigned>(ir::item_size(node.type))));
    lanes = b_.CreateInsertElement(lanes, item, lane);
  }
  return values_of_.from_memory(lanes, node.type);
}

// Loads all elements between the first and the last one that this block reads of each group of
// |step|: as many loads of lanes_ elements, the last one moved back so as not to pass the end.
StageEmitter::Window& StageEmitter::window(Id id, std::int64_t step) {
  const Node& node = kernel_.nodes[id];
  const std::uint32_t group = info_.group[node.index];
  const std::int64_t item = ir::item_size(node.type);
  const std::int64_t bytes = std::abs(step) * item;
  const std::int64_t offset = info_.constant[node.index];
  std::int64_t start = offset / bytes * bytes;
  if (start > offset) start -= bytes;
  Window made{group, start, (offset - start) / item, (offset - start) / item, {}};
  const bool alone =
      kernel_.accesses[node.index].dynamic != ir::loops::none || (offset - start) % item != 0;
  if (alone) {
    made.start = offset;
    made.first = made.last = 0;
  }
  for (Window& w : windows_) {
    if (!alone && w.group == group && w.start == start) return w;
  }
  for (const Id other : *block_) {
    const Node& n = kernel_.nodes[other];
    if (alone || n.kind != Kind::load || n.type != node.type || info_.group[n.index] != group)
      continue;
    if (kernel_.accesses[n.index].dynamic != ir::loops::none) continue;
    const std::int64_t at = info_.constant[n.index] - start;
    if (at < 0 || at >= bytes || at % item != 0) continue;
    made.first = std::min(made.first, at / item);
    made.last = std::max(made.last, at / item);
  }
  const std::int64_t lanes = lanes_;
  const std::int64_t span = (lanes - 1) * std::abs(step) + made.last - made.first + 1;
  const std::int64_t back = step < 0 ? (lanes - 1) * step * item : 0;
  Value* pointer = address(node.index, made.start + made.first * item - offset + back);
  for (std::int64_t part = 0; part * lanes < span; ++part) {
    Value* at = offset_by(pointer, std::min(part * lanes, span - lanes) * item);
    made.parts.push_back(b_.CreateAlignedLoad(values_of_.memory_type(node.type, lanes_), at,
                                              llvm::Align(static_cast<unsigned>(item))));
  }
  if (alone) made.group = ~std::uint32_t{0};
  windows_.push_back(std::move(made));
  return windows_.back();
}

Value* StageEmitter::strided_load(Id id, std::int64_t step) {
  const Node& node = kernel_.nodes[id];
  if (step == 1) return load_value(address(node.index, 0), node.type, lanes_);
  const std::int64_t item = ir::item_size(node.type);
  const Window& w = window(id, step);
  const std::int64_t lanes = lanes_;
  const std::int64_t position = (info_.constant[node.index] - w.start) / item - w.first;
  const std::int64_t span = (lanes - 1) * std::abs(step) + w.last - w.first + 1;
  const auto last_part = static_cast<std::int64_t>(w.parts.size()) - 1;
  // Lanes are taken from one part after the other: a lane once taken stays in its place.
  Value* result = nullptr;
  for (std::int64_t part = 0; part <= last_part; ++part) {
    std::vector<int> mask;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const std::int64_t element = (step < 0 ? lanes - 1 - lane : lane) * std::abs(step) + position;
      const std::int64_t in_part = std::min(element / lanes, last_part);
      const std::int64_t begin = std::min(in_part * lanes, span - lanes);
      const int taken = static_cast<int>(lane);
      mask.push_back(in_part == part  ? static_cast<int>(element - begin + (part > 0 ? lanes : 0))
                     : in_part < part ? taken
                                      : llvm::PoisonMaskElem);
    }
    result = part == 0
                 ? b_.CreateShuffleVector(w.parts[0], mask)
                 : b_.CreateShuffleVector(result, w.parts[static_cast<std::size_t>(part)], mask);
  }
  return values_of_.from_memory(result, node.type);
}

void StageEmitter::emit_store(Id id) {
  const Node& node = kernel_.nodes[id];
  const Access& access = kernel_.accesses[node.index];
  windows_.clear();
  if (lanes_ == 1) {
    store_value(value(node.args[0]), address(node.index, 0), node.type);
    return;
  }
  const Extent* stride = lane_stride(node.index);
  const bool scattered = access.dynamic != ir::loops::none && varying(access.dynamic);
  const std::int64_t item = ir::item_size(node.type);
  Value* v = value(node.args[0]);
  Value* pointer = address(node.index, 0);
  if (stride == nullptr && !scattered) {  // every lane stores to one place: the last one stays
    if (v->getType()->isVectorTy()) v = b_.CreateExtractElement(v, lanes_ - 1);
    store_value(v, pointer, node.type);
    return;
  }
  v = widen(v);
  if (mask_ != nullptr) {
    const llvm::Align align(static_cast<unsigned>(item));
    b_.CreateMaskedStore(values_of_.to_memory(v, node.type), pointer, align, mask_);
    return;
  }
  if (!scattered && stride->is(item)) {
    llvm::StoreInst* store = store_value(v, pointer, node.type);
    if (writes_past_caches_ && fills_lines(id)) write_past_caches(*store);
    return;
  }
  if (!scattered && stride->is(-item)) {
    pointer = offset_by(pointer, -item * static_cast<std::int64_t>(lanes_ - 1));
    store_value(b_.CreateVectorReverse(v), pointer, node.type);
    return;
  }
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    store_value(b_.CreateExtractElement(v, lane), lane_address(pointer, access, lane), node.type);
  }
}

}  // namespace arrayc::backends
