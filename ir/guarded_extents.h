// Which extents a function may take for equal, or stretch: those that its guards compare.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/module.h"

namespace arrayc::ir {

class GuardedExtents final : public ExtentRules {
 public:
  // strict: what differs must be proved equal by a guard. lenient: it must not be certainly
  // different; for kernels, whose program's function has the guards.
  enum class Mode : std::uint8_t { strict, lenient };
  explicit GuardedExtents(Mode mode) : mode_(mode) {}
  // strict, of a function's guards.
  explicit GuardedExtents(const Function& function);

  void add(const Guard& guard);
  std::optional<Extent> equate(const Extent& a, const Extent& b) override;
  std::optional<Extent> stretch(const Extent& a, const Extent& target) override;
  // Of the same rank, and the extents equal or equated.
  bool same_shape(const Shape& a, const Shape& b);
  // Whether a node is a view of all that its operand is, as it lies, under other names of extents.
  bool is_renaming(const Graph& graph, NodeId id);
  // Whether equate has refused extents that guards might make equal.
  bool refused() const { return refused_; }

 private:
  Extent reduced(Extent e) const;
  bool chained(const Extent& a, const Extent& b) const;
  Mode mode_;
  bool refused_ = false;
  std::map<std::string, Extent> values_;          // of symbols, by guards
  std::vector<std::pair<Extent, Extent>> pairs_;  // guards about expressions
  // What may be stretched, and to what, by hash.
  std::unordered_multimap<std::size_t, std::pair<Extent, Extent>> stretches_;
};

}  // namespace arrayc::ir
