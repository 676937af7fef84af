// Appending nodes to a kernel at the loop level.
#include "ir/loops.h"

#include <utility>

namespace arrayc::ir::loops {

std::uint32_t buffer_count(const Kernel& kernel) {
  std::uint32_t count = 0;
  for (const Param& param : kernel.params) count += param.kind == ParamKind::buffer ? 1 : 0;
  return count;
}

std::uint32_t first_local(const Kernel& kernel) {
  return buffer_count(kernel) + static_cast<std::uint32_t>(kernel.scratch.size());
}

std::int64_t local_bytes(const Kernel& kernel) {
  std::int64_t bytes = 0;
  for (const Scratch& s : kernel.locals) bytes += s.count.constant() * item_size(s.type);
  return bytes;
}

std::vector<bool> find_block_loops(const Kernel& kernel) {
  std::vector<bool> found(kernel.nodes.size(), false);
  for (const Loop& loop : kernel.loops) {
    if (loop.part.loop != none) found[loop.part.loop] = true;
  }
  return found;
}

Id Builder::append(Node node) {
  if (block_ == nullptr) bug("loops::Builder: a value is appended while no block is set");
  const Id id = static_cast<Id>(kernel_.nodes.size());
  kernel_.nodes.push_back(std::move(node));
  block_->push_back(id);
  return id;
}

ScalarBuilder::Reg Builder::constant(Scalar value) {
  Node node;
  node.kind = Kind::constant;
  node.type = value.dtype;
  node.bits = value.bits;
  return append(std::move(node));
}

ScalarBuilder::Reg Builder::emit(Prim p, DType out, std::span<const Reg> args) {
  Node node;
  node.kind = Kind::prim;
  node.prim = p;
  node.type = out;
  node.args.assign(args.begin(), args.end());
  return append(std::move(node));
}

Id Builder::size(const Extent& e) {
  Node node;
  node.kind = Kind::size;
  node.type = DType::I64;
  node.extent = e;
  return append(std::move(node));
}

Id Builder::scalar(std::uint32_t param) {
  Node node;
  node.kind = Kind::scalar;
  node.type = kernel_.params[param].type;
  node.index = param;
  return append(std::move(node));
}

Id Builder::load(Access access, DType type) {
  Node node;
  node.kind = Kind::load;
  node.type = type;
  node.index = static_cast<std::uint32_t>(kernel_.accesses.size());
  kernel_.accesses.push_back(std::move(access));
  return append(std::move(node));
}

void Builder::store(Access access, Id value) {
  Node node;
  node.kind = Kind::store;
  node.type = type_of(value);
  node.args = {value};
  node.index = static_cast<std::uint32_t>(kernel_.accesses.size());
  kernel_.accesses.push_back(std::move(access));
  append(std::move(node));
}

Id Builder::apply(const Ufunc& ufunc, std::vector<Id> args, DType out) {
  Node node;
  node.kind = Kind::ufunc;
  node.type = out;
  node.ufunc = &ufunc;
  node.args = std::move(args);
  return append(std::move(node));
}

Id Builder::loop(std::string name, Extent extent) {
  // The current block may be a loop's body, which moves when the vector of loops grows.
  std::vector<Loop>& all = kernel_.loops;
  std::size_t within = all.size();
  for (std::size_t i = 0; all.size() == all.capacity() && i < all.size(); ++i) {
    if (block_ == &all[i].body) within = i;
  }
  const std::uint32_t index = static_cast<std::uint32_t>(all.size());
  Loop loop;
  loop.name = std::move(name);
  loop.extent = std::move(extent);
  all.push_back(std::move(loop));
  if (within < index) block_ = &all[within].body;

  Node node;
  node.kind = Kind::loop;
  node.type = DType::I64;
  node.index = index;
  kernel_.nodes.push_back(std::move(node));
  return static_cast<Id>(kernel_.nodes.size() - 1);
}

Id Builder::index(Id loop) {
  Node node;
  node.kind = Kind::index;
  node.type = DType::I64;
  node.args = {loop};
  return append(std::move(node));
}

Id Builder::accumulated(Id loop, std::uint32_t accumulator) {
  Node node;
  node.kind = Kind::accumulated;
  node.type = kernel_.loops[kernel_.nodes[loop].index].accumulators[accumulator].type;
  node.index = accumulator;
  node.args = {loop};
  return append(std::move(node));
}

Id Builder::imaginary(Id loop, std::uint32_t accumulator) {
  const Id id = accumulated(loop, accumulator);
  kernel_.nodes[id].kind = Kind::imaginary;
  return id;
}

Id Builder::position(Id loop, std::uint32_t accumulator) {
  Node node;
  node.kind = Kind::position;
  node.type = DType::I64;
  node.index = accumulator;
  node.args = {loop};
  return append(std::move(node));
}

}  // namespace arrayc::ir::loops
