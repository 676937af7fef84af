#include "ir/contraction_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "ir/text.h"

namespace arrayc::ir {

namespace {

// How operands are combined two by two: entry k makes operand `count + k` of two earlier ones. An
// operand that is `open` is not computed by itself: its own operands take part in its user's step.
struct Pair {
  std::size_t left, right;
  bool left_open = false, right_open = false;
};
using Pairs = std::vector<Pair>;

double planned_size(const Extent& extent) {
  const std::int64_t n = extent.is_constant() ? extent.constant() : assumed_extent;
  return static_cast<double>(std::max<std::int64_t>(n, 1));
}

// Indices that the same operands have are one index for the search: a class.
struct Problem {
  std::size_t count = 0;                     // of operands
  std::vector<std::vector<int>> classes;     // of each operand, sorted
  std::vector<std::vector<bool>> has_class;  // by class, then operand; the last is the result
  std::vector<double> sizes;                 // by class
};

std::map<std::int32_t, double> index_sizes(const EinsumAttr& einsum,
                                           std::span<const Shape> shapes) {
  std::map<std::int32_t, double> sizes;
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    for (std::size_t axis = 0; axis < shapes[k].size(); ++axis) {
      double& size = sizes[einsum.operands[k][axis]];
      size = std::max(size, planned_size(shapes[k][axis]));
    }
  }
  return sizes;
}

Problem make_problem(const EinsumAttr& einsum, std::span<const Shape> shapes) {
  Problem problem;
  problem.count = shapes.size();
  problem.classes.resize(problem.count);
  std::map<std::vector<bool>, int> numbers;
  for (const auto& [index, size] : index_sizes(einsum, shapes)) {
    std::vector<bool> users(problem.count + 1);
    const auto uses = [&](const std::vector<std::int32_t>& list) {
      return std::find(list.begin(), list.end(), index) != list.end();
    };
    for (std::size_t k = 0; k < problem.count; ++k) users[k] = uses(einsum.operands[k]);
    users[problem.count] = uses(einsum.result);
    const auto [at, is_new] = numbers.emplace(users, static_cast<int>(numbers.size()));
    if (is_new) {
      problem.sizes.push_back(1);
      for (std::size_t k = 0; k < problem.count; ++k) {
        if (users[k]) problem.classes[k].push_back(at->second);
      }
      problem.has_class.push_back(std::move(users));
    }
    problem.sizes[static_cast<std::size_t>(at->second)] *= size;
  }
  return problem;
}

// --- all orders

// Products of the sizes in a set of up to 64 classes.
class Sizes {
 public:
  explicit Sizes(const std::vector<double>& sizes) {
    for (std::size_t byte = 0; byte * 8 < sizes.size(); ++byte) {
      std::array<double, 256>& table = tables_.emplace_back();
      table[0] = 1;
      for (std::size_t set = 1; set < 256; ++set) {
        const std::size_t lowest = static_cast<std::size_t>(std::countr_zero(set));
        const std::size_t at = 8 * byte + lowest;
        table[set] = table[set & (set - 1)] * (at < sizes.size() ? sizes[at] : 1);
      }
    }
  }
  double operator()(std::uint64_t set) const {
    double product = 1;
    for (const auto& table : tables_) {
      product *= table[set & 255];
      set >>= 8;
    }
    return product;
  }

 private:
  std::vector<std::array<double, 256>> tables_;
};

// Of each set of operands (a bit each) the cheapest way to contract it to one.
class Search {
 public:
  explicit Search(const Problem& problem)
      : problem_(problem), size_(problem.sizes), best_(std::size_t{1} << problem.count) {
    for (const std::vector<bool>& has : problem.has_class) {
      std::size_t& users = users_.emplace_back(0);
      for (std::size_t k = 0; k < has.size(); ++k) users |= std::size_t{has[k]} << k;
    }
    for (std::size_t set = 1; set < best_.size(); ++set) {
      find_classes(set);
      if (!is_single(set)) find_best(set);
    }
  }

  Pairs pairs() const {
    std::vector<std::size_t> sets = {best_.size() - 1};
    for (std::size_t k = 0; k < sets.size(); ++k) {
      const std::size_t left = best_[sets[k]].left;
      for (const std::size_t part : {left, sets[k] & ~left}) {
        if (!is_single(part)) sets.push_back(part);
      }
    }
    std::sort(sets.begin(), sets.end());  // parts of a set are smaller numbers
    const auto operand = [&](std::size_t set) {
      if (is_single(set)) return static_cast<std::size_t>(std::countr_zero(set));
      const auto at = std::lower_bound(sets.begin(), sets.end(), set);
      return problem_.count + static_cast<std::size_t>(at - sets.begin());
    };
    Pairs pairs;
    for (const std::size_t set : sets) {
      const std::size_t left = best_[set].left, right = set & ~left;
      pairs.push_back({operand(left), operand(right), is_open(left, right), is_open(right, left)});
    }
    return pairs;
  }

 private:
  struct Best {
    std::uint64_t classes = 0;  // that its operands have
    std::uint64_t kept = 0;     // that its result has; of one operand, all
    std::uint64_t looped = 0;   // that its last step runs over
    double operations = 0, elements = 0;
    std::size_t left = 0;
  };

  static bool is_single(std::size_t set) { return std::has_single_bit(set); }

  void find_classes(std::size_t set) {
    Best& best = best_[set];
    if (is_single(set)) {
      for (const int c : problem_.classes[static_cast<std::size_t>(std::countr_zero(set))]) {
        best.classes |= std::uint64_t{1} << c;
      }
      best.kept = best.looped = best.classes;
      return;
    }
    best.classes = best_[set & (set - 1)].classes | best_[set & ~(set - 1)].classes;
    for (std::uint64_t rest = best.classes; rest != 0; rest &= rest - 1) {
      const std::size_t users = users_[static_cast<std::size_t>(std::countr_zero(rest))];
      if ((users & ~set) != 0) best.kept |= rest & ~(rest - 1);
    }
  }

  // The result of `part` would be as large as the step that uses it together with `other`, and as
  // the step that makes it.
  bool is_open(std::size_t part, std::size_t other) const {
    if (is_single(part)) return false;
    const Best& p = best_[part];
    return p.looped == p.kept && (best_[other].kept & ~p.kept) == 0;
  }

  void find_best(std::size_t set) {
    Best& best = best_[set];
    const std::size_t rest = set & (set - 1);
    // Every division in two, the first operand being on the left.
    for (std::size_t right = rest; right != 0; right = (right - 1) & rest) {
      const std::size_t left = set & ~right;
      const Best &a = best_[left], &b = best_[right];
      double operations = a.operations + b.operations;
      if (best.left != 0 && operations > best.operations) continue;
      const std::uint64_t looped = a.kept | b.kept;
      operations += size_(looped);
      if (best.left != 0 && operations > best.operations) continue;
      double elements = a.elements + b.elements;
      if (!is_single(left) && !is_open(left, right)) elements += size_(a.kept);
      if (!is_single(right) && !is_open(right, left)) elements += size_(b.kept);
      const bool better = best.left == 0 || operations < best.operations ||
                          (operations == best.operations && elements < best.elements);
      if (!better) continue;
      best.operations = operations;
      best.elements = elements;
      best.looped = looped;
      best.left = left;
    }
  }

  const Problem& problem_;
  Sizes size_;
  std::vector<std::size_t> users_;  // of each class: the operands (a bit each) and the result
  std::vector<Best> best_;
};

// --- the most promising pair first

class Greedy {
 public:
  explicit Greedy(const Problem& problem) : problem_(problem), uses_(problem.sizes.size()) {
    for (std::size_t k = 0; k < problem.count; ++k) {
      live_.push_back({k, problem.classes[k], problem.classes[k]});
    }
    for (std::size_t c = 0; c < uses_.size(); ++c) {
      uses_[c] = static_cast<int>(
          std::count(problem.has_class[c].begin(), problem.has_class[c].end(), true));
    }
  }

  Pairs pairs() {
    Pairs pairs;
    while (live_.size() > 1) {
      const auto [i, j] = next();
      Operand made = combined(live_[i], live_[j]);
      made.id = problem_.count + pairs.size();
      pairs.push_back(
          {live_[i].id, live_[j].id, is_open(live_[i], live_[j]), is_open(live_[j], live_[i])});
      for (const int c : made.looped) {
        int& uses = uses_[static_cast<std::size_t>(c)];
        uses += contains(made.kept, c) - contains(live_[i].kept, c) - contains(live_[j].kept, c);
      }
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(j));
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
      live_.push_back(std::move(made));
    }
    return pairs;
  }

 private:
  struct Operand {
    std::size_t id;
    std::vector<int> kept, looped;  // as in Search
  };
  struct Score {
    bool apart = true;  // they have no class in common
    double growth = 0, operations = 0;
    bool operator<(const Score& other) const {
      if (apart != other.apart) return other.apart;
      if (growth != other.growth) return growth < other.growth;
      return operations < other.operations;
    }
  };

  static bool contains(const std::vector<int>& sorted, int c) {
    return std::binary_search(sorted.begin(), sorted.end(), c);
  }

  bool is_open(const Operand& part, const Operand& other) const {
    return part.id >= problem_.count && part.looped == part.kept &&
           std::includes(part.kept.begin(), part.kept.end(), other.kept.begin(), other.kept.end());
  }

  double size(const std::vector<int>& classes) const {
    double product = 1;
    for (const int c : classes) product *= problem_.sizes[static_cast<std::size_t>(c)];
    return product;
  }

  Operand combined(const Operand& a, const Operand& b) const {
    Operand made{0, {}, {}};
    std::set_union(a.kept.begin(), a.kept.end(), b.kept.begin(), b.kept.end(),
                   std::back_inserter(made.looped));
    for (const int c : made.looped) {
      const int here = contains(a.kept, c) + contains(b.kept, c);
      if (uses_[static_cast<std::size_t>(c)] > here) made.kept.push_back(c);
    }
    return made;
  }

  std::pair<std::size_t, std::size_t> next() const {
    std::pair<std::size_t, std::size_t> best{0, 1};
    Score least;
    for (std::size_t i = 0; i < live_.size(); ++i) {
      for (std::size_t j = i + 1; j < live_.size(); ++j) {
        const Operand made = combined(live_[i], live_[j]);
        const Score score{made.looped.size() == live_[i].kept.size() + live_[j].kept.size(),
                          size(made.kept) - size(live_[i].kept) - size(live_[j].kept),
                          size(made.looped)};
        if ((i == 0 && j == 1) || score < least) {
          least = score;
          best = {i, j};
        }
      }
    }
    return best;
  }

  const Problem& problem_;
  std::vector<int> uses_;  // by class, how many live operands (and the result) have it
  std::vector<Operand> live_;
};

// --- steps

class Steps {
 public:
  Steps(const EinsumAttr& einsum, std::span<const Shape> shapes) : einsum_(einsum) {
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      live_.push_back({k, einsum.operands[k], shapes[k]});
    }
  }

  std::vector<ContractionStep> run(const Pairs& pairs) {
    // What each pair combines, operands of open ones in their place.
    std::vector<std::vector<std::size_t>> parts;
    std::vector<bool> open(pairs.size());
    const std::size_t count = live_.size();
    for (const Pair& pair : pairs) {
      std::vector<std::size_t>& all = parts.emplace_back();
      for (const auto& [id, is_open] :
           {std::pair(pair.left, pair.left_open), std::pair(pair.right, pair.right_open)}) {
        if (is_open) {
          open[id - count] = true;
          const std::vector<std::size_t> inner = parts[id - count];
          all.insert(all.end(), inner.begin(), inner.end());
        } else {
          all.push_back(id);
        }
      }
    }
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      if (!open[k]) add(parts[k], count + k);
    }
    if (pairs.empty()) add({0}, 1);
    return std::move(steps_);
  }

 private:
  struct Operand {
    std::size_t id;
    std::vector<std::int32_t> indices;
    Shape shape;
  };

  void add(const std::vector<std::size_t>& ids, std::size_t made) {
    ContractionStep step;
    std::vector<Operand> rest;
    for (std::size_t k = 0; k < live_.size(); ++k) {
      if (std::find(ids.begin(), ids.end(), live_[k].id) == ids.end()) {
        rest.push_back(live_[k]);
        continue;
      }
      step.operands.push_back(k);
      step.einsum.operands.push_back(live_[k].indices);
      take(live_[k]);
    }
    if (rest.empty()) {
      step.einsum.result = einsum_.result;
    } else {
      for (const std::int32_t index : order_) {
        const auto has = [&](const auto& list) {
          return std::find(list.begin(), list.end(), index) != list.end();
        };
        const bool needed =
            has(einsum_.result) ||
            std::any_of(rest.begin(), rest.end(), [&](const Operand& o) { return has(o.indices); });
        if (needed) step.einsum.result.push_back(index);
      }
    }
    for (const std::int32_t index : step.einsum.result) step.result.push_back(extents_.at(index));
    rest.push_back({made, step.einsum.result, step.result});
    live_ = std::move(rest);
    for (const std::int32_t index : order_) step.space.push_back(extents_.at(index));
    order_.clear();
    extents_.clear();
    steps_.push_back(std::move(step));
  }

  // The indices of the step's operands in order of appearance, with their extents.
  void take(const Operand& operand) {
    for (std::size_t axis = 0; axis < operand.indices.size(); ++axis) {
      const std::int32_t index = operand.indices[axis];
      const auto [at, is_new] = extents_.emplace(index, operand.shape[axis]);
      if (is_new) order_.push_back(index);
      if (at->second.is(1)) at->second = operand.shape[axis];
    }
  }

  const EinsumAttr& einsum_;
  std::vector<Operand> live_;
  std::vector<std::int32_t> order_;         // of the step in progress
  std::map<std::int32_t, Extent> extents_;  // of the step in progress
  std::vector<ContractionStep> steps_;
};

Pairs find_pairs(const Problem& problem) {
  if (problem.count < 2) return {};
  if (problem.count <= most_operands_searched && problem.sizes.size() <= 64) {
    return Search(problem).pairs();
  }
  return Greedy(problem).pairs();
}

// The product of factor and extents, written as one: products of sums are not multiplied out.
std::string product_text(double factor, const Shape& extents) {
  std::string symbols;
  for (const Extent& extent : extents) {
    if (extent.is_constant()) {
      factor *= static_cast<double>(extent.constant());
      continue;
    }
    const std::string text = to_string(extent);
    const bool sum = extent.terms().size() > 1 || extent.constant() != 0;
    symbols += (symbols.empty() ? "" : "*") + (sum ? "(" + text + ")" : text);
  }
  if (factor == 0) return "0";
  constexpr double exact = 1e15;
  const std::string number =
      factor < exact ? fmt::format("{:.0f}", factor) : fmt::format("{:.3g}", factor);
  if (symbols.empty()) return number;
  return factor == 1 ? symbols : number + "*" + symbols;
}

}  // namespace

double planned_count(std::span<const Extent> shape) {
  double count = 1;
  for (const Extent& extent : shape) count *= planned_size(extent);
  return count;
}

std::vector<ContractionStep> contraction_order(const EinsumAttr& einsum,
                                               std::span<const Shape> shapes) {
  if (shapes.empty() || shapes.size() != einsum.operands.size()) {
    bug("contraction_order: the index lists do not match the operands");
  }
  return Steps(einsum, shapes).run(find_pairs(make_problem(einsum, shapes)));
}

std::size_t operations_per_point(const ContractionStep& step) {
  if (step.operands.size() > 1) return step.operands.size() - 1;
  return step.space.size() == step.result.size() ? 0 : 1;
}

std::string operation_count(const ContractionStep& step) {
  return product_text(static_cast<double>(operations_per_point(step)), step.space);
}

std::string to_string(const ContractionStep& step) {
  const bool several = step.operands.size() > 1;
  return fmt::format("({}{}) {}: {} {}, {} elements", fmt::join(step.operands, ", "),
                     several ? "" : ",", subscripts_text(step.einsum), operation_count(step),
                     several ? "multiply-adds" : "additions", product_text(1, step.result));
}

}  // namespace arrayc::ir
