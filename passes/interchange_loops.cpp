// Folds down the columns of a chunk of rows read the rows one after the other.
//
//   for i in [0, n) {                    for i in [0, n) { store -0.0, %t[8*i] }
//     for r in [0, 64) {                 for r in [0, 8) {
//       %1 = load %a[8*i + s*r]    →       for i in [0, n) {
//     } reduce add of %1 as %2               %1 = load %t[8*i]
//     store %2, %t[8*i] }                    %2 = add %1, (load %a[8*i + 8*s*r])
//                                            … %9 = add %8, (load %a[7*s + 8*i + 8*s*r])
//                                            store %9, %t[8*i] } }
//
// Each column's values are folded in the order they were. Memory is then read as it lies, eight
// rows side by side, where a strip of columns at a time would jump from page to page. Rows that
// come from memory and are neither very short nor longer than the first cache read faster one at a
// time: processors fetch ahead along one stream. Which it is depends on the sizes of the call, so
// both loops are there and one of them turns not at all.
#include <algorithm>
#include <optional>

#include "passes/folds.h"
#include "passes/loop_rewrite.h"
#include "passes/pass.h"
#include "runtime/planted.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else
using ir::Extent;

namespace {

constexpr std::int64_t rows_side_by_side = 8;

// Bytes. Measured on a Zen 4: rows one at a time are up to 3 times as fast within these limits
// (33 to 11 GB/s for rows of 1000 bytes) and down to half as fast outside them.
constexpr std::int64_t beyond_caches = std::int64_t{2} << 20;
constexpr std::int64_t short_row = 192;
constexpr std::int64_t long_row = 12 << 10;

// A loop over columns with one fold over rows in it.
struct Columns {
  Id rows;
  std::vector<Id> stores;    // by accumulator: its result to scratch
  std::int64_t column_size;  // bytes of a column in scratch, all accumulators together
};

class Interchanger final : public LoopRewriter {
 public:
  using LoopRewriter::LoopRewriter;

 protected:
  // Only within a loop: a stage of its own would lose its threads.
  void loop(Id source) override {
    const std::optional<Columns> columns = around_.empty() ? std::nullopt : match(source);
    if (!columns) {
      around_.push_back(source);
      LoopRewriter::loop(source);
      around_.pop_back();
      return;
    }
    const Loop& rows = loop_of(columns->rows);
    copy_columns(source, *columns, [&](Block&) {
      for (std::uint32_t k = 0; k < rows.accumulators.size(); ++k) {
        const Accumulator& a = rows.accumulators[k];
        state_.push_back(builder_.constant(neutral_of(a.fold, a.type)));
      }
    });
    const Extent single = one_at_a_time(source, *columns);
    const Extent blocks = rows.extent.constant() / rows_side_by_side;
    add_rows(source, *columns, rows_side_by_side, blocks * (Extent(1) - single));
    add_rows(source, *columns, 1, rows.extent * single);
  }

  Id value(Id source) override {
    const Node& node = source_.nodes[source];
    if (node.kind == Kind::accumulated && node.args[0] == rows_) return state_[node.index];
    if (row_ == none) return copy_node(source);
    if (node.kind == Kind::index && node.args[0] == rows_) return row_;
    if (node.kind != Kind::load) return copy_node(source);
    Access a = source_.accesses[node.index];
    for (auto& [l, stride] : a.strides) {
      if (l != rows_) continue;
      const std::int64_t row = planted(runtime::Plant::interchange_rows) ? 0 : row_number_;
      a.offset = a.offset + stride * row;
      stride = stride * group_;
    }
    return builder_.load(copy_access(a), node.type);
  }

 private:
  const Loop& loop_of(Id id) const { return source_.loops[source_.nodes[id].index]; }

  std::optional<Columns> match(Id columns) const {
    const Loop& outer = loop_of(columns);
    if (!outer.accumulators.empty()) return std::nullopt;
    Columns found{none, {}, 0};
    for (Id id : outer.body) {
      if (source_.nodes[id].kind != Kind::loop) continue;
      if (found.rows != none) return std::nullopt;
      found.rows = id;
    }
    if (found.rows == none || !folds_in_order(found.rows)) return std::nullopt;
    if (!reads_rows(found.rows, columns) || !find_stores(columns, found)) return std::nullopt;
    return found;
  }

  // One value after the other, so that a fold can be interrupted.
  bool folds_in_order(Id rows) const {
    const Loop& l = loop_of(rows);
    if (!l.extent.is_constant() || l.extent.constant() % rows_side_by_side != 0) return false;
    return !l.accumulators.empty() && std::ranges::all_of(l.accumulators, [&](const auto& a) {
      const bool whole = a.tree.chunk == 0 || l.extent.constant() <= a.tree.chunk;
      return a.position_value == none && a.imaginary == none && a.tree.lanes == 1 && whole;
    });
  }

  // Whether the fold does little but read rows that lie apart, each along the columns.
  bool reads_rows(Id rows, Id columns) const {
    constexpr int little = 4;
    constexpr std::int64_t apart = 512;  // bytes
    int operations = 0;
    bool reads = false;
    for (Id id : loop_of(rows).body) {
      const Node& node = source_.nodes[id];
      if (!is_value(node)) return false;
      if (node.kind == Kind::prim) ++operations;
      if (node.kind != Kind::load) continue;
      const Access& a = source_.accesses[node.index];
      const Extent down = stride_of(a, rows);
      const bool row = !down.is_constant() || std::abs(down.constant()) >= apart;
      if (row && stride_of(a, columns).is(ir::item_size(node.type))) reads = true;
    }
    return reads && operations <= little;
  }

  static Extent stride_of(const Access& a, Id loop) {
    for (const auto& [l, stride] : a.strides) {
      if (l == loop) return stride;
    }
    return 0;
  }

  // The results go to scratch, one element for each column, and nowhere else.
  bool find_stores(Id columns, Columns& found) const {
    const Loop& rows = loop_of(found.rows);
    found.stores.assign(rows.accumulators.size(), none);
    for (Id id : loop_of(columns).body) {
      const Node& node = source_.nodes[id];
      if (node.kind != Kind::store) continue;
      const Node& stored = source_.nodes[node.args[0]];
      const Access& to = source_.accesses[node.index];
      if (stored.kind != Kind::accumulated || stored.args[0] != found.rows) return false;
      if (to.buffer < buffer_count(source_) || to.dynamic != none) return false;
      if (!stride_of(to, columns).is(ir::item_size(node.type))) return false;
      if (found.stores[stored.index] != none) return false;
      found.stores[stored.index] = id;
      found.column_size += ir::item_size(node.type);
    }
    return std::ranges::find(found.stores, none) == found.stores.end();
  }

  // 1 for sizes at which rows are better read one at a time than side by side, otherwise 0.
  Extent one_at_a_time(Id columns, const Columns& found) const {
    std::int64_t row_size = 0;
    for (Id id : loop_of(found.rows).body) {
      const Node& node = source_.nodes[id];
      if (node.kind == Kind::load)
        row_size = std::max<std::int64_t>(row_size, ir::item_size(node.type));
    }
    const Extent row = loop_of(columns).extent * row_size;
    Extent all = row * loop_of(found.rows).extent;
    for (const Id id : around_) all = all * loop_of(id).extent;
    const Extent state = loop_of(columns).extent * found.column_size;
    const Extent fits = max(Extent(1) - floor_div(state, long_row), 0);
    return min(fits, min(floor_div(all, beyond_caches), floor_div(row, short_row)));
  }

  // A loop over all rows of a chunk, `group` of them in each turn.
  void add_rows(Id columns, const Columns& found, std::int64_t group, const Extent& turns) {
    if (turns.is(0)) return;
    Block* const outer = builder_.block();
    const Id rows = builder_.loop(loop_of(found.rows).name, turns);
    Block body;
    builder_.set_block(&body);
    group_ = group;
    copy_columns(columns, found, [&](Block& block) { fold_rows(found, rows, block); });
    target_.loops[target_.nodes[rows].index].body = std::move(body);
    outer->push_back(rows);
    builder_.set_block(outer);
  }

  // A copy of the loop over columns in which `make` finds what the accumulators were.
  template <typename Make>
  void copy_columns(Id columns, const Columns& found, Make make) {
    const Loop& old = loop_of(columns);
    Block* const outer = builder_.block();
    const Id copy = builder_.loop(old.name, old.extent);
    map(columns, copy);
    rows_ = found.rows;
    Block body;
    for (Id id : old.body) {
      if (id != found.rows) {
        copy_block({id}, body);
        continue;
      }
      builder_.set_block(&body);
      state_.clear();
      make(body);
    }
    rows_ = none;
    target_.loops[target_.nodes[copy].index].body = std::move(body);
    outer->push_back(copy);
    builder_.set_block(outer);
  }

  // What scratch holds, folded with the next rows.
  void fold_rows(const Columns& found, Id groups, Block& body) {
    const Loop& rows = loop_of(found.rows);
    map(found.rows, groups);
    for (const Id store : found.stores) {
      const Node& node = source_.nodes[store];
      state_.push_back(builder_.load(copy_access(source_.accesses[node.index]), node.type));
    }
    const Id first = builder_.binary(ir::Prim::mul, builder_.index(groups), builder_.size(group_));
    for (row_number_ = 0; row_number_ < group_; ++row_number_) {
      builder_.set_block(&body);
      row_ = builder_.binary(ir::Prim::add, first, builder_.size(row_number_));
      copy_block(rows.body, body);
      builder_.set_block(&body);
      for (std::uint32_t k = 0; k < state_.size(); ++k) {
        const Accumulator& a = rows.accumulators[k];
        const Id v = (*this)[a.value];
        state_[k] = a.factor == none ? builder_.binary(prim_of(a.fold), state_[k], v)
                                     : builder_.multiply_add(v, (*this)[a.factor], state_[k]);
      }
    }
    row_ = none;
  }

  std::vector<Id> around_;  // the loops around the one at hand
  Id rows_ = none;          // the fold whose results are state_
  std::vector<Id> state_;
  std::int64_t group_ = 1;       // how many rows a turn of the loop folds
  Id row_ = none;                // the number of the row that is copied
  std::int64_t row_number_ = 0;  // among those of the turn
};

}  // namespace

void interchange_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    Kernel made;
    Interchanger(*kernel.loops, made, context.target.fma).copy_kernel();
    remove_unused(made);
    kernel.loops = std::move(made);
  }
}

}  // namespace arrayc::passes
