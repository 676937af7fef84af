// Rewriting a kernel's loops: every node is copied into a new kernel, block by block, and a pass
// replaces what it wants to be different.
#pragma once

#include <map>
#include <vector>

#include "ir/loops.h"

namespace arrayc::passes {

class LoopRewriter {
 public:
  // `source` is only read; nodes of `target` are appended to. They may share params and scratch.
  LoopRewriter(const ir::loops::Kernel& source, ir::loops::Kernel& target, bool fma)
      : source_(source), target_(target), builder_(target, fma) {}
  virtual ~LoopRewriter() = default;

  // Copies all params, scratch and stages into an empty target.
  void copy_kernel();

  // The target's node for a source node that was copied.
  ir::loops::Id operator[](ir::loops::Id source) const { return ids_.at(source); }
  bool knows(ir::loops::Id source) const { return ids_.contains(source); }
  void map(ir::loops::Id source, ir::loops::Id target) { ids_[source] = target; }

  // Copies the items of a block to the end of `out`.
  void copy_block(const ir::loops::Block& block, ir::loops::Block& out);

 protected:
  // Hooks. The defaults copy. `value` returns the new id; builder_ appends to the block at hand.
  virtual ir::loops::Id value(ir::loops::Id source);
  virtual void store(ir::loops::Id source);
  virtual void loop(ir::loops::Id source);
  // Called around the body of each copied loop.
  virtual void enter_loop() {}
  virtual void leave_loop() {}

  // A copy of the node with its operands, loops and accesses mapped, placed in the block at hand.
  ir::loops::Id copy_node(ir::loops::Id source);
  ir::loops::Access copy_access(const ir::loops::Access& access) const;
  std::vector<ir::loops::Accumulator> copy_accumulators(const ir::loops::Loop& loop) const;

  const ir::loops::Kernel& source_;
  ir::loops::Kernel& target_;
  ir::loops::Builder builder_;

 private:
  std::map<ir::loops::Id, ir::loops::Id> ids_;
};

// Whether a node's kind is one that computes a value.
bool is_value(const ir::loops::Node& node);

// Removes values and loops that no store needs.
void remove_unused(ir::loops::Kernel& kernel);

}  // namespace arrayc::passes
