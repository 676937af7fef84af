// Four steps, each one pass over the recorded nodes in post-order:
//   collect   the nodes that the results need, operands first, and their leaves
//   declare   the symbols that the source already has
//   analyse   types in symbols; the rules say which extents are one, and what must be guarded
//   build     the graph, with each extent in terms of the symbols that are left
#include "ir/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ir/checks.h"
#include "ir/fit.h"
#include "ir/param_names.h"
#include "ir/symbols.h"

namespace arrayc::ir {

namespace {

using Index = std::uint32_t;

// A recorded node on its way into the graph.
struct Step {
  const Value* value = nullptr;
  std::vector<Index> operands;
  Operation operation;  // extents in symbols
  Type type;
  bool stretched = false;  // a broadcast of axes that may be 1 when the function is called
};

// A guard and the step that needs it.
struct Needed {
  Index step;
  Guard guard;
};

// Of a step that is stretched: what is stretched, and how far, where it is not always possible.
class StretchedExtents final : public AgreedExtents {
 public:
  std::optional<Extent> stretch(const Extent& a, const Extent& target) override {
    if (!always_stretches(a, target)) found.emplace_back(a, target);
    return target;
  }
  std::vector<std::pair<Extent, Extent>> found;
};

std::string broadcast_message(const Record& record, const Shape* target) {
  std::string message = "operands could not be broadcast together with shapes ";
  for (const Value& operand : record.operands) message += shape_template(operand.shape()) + " ";
  return target ? message + shape_template(*target) + " " : message;
}

std::string mismatch_message(const Record& record) {
  const Operation& operation = record.operation;
  switch (operation.op) {
    case Op::broadcast: {
      const auto& attr = operation.attr<ShapeAttr>();
      return attr.demand ? attr.demand->message : broadcast_message(record, &attr.shape);
    }
    case Op::reshape:
      return fmt::format("cannot reshape array of size {} into shape {}",
                         extent_template(element_count(record.operands[0].shape())),
                         shape_template(operation.attr<ShapeAttr>().shape));
    case Op::squeeze:
      return "cannot select an axis to squeeze out which has size not equal to one";
    default:
      return broadcast_message(record, nullptr);
  }
}

class Importer final : ExtentRules {
 public:
  explicit Importer(const ImportOptions& options) : options_(options) {}

  Import run(std::span<const Value> results, std::string name);

 private:
  // --- collect
  void collect(std::span<const Value> results);
  void declare();

  // --- analyse
  void analyse();
  void analyse_leaf(Step& step);
  void analyse_node(Step& step);
  bool is_large(const Extent& e) const {
    return e.is_constant() && e.constant() > options_.largest_constant;
  }
  Extent made(const Extent& e) {
    return is_large(e) ? symbols_.make(Symbols::Origin::attribute, e.constant()) : e;
  }
  Operation size_of_operand(const Record& record) const;
  Shape broadcast_shape(const Record& record);
  Shape reshaped(const Record& record);
  void fix_short_slices(Step& step);
  void guard_elements(const Step& step);
  void guard_index(const Slice& slice, const Extent& n, std::size_t axis);
  void equate_axes(const Shape& shape, const Shape& target);
  std::optional<Extent> equate(const Extent& a, const Extent& b) override;
  std::optional<Extent> stretch(const Extent& a, const Extent& target) override;
  void add_guard(Guard::Kind kind, const Extent& a, const Extent& b, std::string message);

  // --- build
  void build(Import& import);
  void add_params(Import& import);
  NodeId add_leaf(Import& import, const Step& step, std::int32_t position);
  NodeId add_node(Graph& graph, const Step& step, std::vector<NodeId> operands);
  void add_guards(Import& import);

  const ImportOptions& options_;
  std::vector<Step> steps_;
  std::unordered_map<const Record*, Index> index_;
  std::vector<Value> leaves_;
  std::vector<Index> leaf_steps_;
  Symbols symbols_;
  std::vector<Needed> guards_;  // in the order of the steps
  std::vector<Needed> stretches_;
  std::unordered_multimap<std::size_t, std::size_t> guard_index_;
  Step* step_ = nullptr;             // what analyse is at
  const Record* current_ = nullptr;  // its record
  std::vector<Type> types_;          // of its operands
  std::vector<Failing> failing_;     // what the function must check
};

// --- collect

void Importer::collect(std::span<const Value> results) {
  struct Frame {
    const Value* value;
    std::size_t next;
  };
  std::vector<Frame> stack;
  for (const Value& result : results) {
    if (!result) bug("import: a result is null");
    if (!index_.contains(result.get())) stack.push_back({&result, 0});
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const Record& record = **frame.value;
      const bool leaf = is_leaf(record);
      if (!leaf && frame.next < record.operands.size()) {
        const Value& operand = record.operands[frame.next++];
        if (!index_.contains(operand.get())) stack.push_back({&operand, 0});
        continue;
      }
      const auto index = static_cast<Index>(steps_.size());
      Step step;
      step.value = frame.value;
      if (leaf) {
        leaves_.push_back(*frame.value);
        leaf_steps_.push_back(index);
      } else {
        step.operands.reserve(record.operands.size());
        for (const Value& operand : record.operands) {
          step.operands.push_back(index_.at(operand.get()));
        }
      }
      index_.emplace(&record, index);
      steps_.push_back(std::move(step));
      stack.pop_back();
    }
  }
}

void Importer::declare() {
  const auto add = [&](const Extent& e) { symbols_.declare(e); };
  for (const Step& step : steps_) {
    const Record& record = **step.value;
    if (is_leaf(record)) {
      for (const Extent& e : record.type.shape) add(e);
    } else if (!is_size_of_operand(record)) {
      for_each_extent(record.operation, add);
    }
  }
}

// --- analyse

void Importer::analyse() {
  for (Step& step : steps_) {
    step_ = &step;
    current_ = step.value->get();
    try {
      if (is_leaf(*current_)) {
        analyse_leaf(step);
      } else {
        analyse_node(step);
      }
    } catch (const Error& error) {
      throw error.at(current_->place);
    }
  }
}

void Importer::analyse_leaf(Step& step) {
  step.type = current_->type;
  for (Extent& e : step.type.shape) {
    if (is_large(e)) e = symbols_.make(Symbols::Origin::parameter, e.constant());
  }
}

void Importer::analyse_node(Step& step) {
  const Record& record = *current_;
  types_.resize(step.operands.size());
  for (std::size_t k = 0; k < types_.size(); ++k) types_[k] = steps_[step.operands[k]].type;
  switch (record.operation.op) {
    case Op::broadcast: {
      const auto& demand = record.operation.attr<ShapeAttr>().demand;
      step.operation = with(record.operation, ShapeAttr{broadcast_shape(record)});
      if (demand && demand->equal) {
        equate_axes(types_[0].shape, step.operation.attr<ShapeAttr>().shape);
      } else {
        step.stretched = symbols_.any_declared();
      }
      break;
    }
    case Op::reshape:
      step.operation = with(record.operation, ShapeAttr{reshaped(record)});
      break;
    case Op::extent:
      if (is_size_of_operand(record)) {
        step.operation = size_of_operand(record);
        step.operands.clear();
        types_.clear();
        break;
      }
      [[fallthrough]];
    case Op::iota:
    case Op::view: {
      bool large = false;
      for_each_extent(record.operation, [&](const Extent& e) { large = large || is_large(e); });
      step.operation = large
                           ? map_extents(record.operation, [&](const Extent& e) { return made(e); })
                           : record.operation;
      break;
    }
    default:
      step.operation = record.operation;
  }
  step.type = infer(step.operation, types_, record.type.dtype, *this);
  if (step.type.rank() != record.type.rank()) bug("import: a recorded type has another rank");
  fix_short_slices(step);
  guard_elements(step);
}

// The extents behind "$0", "$1", … are those of the operand's axes.
Operation Importer::size_of_operand(const Record& record) const {
  const Extent size = axis_extents(record.operation.attr<ExtentAttr>().value, types_[0].shape);
  if (!size.is_constant()) return with(record.operation, ExtentAttr{size});
  const ConstantAttr constant{Scalar::of(size.constant()), Weak::strong};
  return {Op::constant, nullptr, std::make_shared<const Attributes>(constant)};
}

// An axis that keeps its length keeps its symbol.
Shape Importer::broadcast_shape(const Record& record) {
  Shape shape = record.operation.attr<ShapeAttr>().shape;
  const Shape& before = record.operands[0].shape();
  const std::size_t added = shape.size() - before.size();
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const bool kept = k >= added && before[k - added] == shape[k];
    shape[k] = kept ? types_[0].shape[k - added] : made(shape[k]);
  }
  return shape;
}

// Axes at both ends that keep their length keep their symbol; of the others, the last large one
// follows from the number of elements.
Shape Importer::reshaped(const Record& record) {
  Shape shape = record.operation.attr<ShapeAttr>().shape;
  const Shape written = shape;
  const Shape& before = record.operands[0].shape();
  std::size_t front = 0;
  while (front < shape.size() && front < before.size() && before[front] == written[front]) {
    shape[front] = types_[0].shape[front];
    ++front;
  }
  std::size_t back = 0;
  while (front + back < shape.size() && front + back < before.size() &&
         before[before.size() - 1 - back] == written[shape.size() - 1 - back]) {
    shape[shape.size() - 1 - back] = types_[0].shape[before.size() - 1 - back];
    ++back;
  }
  std::optional<std::size_t> last;
  for (std::size_t k = front; k < shape.size() - back; ++k) {
    if (is_large(shape[k])) last = k;
  }
  if (!last) return shape;
  for (std::size_t k = front; k < *last; ++k) shape[k] = made(shape[k]);
  const Extent target = shape[*last];
  const auto middle = [](const Shape& all, std::size_t from, std::size_t to) {
    return element_count(Shape(all.begin() + static_cast<std::ptrdiff_t>(from),
                               all.end() - static_cast<std::ptrdiff_t>(to)));
  };
  shape[*last] = 1;
  const Extent others = middle(shape, front, back);
  const Extent all = middle(types_[0].shape, front, back);
  const bool follows = !others.is(0) && symbols_.value(others).value_or(1) != 0;
  shape[*last] = follows ? floor_div(all, others) : made(target);
  if (symbols_.value(shape[*last]) != target.constant()) shape[*last] = made(target);
  return shape;
}

// A slice that is short, as recorded, has a constant length, because the recorded program may have
// stretched it: slice with length max(min(n0, 6) - 5, 0) → view with length 1 and a guard.
void Importer::fix_short_slices(Step& step) {
  if (step.operation.op != Op::slice) return;
  const Shape& recorded = current_->type.shape;
  Type fixed = step.type;
  for (std::size_t k = 0; k < recorded.size(); ++k) {
    const Extent& length = step.type.shape[k];
    if (!recorded[k].is_constant() || length.is_constant() || is_large(recorded[k])) continue;
    fixed.shape[k] = recorded[k];
    add_guard(Guard::Kind::equal, length, recorded[k],
              fmt::format("a slice has not the length {} that the program was compiled for",
                          to_string(recorded[k])));
  }
  if (fixed == step.type) return;
  step.operation = with({Op::view, nullptr, nullptr}, view_map(step.operation, types_[0], fixed));
  step.type = std::move(fixed);
}

void Importer::guard_index(const Slice& slice, const Extent& n, std::size_t axis) {
  const Extent position = slice_bounds(slice, n).start;
  const std::string message = fmt::format("index {} is out of bounds for axis {} with size {}",
                                          to_string(*slice.start), axis, to_string(n));
  add_guard(Guard::Kind::positive, position + 1, 0, message);
  add_guard(Guard::Kind::positive, n - position, 0, message);
}

// Operations that need elements.
void Importer::guard_elements(const Step& step) {
  const Operation& operation = step.operation;
  if (operation.op == Op::reduce && lacks_identity(*operation.ufunc) &&
      !operation.attr<ReduceAttr>().initial) {
    const auto axis = static_cast<std::size_t>(operation.attr<ReduceAttr>().axis);
    add_guard(Guard::Kind::positive, types_[0].shape[axis], 0,
              fmt::format("zero-size array to reduction operation {} which has no identity",
                          operation.ufunc->name));
  } else if (operation.op == Op::arg_reduce) {
    const auto& attr = operation.attr<ArgReduceAttr>();
    add_guard(
        Guard::Kind::positive, types_[0].shape[static_cast<std::size_t>(attr.axis)], 0,
        fmt::format("attempt to get {} of an empty sequence", attr.maximum ? "argmax" : "argmin"));
  }
  if (current_->operation.op != Op::slice) return;
  const auto& slices = current_->operation.attr<SliceAttr>().axes;
  for (std::size_t k = 0; k < slices.size(); ++k) {
    if (slices[k].index) guard_index(slices[k], types_[0].shape[k], k);
  }
}

// Of a broadcast that stretches nothing.
void Importer::equate_axes(const Shape& shape, const Shape& target) {
  const std::size_t added = target.size() - shape.size();
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == target[added + k] || equate(target[added + k], shape[k])) continue;
    user_error(current_->operation.attr<ShapeAttr>().demand->message);
  }
}

// Guards follow when the extents have their last form.
std::optional<Extent> Importer::stretch(const Extent& a, const Extent& target) {
  if (!step_->stretched) return equate(target, a);
  if (never_stretches(symbols_.resolve(a), symbols_.resolve(target))) return {};
  return target;
}

std::optional<Extent> Importer::equate(const Extent& a, const Extent& b) {
  const Extent x = symbols_.resolve(a);
  const Extent y = symbols_.resolve(b);
  if (x == y) return x;
  const auto x_value = symbols_.value(x);
  const auto y_value = symbols_.value(y);
  if (x_value && y_value && *x_value != *y_value) return {};
  const Extent difference = x - y;
  if (difference.lower_bound().value_or(0) > 0) return {};
  if (difference.upper_bound().value_or(0) < 0) return {};
  bool guarded = true;
  const bool defined = symbols_.define(x, y, guarded);
  if (guarded) add_guard(Guard::Kind::equal, x, y, mismatch_message(*current_));
  if (defined) return symbols_.resolve(x);
  return y.is_constant() ? y : x;
}

// Each is added once, and not at all where it is known to hold.
void Importer::add_guard(Guard::Kind kind, const Extent& a, const Extent& b, std::string message) {
  const Extent x = symbols_.resolve_made(a);
  if (kind == Guard::Kind::positive && x.lower_bound().value_or(0) > 0) return;
  const std::size_t hash = (x.hash() + b.hash()) * 2 + static_cast<std::size_t>(kind);
  const auto [first, last] = guard_index_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    const Guard& known = guards_[at->second].guard;
    if (known.kind != kind) continue;
    if ((known.a == x && known.b == b) || (known.a == b && known.b == x)) return;
  }
  guard_index_.emplace(hash, guards_.size());
  const auto step = static_cast<Index>(step_ - steps_.data());
  guards_.push_back({step, {kind, x, b, std::move(message), current_->place}});
}

// --- build

void Importer::add_params(Import& import) {
  ParamNames names(leaves_);
  for (std::size_t k = 0; k < leaves_.size(); ++k) {
    const Value& leaf = leaves_[k];
    Param param;
    param.name = names.name(leaf);
    const bool by_value = leaf.rank() == 0 && !is_complex(leaf.dtype());
    param.kind = by_value ? ParamKind::scalar : ParamKind::array;
    param.type = steps_[leaf_steps_[k]].type;
    for (Extent& e : param.type.shape) e = symbols_.rename_made(e);
    param.weak = leaf->weak;
    param.place = leaf->place;
    import.function.params.push_back(std::move(param));
  }
}

void Importer::build(Import& import) {
  Graph& graph = import.function.graph;
  std::vector<NodeId> ids(steps_.size());
  std::int32_t next_param = 0;
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    Step& step = steps_[k];
    const Record& record = **step.value;
    if (is_leaf(record)) {
      ids[k] = add_leaf(import, step, next_param++);
      continue;
    }
    std::vector<NodeId> operands;
    operands.reserve(step.operands.size());
    for (const Index operand : step.operands) operands.push_back(ids[operand]);
    ids[k] = add_node(graph, step, std::move(operands));
    if (may_fail(graph, ids[k])) failing_.push_back({ids[k], record.age(), record.place});
    step.operation = {};
  }
  for (NodeId& id : import.function.results) {
    const bool leaf = is_leaf(**steps_[id].value);
    id = ids[id];
    if (leaf && graph[id].op() == Op::view) id = graph[id].operands[0];
  }
  add_checks(import.function, std::move(failing_));
}

// A parameter has the extents that the source declares; what a guard says of them is a view:
// param y: f64[m] → view(param y): f64[n] under the guard n == m
NodeId Importer::add_leaf(Import& import, const Step& step, std::int32_t position) {
  Graph& graph = import.function.graph;
  const Place place = (*step.value)->place;
  const Type& type = import.function.params[static_cast<std::size_t>(position)].type;
  const Operation param = with({Op::param, nullptr, nullptr}, ParamAttr{position});
  const NodeId id = graph.add(param, {}, type, place);
  Shape shape = step.type.shape;
  for (Extent& e : shape) e = symbols_.rename(e);
  return with_shape(graph, id, std::move(shape));
}

NodeId Importer::add_node(Graph& graph, const Step& step, std::vector<NodeId> operands) {
  const Record& record = **step.value;
  Operation operation = step.operation;
  if (has_symbols(operation)) {
    operation = map_extents(operation, [&](const Extent& e) { return symbols_.rename(e); });
  }
  if (!step.stretched) {
    AgreedExtents rules;
    return add_fitted(graph, std::move(operation), std::move(operands), record.type.dtype,
                      record.place, rules);
  }
  StretchedExtents rules;
  const NodeId id = add_fitted(graph, std::move(operation), std::move(operands), record.type.dtype,
                               record.place, rules);
  for (auto& [a, target] : rules.found) {
    const auto at = static_cast<Index>(&step - steps_.data());
    Guard guard{Guard::Kind::stretch, a, target, mismatch_message(record), record.place};
    const auto same = [&](const Needed& n) { return n.guard.a == a && n.guard.b == target; };
    if (std::any_of(stretches_.begin(), stretches_.end(), same)) continue;
    stretches_.push_back({at, std::move(guard)});
  }
  return id;
}

void Importer::add_guards(Import& import) {
  for (auto& [step, guard] : guards_) {
    guard.a = symbols_.rename_made(guard.a);
    guard.b = symbols_.rename_made(guard.b);
  }
  std::vector<Needed> all;
  std::merge(guards_.begin(), guards_.end(), stretches_.begin(), stretches_.end(),
             std::back_inserter(all),
             [](const Needed& x, const Needed& y) { return x.step < y.step; });
  for (auto& [step, guard] : all) {
    if (guard.kind == Guard::Kind::equal && guard.a == guard.b) continue;
    if (guard.kind == Guard::Kind::positive && guard.a.lower_bound().value_or(0) > 0) continue;
    import.function.guards.push_back(std::move(guard));
  }
}

Import Importer::run(std::span<const Value> results, std::string name) {
  collect(results);
  declare();
  analyse();
  Import import;
  import.function.name = std::move(name);
  import.function.tuple = results.size() > 1;
  for (const Value& result : results) {
    import.function.results.push_back(index_.at(result.get()));
  }
  add_params(import);
  build(import);
  add_guards(import);
  for (const auto& [symbol, value] : symbols_.renamed_values()) import.values[symbol] = value;
  import.leaves = std::move(leaves_);
  return import;
}

}  // namespace

Import import(std::span<const Value> results, std::string name, const ImportOptions& options) {
  return Importer(options).run(results, std::move(name));
}

}  // namespace arrayc::ir
