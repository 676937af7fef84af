#include "ir/guarded_extents.h"

#include <set>

namespace arrayc::ir {

namespace {
constexpr std::size_t max_pairs = 64;  // every question looks at all of them
std::size_t hash_of(const Extent& a, const Extent& b) { return a.hash() * 31 + b.hash(); }
}  // namespace

// Values were reduced when they were added, so chains are short; what is longer is not proved.
Extent GuardedExtents::reduced(Extent e) const {
  if (values_.empty()) return e;
  const auto value_of = [this](const std::string& name) -> std::optional<Extent> {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  };
  for (int round = 0; round < 8 && !e.is_constant(); ++round) {
    Extent next = e.substitute(value_of);
    if (next == e) break;
    e = std::move(next);
  }
  return e;
}

void GuardedExtents::add(const Guard& guard) {
  if (guard.kind == Guard::Kind::stretch) {
    stretches_.emplace(hash_of(guard.a, guard.b), std::pair(guard.a, guard.b));
  }
  if (guard.kind != Guard::Kind::equal) return;
  const Extent a = reduced(guard.a);
  const Extent b = reduced(guard.b);
  if (a == b) return;
  const auto bind = [this](const Extent& symbol, const Extent& value) {
    if (symbol.symbol_name().empty()) return false;
    std::set<std::string> within;
    value.collect_symbols(within);
    if (within.contains(symbol.symbol_name())) return false;
    values_.emplace(symbol.symbol_name(), value);
    return true;
  };
  if (bind(b, a) || bind(a, b) || pairs_.size() == max_pairs) return;
  pairs_.emplace_back(a, b);
}

// Whether guards lead from one to the other, one after the other.
bool GuardedExtents::chained(const Extent& a, const Extent& b) const {
  std::vector<Extent> reached{a};
  std::vector<bool> used(pairs_.size(), false);
  for (std::size_t k = 0; k < reached.size(); ++k) {
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      if (used[p]) continue;
      const Extent u = reduced(pairs_[p].first);
      const Extent v = reduced(pairs_[p].second);
      if (!(u == reached[k]) && !(v == reached[k])) continue;
      used[p] = true;
      reached.push_back(u == reached[k] ? v : u);
      if (reached.back() == b) return true;
    }
  }
  return false;
}

std::optional<Extent> GuardedExtents::equate(const Extent& a, const Extent& b) {
  const Extent x = reduced(a);
  const Extent y = reduced(b);
  if (x == y || chained(x, y)) return a;
  const Extent difference = x - y;
  const bool unknown = !difference.is_constant();
  if (unknown && mode_ == Mode::lenient) return a;
  refused_ = refused_ || unknown;
  return {};
}

// Not of what guards make of them: the order of a broadcast's options is a part of its value.
std::optional<Extent> GuardedExtents::stretch(const Extent& a, const Extent& target) {
  if (always_stretches(a, target)) return target;
  const auto [first, last] = stretches_.equal_range(hash_of(a, target));
  for (auto at = first; at != last; ++at) {
    if (at->second.first == a && at->second.second == target) return target;
  }
  return equate(target, a);
}

GuardedExtents::GuardedExtents(const Function& function) : mode_(Mode::strict) {
  for (const Guard& guard : function.guards) add(guard);
}

bool GuardedExtents::is_renaming(const Graph& graph, NodeId id) {
  if (graph[id].op() != Op::view) return false;
  const auto& map = graph[id].operation.attr<ViewAttr>();
  for (std::size_t k = 0; k < map.axes.size(); ++k) {
    const ViewAxis& axis = map.axes[k];
    if (axis.axis != static_cast<int>(k) || !axis.start.is(0) || axis.step != 1) return false;
  }
  return same_shape(map.shape, graph[graph[id].operands[0]].type.shape);
}

bool GuardedExtents::same_shape(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!(a[k] == b[k]) && !equate(a[k], b[k])) return false;
  }
  return true;
}

}  // namespace arrayc::ir
