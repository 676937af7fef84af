#include "ir/specialise.h"

#include <algorithm>
#include <utility>

#include "ir/diagnostic.h"
#include "ir/fit.h"
#include "ir/symbols.h"
#include "runtime/planted.h"

namespace arrayc::ir {

namespace {

// Extents under equalities.
class Equalities {
 public:
  explicit Equalities(const Function& function) {
    for (const Param& param : function.params) {
      for (const Extent& e : param.type.shape) symbols_.declare(e);
      if (param.kind == ParamKind::size) symbols_.declare(Extent::symbol(param.name));
    }
    for (NodeId id = 0; id < function.graph.size(); ++id) {
      const Node& node = function.graph[id];
      for (const Extent& e : node.type.shape) symbols_.declare(e);
      for_each_extent(node.operation, [this](const Extent& e) { symbols_.declare(e); });
    }
    for (const Guard& guard : function.guards) {
      symbols_.declare(guard.a);
      symbols_.declare(guard.b);
    }
  }

  // Of resolved extents.
  void add(const Extent& a, const Extent& b) {
    bool guarded = false;
    if (a == b || symbols_.define(a, b, guarded)) return;
    pairs_.push_back(a.is_constant() ? std::pair(b, a) : std::pair(a, b));
  }

  Extent resolve(const Extent& e) {
    const Extent known = symbols_.resolve(e);
    if (pairs_.empty() || known.is_constant()) return known;
    return replaced(known.replace_broadcasts([this](const std::vector<Extent>& options) {
      Extent result = 1;
      for (const Extent& option : options) result = broadcast(result, replaced(option));
      return result;
    }));
  }

  Shape resolve(const Shape& shape) {
    Shape result;
    for (const Extent& e : shape) result.push_back(resolve(e));
    return result;
  }

 private:
  // By equalities that no symbol could be defined by.
  Extent replaced(Extent e) {
    for (const auto& [from, to] : pairs_) {
      if (symbols_.resolve(from) == e) e = symbols_.resolve(to);
    }
    return e;
  }

  Symbols symbols_;
  std::vector<std::pair<Extent, Extent>> pairs_;
};

// Answers whether an axis has the length `other` that it is stretched to, or the length 1.
using Question = std::function<bool(const Extent& e, const Extent& other)>;

// Goes through the stretches of a function; what Question answers makes the pattern.
class PatternMaker {
 public:
  PatternMaker(const Function& function, Question question)
      : function_(function), extents_(function), question_(std::move(question)) {}

  // Nothing where the answers contradict each other.
  std::optional<Pattern> make() {
    for (const Guard& guard : function_.guards) {
      if (guard.kind != Guard::Kind::stretch) continue;
      guard_ = &guard;
      const Extent target = settled(guard.b);
      settle(settled(guard.a), target);
      if (!possible_) return std::nullopt;
    }
    if (contradicts()) return std::nullopt;
    return std::move(pattern_);
  }

 private:
  // What is broadcast together, each resolved alone: a whole broadcast that has become one constant
  // would not say what else must be equal to it.
  std::vector<Extent> options_of(const Extent& e) {
    std::vector<Extent> options;
    for (const Extent& whole : broadcast_options(e)) {
      for (const Extent& option : broadcast_options(extents_.resolve(whole))) {
        const bool known = std::find(options.begin(), options.end(), option) != options.end();
        if (!known && !option.is(1)) options.push_back(option);
      }
    }
    if (options.empty()) options.push_back(1);
    return options;
  }

  // The one extent that a broadcast is.
  Extent settled(const Extent& e) {
    const std::vector<Extent> options = options_of(e);
    std::size_t first = 0;
    while (possible_ && first + 1 < options.size()) {
      Extent rest = options[first];
      for (std::size_t k = first + 1; k < options.size(); ++k) rest = broadcast(rest, options[k]);
      if (question_(options[first], rest)) break;
      require(options[first], 1);
      ++first;
    }
    const Extent& chosen = options[first];
    if (first > 0) longer_.push_back(chosen);
    for (std::size_t k = first + 1; k < options.size(); ++k) {
      settle(extents_.resolve(options[k]), extents_.resolve(chosen));
    }
    return extents_.resolve(chosen);
  }

  void settle(const Extent& e, const Extent& target) {
    if (!possible_ || e == target || e.is(1)) return;
    if (never_stretches(e, target)) {
      possible_ = false;
    } else if (target.is(1) || never_equal(e, 1)) {
      require(e, target);
    } else if (never_equal(e, target)) {
      longer_.push_back(target);
      require(e, 1);
    } else if (question_(e, target)) {
      require(e, target);
    } else {
      longer_.push_back(target);
      require(e, 1);
    }
  }

  void require(const Extent& a, const Extent& b) {
    pattern_.push_back({Guard::Kind::equal, a, b, guard_->message, guard_->place});
    extents_.add(a, b);
  }

  // What is not 1, for else an earlier pattern would hold, must be 1.
  bool contradicts() {
    const auto is_one = [&](const Extent& e) { return extents_.resolve(e).is(1); };
    if (std::any_of(longer_.begin(), longer_.end(), is_one)) return true;
    return std::any_of(function_.guards.begin(), function_.guards.end(), [&](const Guard& guard) {
      if (guard.kind == Guard::Kind::positive) {
        const auto most = extents_.resolve(guard.a).upper_bound();
        return most && *most <= 0;
      }
      if (guard.kind != Guard::Kind::equal) return false;
      const Extent a = extents_.resolve(guard.a), b = extents_.resolve(guard.b);
      if (never_equal(a, b)) return true;
      const Extent& other = a.is(1) ? b : a;
      return (a.is(1) || b.is(1)) &&
             std::any_of(longer_.begin(), longer_.end(),
                         [&](const Extent& e) { return extents_.resolve(e) == other; });
    });
  }

  const Function& function_;
  Equalities extents_;
  Question question_;
  const Guard* guard_ = nullptr;
  Pattern pattern_;
  std::vector<Extent> longer_;  // what something of length 1 is stretched to
  bool possible_ = true;
};

// All sequences of answers, "equal" first.
class Answers {
 public:
  bool next_answer() {
    if (asked_ == answers_.size()) answers_.push_back(true);
    return answers_[asked_++];
  }
  // To the next sequence; false after the last.
  bool advance() {
    answers_.resize(asked_);
    asked_ = 0;
    while (!answers_.empty() && !answers_.back()) answers_.pop_back();
    if (answers_.empty()) return false;
    answers_.back() = false;
    return true;
  }

 private:
  std::vector<bool> answers_;
  std::size_t asked_ = 0;
};

constexpr std::size_t most_tries = 4096;

// Numbers of elements that the pattern makes equal, but not provably: a guard that always holds.
void keep_reshape(Function& function, NodeId reshape, const Pattern& pattern) {
  const Graph& graph = function.graph;
  const Node& node = graph[reshape];
  if (node.op() != Op::reshape || pattern.empty()) return;
  const Extent from = element_count(graph[node.operands[0]].type.shape);
  const Extent to = element_count(node.type.shape);
  if ((from - to).is_constant()) return;
  function.guards.push_back({Guard::Kind::equal, from, to, pattern[0].message, node.place});
}

}  // namespace

bool has_stretches(const Function& function) {
  return std::any_of(function.guards.begin(), function.guards.end(),
                     [](const Guard& guard) { return guard.kind == Guard::Kind::stretch; });
}

Pattern pattern_of(const Function& function, const Extent::Lookup& value_of) {
  const auto question = [&](const Extent& e, const Extent& other) {
    return e.evaluate(value_of) == other.evaluate(value_of) ||
           planted(runtime::Plant::pattern_first);
  };
  auto pattern = PatternMaker(function, question).make();
  if (!pattern) bug("specialise: sizes that satisfy the guards have no pattern");
  return std::move(*pattern);
}

std::optional<std::vector<Pattern>> all_patterns(const Function& function, std::size_t most) {
  std::vector<Pattern> patterns;
  Answers answers;
  const auto question = [&](const Extent&, const Extent&) { return answers.next_answer(); };
  for (std::size_t k = 0; k < most_tries; ++k) {
    if (auto pattern = PatternMaker(function, question).make()) {
      if (patterns.size() == most) return std::nullopt;
      patterns.push_back(std::move(*pattern));
    }
    if (!answers.advance()) return patterns;
  }
  return std::nullopt;
}

Pattern first_pattern(const Function& function) {
  Answers answers;
  const auto question = [&](const Extent&, const Extent&) { return answers.next_answer(); };
  for (std::size_t k = 0; k < most_tries; ++k) {
    if (auto pattern = PatternMaker(function, question).make()) return std::move(*pattern);
    if (!answers.advance()) break;
  }
  const auto guard = std::find_if(function.guards.begin(), function.guards.end(),
                                  [](const Guard& g) { return g.kind == Guard::Kind::stretch; });
  user_error(guard->message, guard->place, "no sizes satisfy all that " + function.name + " asks");
}

Function specialise(const Function& function, const Pattern& pattern) {
  Function result = function;
  Equalities extents(function);
  for (const Guard& guard : pattern)
    extents.add(extents.resolve(guard.a), extents.resolve(guard.b));
  result.guards.clear();
  bool placed = false;
  for (const Guard& guard : function.guards) {
    if (guard.kind != Guard::Kind::stretch) {
      result.guards.push_back(guard);
    } else if (!std::exchange(placed, true)) {
      result.guards.insert(result.guards.end(), pattern.begin(), pattern.end());
    }
  }
  result.graph = Graph();
  std::vector<NodeId> ids;
  for (NodeId id = 0; id < function.graph.size(); ++id) {
    const Node& node = function.graph[id];
    std::vector<NodeId> operands;
    for (const NodeId operand : node.operands) operands.push_back(ids[operand]);
    Operation operation = node.operation;
    if (has_symbols(operation)) {
      operation = map_extents(operation, [&](const Extent& e) { return extents.resolve(e); });
    }
    AgreedExtents rules;
    const NodeId made = node.op() == Op::param
                            ? result.graph.add(operation, {}, node.type, node.place)
                            : add_fitted(result.graph, std::move(operation), std::move(operands),
                                         node.type.dtype, node.place, rules);
    keep_reshape(result, made, pattern);
    ids.push_back(with_shape(result.graph, made, extents.resolve(result.graph[made].type.shape)));
  }
  for (NodeId& id : result.results) {
    const bool param = function.graph[id].op() == Op::param;
    id = ids[id];
    if (param && result.graph[id].op() == Op::view) id = result.graph[id].operands[0];
  }
  for (Check& check : result.checks) check.shape = extents.resolve(check.shape);
  return result;
}

}  // namespace arrayc::ir
