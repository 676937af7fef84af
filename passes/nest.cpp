// What has to be computed at which index is asked of analysis/demand. A value is computed in the
// block of the innermost loop it varies with, so nothing is computed more often than its indices
// ask for; reductions over one extent at one place share a loop.
#include "passes/nest.h"

#include <algorithm>
#include <set>

#include "passes/analysis/stash.h"
#include "passes/folds.h"

namespace arrayc::passes {

using ir::Extent;
using ir::Node;
using ir::NodeId;
using ir::Op;
namespace loops = ir::loops;

namespace {

// The loops that compute the results, or a kept value.
class Nest {
 public:
  // `ranges`: where the loops of the domain run in a block, or nothing; `kept`: what is computed,
  // null: the results.
  Nest(NestContext& context, Demands wanted, std::vector<BlockRange> ranges, const Kept* kept)
      : context_(context),
        f_(context.f),
        kernel_(context.kernel),
        builder_(context.builder),
        wanted_(std::move(wanted)),
        ranges_(std::move(ranges)),
        kept_(kept) {
    if (kept_ == nullptr) stashes_ = find_stashes(f_.graph, wanted_);
    stashes_.dropped.resize(wanted_.demands.size(), false);
  }

  // The outermost loop.
  loops::Id run() {
    make_loops();
    place();
    emit_block(stage_block_);
    return stage_loop_;
  }

 private:
  void make_loops() {
    for (std::size_t l = 0; l < wanted_.loops.size(); ++l) {
      const LoopVar& v = wanted_.loops[l];
      const std::string name =
          v.reduction ? "r" + std::to_string(l - wanted_.domain) : axis_name(l);
      if (l >= ranges_.size()) {
        loop_ids_.push_back(builder_.loop(name, v.extent));
        continue;
      }
      const BlockRange& range = ranges_[l];
      loop_ids_.push_back(builder_.loop(name, range.more + (range.loop < 0 ? 1 : size_of(range))));
      if (range.loop < 0) continue;
      const auto domain_loop = static_cast<std::size_t>(range.loop);
      kernel_.loops[kernel_.nodes[loop_ids_.back()].index].part = {
          context_.block_loops[domain_loop], size_of(range),
          context_.blocks.results.loops[domain_loop].extent + range.more};
    }
    if (wanted_.domain == 0) {
      stage_loop_ = builder_.loop("once", 1);
      stage_block_ = -1;
    } else {
      stage_loop_ = loop_ids_[0];
      stage_block_ = 0;
    }
  }

  std::int64_t size_of(const BlockRange& range) const {
    return context_.blocks.sizes[static_cast<std::size_t>(range.loop)];
  }

  // --- placement: items of blocks. Block -1 is that of the `once` loop.
  struct Item {
    enum class Kind { value, loop, store } kind;
    std::uint32_t id;  // demand, loop, or result
    bool operator<(const Item& o) const { return std::tie(kind, id) < std::tie(o.kind, o.id); }
  };

  std::int32_t block_of(std::int32_t loop) const { return loop < 0 ? stage_block_ : loop; }
  std::int32_t parent_of(std::uint32_t loop) const { return block_of(wanted_.loops[loop].parent); }

  void place() {
    for (std::uint32_t d = 0; d < wanted_.demands.size(); ++d) {
      if (stashes_.dropped[d]) continue;
      const Demand& demand = wanted_.demands[d];
      const std::int32_t block = block_of(demand.loop);
      const Item item{Item::Kind::value, d};
      items_[block].push_back(item);
      if (demand.reduce_loop >= 0) {
        const auto loop = static_cast<std::uint32_t>(demand.reduce_loop);
        folded_in_[loop].push_back(d);
        depends(item, block, {Item::Kind::loop, loop});
        for (std::uint32_t o : demand.operands) needs({Item::Kind::loop, loop}, block, o);
      } else if (stash_used(d) == nullptr) {
        for (std::uint32_t o : demand.operands) needs(item, block, o);
      }
    }
    for (const Stash& s : stashes_.list) {
      const auto made = static_cast<std::uint32_t>(wanted_.demands[s.made].loop);
      const auto used = static_cast<std::uint32_t>(wanted_.demands[s.used].loop);
      depends({Item::Kind::loop, used}, parent_of(used), {Item::Kind::loop, made});
    }
    for (std::uint32_t l = 0; l < wanted_.loops.size(); ++l) {
      const bool is_stage = wanted_.domain > 0 && l == 0;
      if (!is_stage) items_[parent_of(l)].push_back({Item::Kind::loop, l});
    }
    for (std::uint32_t r = 0; r < wanted_.roots.size(); ++r) {
      const Item item{Item::Kind::store, r};
      const std::int32_t block = static_cast<std::int32_t>(wanted_.depth[r]) - 1;
      items_[block].push_back(item);
      needs(item, block, wanted_.roots[r]);
    }
  }

  // `item` of `block` uses a value: it comes after the value, or after what the value's block
  // holds.
  void needs(Item item, std::int32_t block, std::uint32_t value) {
    const std::int32_t home = block_of(wanted_.demands[value].loop);
    if (item.kind == Item::Kind::loop && home == static_cast<std::int32_t>(item.id)) return;
    if (item.kind == Item::Kind::loop && is_inside(home, item.id)) return;
    while (block != home) {  // climb to the loop that holds the user
      item = {Item::Kind::loop, static_cast<std::uint32_t>(block)};
      block = parent_of(static_cast<std::uint32_t>(block));
    }
    depends(item, block, {Item::Kind::value, value});
  }
  bool is_inside(std::int32_t block, std::uint32_t loop) const {
    while (block >= 0 && block != stage_block_) {
      if (static_cast<std::uint32_t>(block) == loop) return true;
      block = parent_of(static_cast<std::uint32_t>(block));
    }
    return false;
  }
  void depends(Item user, std::int32_t block, Item on) { uses_[{block, on}].push_back(user); }

  // The items of a block, each after what it needs, otherwise in the order they were asked for.
  std::vector<Item> in_order(std::int32_t block) {
    std::map<Item, int> waiting;
    for (const Item& item : items_[block]) waiting[item] = 0;
    for (const Item& item : items_[block]) {
      for (const Item& user : uses_[{block, item}]) ++waiting[user];
    }
    std::vector<Item> order;
    std::set<Item> ready;
    for (const auto& [item, count] : waiting) {
      if (count == 0) ready.insert(item);
    }
    while (!ready.empty()) {
      const Item item = *ready.begin();
      ready.erase(ready.begin());
      order.push_back(item);
      for (const Item& user : uses_[{block, item}]) {
        if (--waiting[user] == 0) ready.insert(user);
      }
    }
    if (order.size() != waiting.size()) ir::bug("values of kernel " + f_.name + " form a cycle");
    return order;
  }

  // --- emission; recursion is as deep as loops are nested.
  loops::Loop& loop_at(std::int32_t block) {
    const loops::Id id = block < 0 ? stage_loop_ : loop_ids_[static_cast<std::size_t>(block)];
    return kernel_.loops[kernel_.nodes[id].index];
  }

  void emit_block(std::int32_t block) {
    loops::Block body;
    values_.resize(wanted_.demands.size(), loops::none);
    for (const Item& item : in_order(block)) {
      if (item.kind == Item::Kind::loop) {
        emit_block(static_cast<std::int32_t>(item.id));
        fold(item.id);
        body.push_back(loop_ids_[item.id]);
        continue;
      }
      builder_.set_block(&body);
      if (item.kind == Item::Kind::value) {
        values_[item.id] = value(item.id);
      } else {
        store(item.id);
      }
    }
    loop_at(block).body = std::move(body);
  }

  // The accumulators of a loop whose body is complete. Parts of one complex fold share theirs.
  void fold(std::uint32_t loop) {
    const loops::Id id = loop_ids_[loop];
    const auto accumulators = [&]() -> std::vector<loops::Accumulator>& {
      return kernel_.loops[kernel_.nodes[id].index].accumulators;
    };
    loops::Id index = loops::none;
    for (std::uint32_t d : folded_in_[loop]) {
      const Demand& demand = wanted_.demands[d];
      const Node& node = f_.graph[demand.node];
      loops::Accumulator a = accumulator_of(node, f_.graph[node.operands[0]].type.dtype);
      a.value = values_[demand.operands[0]];
      if (ir::sums_products(node.operation, node.operands.size())) {
        add_factor(a, values_[demand.operands[1]], &kernel_.loops[kernel_.nodes[id].index].body);
      } else if (node.operands.size() == 2) {
        a.imaginary = values_[demand.operands[1]];
      }
      if (a.fold == loops::Fold::arg_minimum || a.fold == loops::Fold::arg_maximum) {
        builder_.set_block(&kernel_.loops[kernel_.nodes[id].index].body);
        if (index == loops::none) index = builder_.index(id);
        a.position_value = index;
      }
      const auto same = std::ranges::find_if(accumulators(), [&](const loops::Accumulator& other) {
        return a.imaginary != loops::none && other.fold == a.fold && other.value == a.value &&
               other.imaginary == a.imaginary && other.tree == a.tree;
      });
      accumulator_number_[d] = static_cast<std::uint32_t>(same - accumulators().begin());
      if (same == accumulators().end()) accumulators().push_back(a);
    }
  }

  // Added by fma where the target class has it and the numbers are floats.
  void add_factor(loops::Accumulator& a, loops::Id factor, loops::Block* body) {
    if (builder_.has_fma() && ir::is_float(a.type)) {
      a.factor = factor;
      return;
    }
    builder_.set_block(body);
    a.value = builder_.binary(ir::Prim::mul, a.value, factor);
  }

  const Stash* stash_used(std::uint32_t demand) const {
    for (const Stash& s : stashes_.list) {
      if (s.used == demand) return &s;
    }
    return nullptr;
  }

  // A value, computed or from where it was kept; kept if it will be needed.
  loops::Id value(std::uint32_t demand) {
    const Demand& d = wanted_.demands[demand];
    if (const Stash* s = stash_used(demand)) {
      return builder_.load(of_result(s->root, wanted_.domain - 1), f_.graph[d.node].type.dtype);
    }
    const loops::Id made = emit(d);
    for (const Stash& s : stashes_.list) {
      if (s.made == demand)
        builder_.store(of_result(s.root, static_cast<std::size_t>(d.loop)), made);
    }
    return made;
  }

  loops::Id emit(const Demand& d) {
    const Node& node = f_.graph[d.node];
    std::vector<loops::Id> args;
    if (d.reduce_loop < 0) {
      for (std::uint32_t o : d.operands) args.push_back(values_[o]);
    }
    switch (node.op()) {
      case Op::param:
        return parameter(d, node);
      case Op::keep:
        return builder_.load(of_kept(d), node.type.dtype);
      case Op::reshape:
        return builder_.load(reshaped(d, node), node.type.dtype);
      case Op::constant:
        return builder_.constant(node.operation.attr<ir::ConstantAttr>().value);
      case Op::extent:
        return builder_.size(node.operation.attr<ir::ExtentAttr>().value);
      case Op::iota:
        return position(wanted_.indices[d.index][0]);
      case Op::convert:
        return builder_.convert(args[0], node.type.dtype);
      case Op::complex:
        return loops::none;  // its parts are stored
      case Op::ufunc:
        return builder_.apply(*node.operation.ufunc, args, node.type.dtype);
      case Op::reduce:
      case Op::arg_reduce:
        return reduction(d, node, args);
      default:
        ir::bug("op " + std::string(info(node.op()).name) + " reached the loops");
    }
  }

  loops::Id parameter(const Demand& d, const Node& node) {
    const auto& attr = node.operation.attr<ir::ParamAttr>();
    const ir::Param& p = f_.params[static_cast<std::size_t>(attr.index)];
    if (p.kind != ir::ParamKind::array) return builder_.scalar(context_.scalar_of.at(p.name));
    std::vector<Extent> strides = contiguous(p.type);
    for (int axis = 0; axis < p.type.rank() && !p.layout.contiguous; ++axis) {
      if (axis != p.layout.unit_axis) {
        strides[static_cast<std::size_t>(axis)] = Extent::symbol(stride_name(p, axis));
      } else {
        strides[static_cast<std::size_t>(axis)] = ir::item_size(p.type.dtype);
      }
    }
    return builder_.load(access(context_.buffer_of.at(p.name), d.index, strides), p.type.dtype);
  }

  // A reshape of a contiguous parameter: its memory under the new shape.
  loops::Access reshaped(const Demand& d, const Node& node) {
    const auto& attr = f_.graph[node.operands[0]].operation.attr<ir::ParamAttr>();
    const ir::Param& p = f_.params[static_cast<std::size_t>(attr.index)];
    return access(context_.buffer_of.at(p.name), d.index, contiguous(node.type));
  }

  static std::vector<Extent> contiguous(const ir::Type& type) {
    std::vector<Extent> strides(type.shape.size());
    Extent stride = ir::item_size(type.dtype);
    for (std::size_t axis = strides.size(); axis-- > 0;) {
      strides[axis] = stride;
      stride = stride * type.shape[axis];
    }
    return strides;
  }

  loops::Access access(std::uint32_t buffer, std::uint32_t index,
                       const std::vector<Extent>& strides) {
    loops::Access a;
    a.buffer = buffer;
    std::map<std::uint32_t, Extent> factors;
    const std::vector<Affine>& at = wanted_.indices[index];
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      a.offset = a.offset + at[axis].offset * strides[axis];
      for (const auto& [loop, f] : at[axis].terms) {
        factors[loop] = factors[loop] + f * strides[axis];
      }
    }
    for (const auto& [loop, f] : factors) add_stride(a, loop, f);
    return a;
  }

  // `stride` bytes for each step of what loop `loop` stands for: in a block that begins somewhere.
  void add_stride(loops::Access& a, std::uint32_t loop, const Extent& stride) {
    if (stride.is(0)) return;
    if (loop < ranges_.size()) {
      const BlockRange& range = ranges_[loop];
      a.offset = a.offset + range.first * stride;
      if (range.loop >= 0) a.strides.emplace_back(block_loop(range), stride * size_of(range));
    }
    a.strides.emplace_back(loop_ids_[loop], stride);
  }
  loops::Id block_loop(const BlockRange& range) const {
    return context_.block_loops[static_cast<std::size_t>(range.loop)];
  }

  // An element of a kept value that is read here: counted from the first that its block holds.
  loops::Access of_kept(const Demand& d) {
    const auto& all = context_.blocks.kept;
    const Kept& kept = *std::ranges::find(all, d.node, &Kept::node);
    loops::Access a;
    a.buffer = context_.kept_in.at(d.node);
    const std::vector<Extent> strides = strides_of(kept);
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      const Affine& at = wanted_.indices[d.index][axis];
      Extent begin = at.offset - kept.ranges[axis].first;
      for (const auto& [loop, factor] : at.terms) {
        begin = begin + ranges_[loop].first;
        a.strides.emplace_back(loop_ids_[loop], strides[axis]);
      }
      a.offset = a.offset + begin * strides[axis];
    }
    return a;
  }

  std::vector<Extent> strides_of(const Kept& kept) const {
    std::vector<Extent> strides(kept.held.size());
    Extent stride = ir::item_size(f_.graph[kept.node].type.dtype);
    for (std::size_t axis = strides.size(); axis-- > 0;) {
      strides[axis] = stride;
      stride = stride * kept.held[axis];
    }
    return strides;
  }

  // The value of an affine index.
  loops::Id position(const Affine& a) {
    loops::Id sum = loops::none;
    const auto add = [&](loops::Id term) {
      sum = sum == loops::none ? term : builder_.binary(ir::Prim::add, sum, term);
    };
    for (const auto& [loop, f] : a.terms) {
      loops::Id term = position_of(loop);
      if (!f.is(1)) term = builder_.binary(ir::Prim::mul, term, builder_.size(f));
      add(term);
    }
    if (!a.offset.is(0) || sum == loops::none) add(builder_.size(a.offset));
    return sum;
  }

  // What a loop stands for.
  loops::Id position_of(std::uint32_t loop) {
    loops::Id sum = builder_.index(loop_ids_[loop]);
    if (loop >= ranges_.size()) return sum;
    const BlockRange& range = ranges_[loop];
    if (!range.first.is(0)) {
      sum = builder_.binary(ir::Prim::add, sum, builder_.size(range.first));
    }
    if (range.loop < 0) return sum;
    const loops::Id block = builder_.index(block_loop(range));
    const loops::Id before = builder_.binary(ir::Prim::mul, block, builder_.size(size_of(range)));
    return builder_.binary(ir::Prim::add, sum, before);
  }

  loops::Id reduction(const Demand& d, const Node& node, const std::vector<loops::Id>& args) {
    const bool arg = node.op() == Op::arg_reduce;
    if (d.reduce_loop >= 0) {
      const auto demand = static_cast<std::uint32_t>(&d - wanted_.demands.data());
      const loops::Id loop = loop_ids_[static_cast<std::size_t>(d.reduce_loop)];
      const std::uint32_t number = accumulator_number_.at(demand);
      if (arg) return builder_.position(loop, number);
      return node.operation.attr<ir::ReduceAttr>().part == ir::ResultPart::imaginary
                 ? builder_.imaginary(loop, number)
                 : builder_.accumulated(loop, number);
    }
    if (ir::sums_products(node.operation, node.operands.size())) return product_sum(node, args);
    if (node.operands.size() == 2) return complex_reduction(node, args);
    if (arg) return first_extreme(builder_, args, node.operation.attr<ir::ArgReduceAttr>().maximum);
    const ir::Prim combine = prim_of(fold_of(node, node.type.dtype));
    return fold_in_order(args, node.operation.attr<ir::ReduceAttr>().tree,
                         [&](loops::Id a, loops::Id b) { return builder_.binary(combine, a, b); });
  }

  // All factors at once, those of each product side by side in `args`.
  loops::Id product_sum(const Node& node, const std::vector<loops::Id>& args) {
    const bool fused = builder_.has_fma() && ir::is_float(node.type.dtype);
    const auto lanes = static_cast<std::size_t>(node.operation.attr<ir::ReduceAttr>().tree.lanes);
    std::vector<loops::Id> sums;
    for (std::size_t k = 0; k < args.size(); k += 2) {
      const std::size_t position = k / 2;
      if (position >= lanes && fused) {
        loops::Id& sum = sums[position % lanes];
        sum = builder_.multiply_add(args[k], args[k + 1], sum);
        continue;
      }
      const loops::Id product = builder_.binary(ir::Prim::mul, args[k], args[k + 1]);
      if (position < lanes) {
        sums.push_back(product);
      } else {
        loops::Id& sum = sums[position % lanes];
        sum = builder_.binary(ir::Prim::add, sum, product);
      }
    }
    return fold_in_order(
        std::move(sums), node.operation.attr<ir::ReduceAttr>().tree,
        [&](loops::Id a, loops::Id b) { return builder_.binary(ir::Prim::add, a, b); });
  }

  // All elements at once, the parts of each side by side in `args`.
  loops::Id complex_reduction(const Node& node, const std::vector<loops::Id>& args) {
    std::vector<ComplexIds> values;
    for (std::size_t k = 0; k < args.size(); k += 2) values.push_back({args[k], args[k + 1]});
    if (node.op() == Op::arg_reduce) {
      const bool maximum = node.operation.attr<ir::ArgReduceAttr>().maximum;
      return first_extreme(builder_, values, maximum).position;
    }
    const auto& attr = node.operation.attr<ir::ReduceAttr>();
    const loops::Fold fold = fold_of(node, node.type.dtype);
    const ComplexIds result =
        fold == loops::Fold::mul
            ? complex_product(builder_, values, attr.tree)
            : first_extreme(builder_, values, fold == loops::Fold::arg_maximum).value;
    return attr.part == ir::ResultPart::imaginary ? result.im : result.re;
  }

  void store(std::uint32_t result) {
    if (kept_ != nullptr) return store_kept();
    loops::Access to = of_result(result, wanted_.domain - 1);
    const Demand& root = wanted_.demands[wanted_.roots[result]];
    if (f_.graph[root.node].op() != Op::complex || root.leaf) {
      builder_.store(std::move(to), values_[wanted_.roots[result]]);
      return;
    }
    const int part = ir::item_size(f_.graph[root.node].type.dtype) / 2;
    builder_.store(to, values_[root.operands[0]]);
    to.offset = to.offset + part;
    builder_.store(std::move(to), values_[root.operands[1]]);
  }

  void store_kept() {
    loops::Access to;
    to.buffer = context_.kept_in.at(kept_->node);
    const std::vector<Extent> strides = strides_of(*kept_);
    std::uint32_t loop = 0;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      if (f_.graph[kept_->node].type.shape[axis].is(1)) continue;
      to.strides.emplace_back(loop_ids_[loop++], strides[axis]);
    }
    builder_.store(std::move(to), values_[wanted_.roots[0]]);
  }

  // An element of a result, by the loops of the domain, with `last` in place of the innermost.
  loops::Access of_result(std::uint32_t result, std::size_t last) {
    const ir::Type& type = f_.graph[f_.results[result]].type;
    loops::Access a;
    a.buffer = context_.first_result + result;
    const std::vector<Extent> strides = contiguous(type);
    std::uint32_t loop = 0;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      if (type.shape[axis].is(1)) continue;
      const bool innermost = loop + 1 == wanted_.domain;
      add_stride(a, innermost ? static_cast<std::uint32_t>(last) : loop, strides[axis]);
      ++loop;
    }
    return a;
  }

  NestContext& context_;
  const ir::Function& f_;
  loops::Kernel& kernel_;
  loops::Builder& builder_;
  Demands wanted_;
  std::vector<BlockRange> ranges_;  // by loop of the domain
  const Kept* kept_;
  Stashes stashes_;
  std::vector<loops::Id> loop_ids_;  // by loop of wanted_
  std::vector<loops::Id> values_;    // by demand
  loops::Id stage_loop_ = loops::none;
  std::int32_t stage_block_ = 0;
  std::map<std::int32_t, std::vector<Item>> items_;                  // by block
  std::map<std::pair<std::int32_t, Item>, std::vector<Item>> uses_;  // within a block
  std::map<std::uint32_t, std::vector<std::uint32_t>> folded_in_;    // demands by loop
  std::map<std::uint32_t, std::uint32_t> accumulator_number_;        // by demand
};

}  // namespace

std::string stride_name(const ir::Param& p, int axis) {
  return "$" + p.name + "." + std::to_string(axis);
}

std::string axis_name(std::size_t l) {
  static constexpr const char* names[] = {"i", "j", "k", "l", "m", "n", "o", "p"};
  return l < std::size(names) ? names[l] : "d" + std::to_string(l);
}

loops::Id make_nest(NestContext& context, Demands wanted, std::vector<BlockRange> ranges,
                    const Kept* kept) {
  return Nest(context, std::move(wanted), std::move(ranges), kept).run();
}

}  // namespace arrayc::passes
