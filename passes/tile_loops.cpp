// Products of matrices, and folds like them, are computed a tile at a time.
//
//   for i in [0, n) {                      for bi in [0, …) {                blocks of tiles of
//   rows
//     for j in [0, m) {                      for tj in [0, m/24) {           tiles of columns
//       for r in [0, k) {                      for ti in [0, 16) of n/8 after 16*bi {
//         %3 = mul %a[i,r], %b[r,j]     →        for j in [0, 8) {
//       } reduce add of %3 as %4                   for r in [0, k) { 8 x 3 products }
//       store %4, %c[i,j] } }                        reduce add of each
//                                                  8 x 3 stores } } }
//                                            the columns that are over, 8 rows at a time }
//                                          the rows that are over, as before
//
// What does not vary with i is loaded once for all rows of a tile, what does not vary with j once
// for all columns: a tile of 8 x 24 reads 32 elements for 192 products. Tiles are as large as the
// accumulators fit into registers. While a tile of columns stands, its part of b stays in the
// second cache, and is read by all rows of a block. Each element is folded as before, in the same
// order.
#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>

#include "passes/loop_rewrite.h"
#include "passes/pass.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else
using ir::Extent;

namespace {

constexpr std::int64_t tiles_in_a_block = 16;

// In elements: `vectors` times `lanes` columns.
struct Tile {
  std::int64_t rows, vectors, lanes;
  std::int64_t columns() const { return vectors * lanes; }
};

// Beside the accumulators registers hold a vector of each operand's and a product.
Tile tile_for(const ir::Target& target, int item) {
  const std::int64_t lanes = std::max(target.vector_bytes / item, 4);
  if (target.vector_registers < 32) return {4, 2, lanes};
  return {8, target.vector_bytes == 64 ? 3 : 2, lanes};
}

struct Nest {
  Id rows, columns, fold;
  Tile tile;
};

class Tiler final : public LoopRewriter {
 public:
  Tiler(const Kernel& source, Kernel& target, const ir::Target& processor)
      : LoopRewriter(source, target, processor.fma), processor_(processor) {}

 protected:
  void loop(Id source) override {
    const std::optional<Nest> nest = match(source);
    if (!nest) return LoopRewriter::loop(source);
    nest_ = *nest;
    tile();
  }

 private:
  const Loop& loop_of(Id id) const { return source_.loops[source_.nodes[id].index]; }
  const Access& access_of(Id id) const { return source_.accesses[source_.nodes[id].index]; }

  static Extent stride_of(const Access& a, Id loop) {
    for (const auto& [l, stride] : a.strides) {
      if (l == loop) return stride;
    }
    return 0;
  }

  // --- what can be tiled

  std::optional<Nest> match(Id rows) const {
    Nest nest{rows, only_loop(rows), none, {}};
    if (nest.columns == none) return std::nullopt;
    nest.fold = only_loop(nest.columns);
    if (nest.fold == none || !is_plain(rows) || !is_plain(nest.columns)) return std::nullopt;
    const Extent& n = loop_of(rows).extent;
    const Extent& m = loop_of(nest.columns).extent;
    if (n.is_constant() && m.is_constant()) return std::nullopt;
    const std::optional<int> item = item_of(nest);
    if (!item || !is_little(nest) || !is_reused(nest)) return std::nullopt;
    nest.tile = tile_for(processor_, *item);
    if (n.is_constant() && n.constant() < nest.tile.rows) return std::nullopt;
    if (m.is_constant() && m.constant() < nest.tile.columns()) return std::nullopt;
    return nest;
  }

  Id only_loop(Id around) const {
    Id found = none;
    for (const Id id : loop_of(around).body) {
      if (source_.nodes[id].kind != Kind::loop) continue;
      if (found != none) return none;
      found = id;
    }
    return found;
  }

  bool is_plain(Id id) const {
    const Loop& l = loop_of(id);
    return l.accumulators.empty() && l.part.loop == none && l.width == 1;
  }

  // The size of all elements that the fold reads and makes, which is what columns are stored as.
  std::optional<int> item_of(const Nest& nest) const {
    int item = 0;
    for (const Accumulator& a : loop_of(nest.fold).accumulators) {
      if (a.imaginary != none || a.position_value != none || a.tree.lanes != 1) return std::nullopt;
      if (item != 0 && item != ir::item_size(a.type)) return std::nullopt;
      item = ir::item_size(a.type);
    }
    return item == 0 ? std::nullopt : std::optional(item);
  }

  // Few operations, that are copied for each element of a tile, and none on the indices.
  bool is_little(const Nest& nest) const {
    constexpr int most_in_fold = 4;
    constexpr int most_after = 8;
    const auto count = [&](Id within) {
      int operations = 0;
      for (const Id id : loop_of(within).body) {
        const Node& node = source_.nodes[id];
        if (node.kind == Kind::index || (within != nest.columns && node.kind == Kind::store)) {
          return most_after + 1;
        }
        if (node.kind == Kind::load || node.kind == Kind::store) {
          if (access_of(id).dynamic != none) return most_after + 1;
        }
        if (node.kind == Kind::prim) ++operations;
      }
      return operations;
    };
    return count(nest.fold) <= most_in_fold && count(nest.rows) + count(nest.columns) <= most_after;
  }

  // Whether the fold reads one array along the rows alone and another along the columns alone,
  // the second one, and results, as they lie in memory.
  bool is_reused(const Nest& nest) const {
    bool by_rows = false;
    bool by_columns = false;
    for (const Id id : loop_of(nest.fold).body) {
      const Node& node = source_.nodes[id];
      if (node.kind == Kind::loop) return false;
      if (node.kind != Kind::load) continue;
      const Extent row = stride_of(access_of(id), nest.rows);
      const Extent column = stride_of(access_of(id), nest.columns);
      if (!row.is(0) && !column.is(0)) return false;
      if (!column.is(0) && !column.is(ir::item_size(node.type))) return false;
      const bool varies = !stride_of(access_of(id), nest.fold).is(0);
      by_rows = by_rows || (varies && !row.is(0));
      by_columns = by_columns || (varies && !column.is(0));
    }
    if (!by_rows || !by_columns) return false;
    return std::ranges::all_of(loop_of(nest.columns).body, [&](Id id) {
      const Node& node = source_.nodes[id];
      if (node.kind != Kind::store) return true;
      return stride_of(access_of(id), nest.columns).is(ir::item_size(node.type));
    });
  }

  // --- tiles

  void tile() {
    mark_varying();
    const Tile& t = nest_.tile;
    const Loop& rows = loop_of(nest_.rows);
    const Loop& columns = loop_of(nest_.columns);
    const Extent tiles = floor_div(rows.extent, t.rows);
    const Extent in_whole = floor_div(columns.extent, t.columns());
    open("b" + rows.name, floor_div(tiles + (tiles_in_a_block - 1), tiles_in_a_block), block_);
    open("t" + columns.name, in_whole, column_tile_);
    tile_rows(tiles, t.vectors, t.lanes, 0);
    close();
    column_tile_ = none;
    tile_rows(tiles, 1, columns.extent - in_whole * t.columns(), in_whole * t.columns());
    close();
    const Extent rest = rows.extent - tiles * t.rows;
    if (rest.is(0)) return;
    first_row_ = tiles * t.rows;
    copy_rest(rest);
    first_row_ = 0;
  }

  // The rows of a block, a tile of `vectors` times the columns [first, first + count) at a time.
  void tile_rows(const Extent& tiles, std::int64_t vectors, const Extent& count,
                 const Extent& first) {
    if (count.is(0)) return;
    first_column_ = first;
    const Id tile = open("t" + loop_of(nest_.rows).name, tiles_in_a_block, row_tile_);
    target_.loops[target_.nodes[tile].index].part = {block_, tiles_in_a_block, tiles};
    open(loop_of(nest_.columns).name, count, column_);
    copies_.clear();
    vectors_ = vectors;
    for (const Id id : loop_of(nest_.rows).body) {
      if (id != nest_.columns) copy_all(id);
    }
    for (const Id id : loop_of(nest_.columns).body) {
      if (id == nest_.fold) {
        copy_fold();
      } else {
        copy_all(id);
      }
    }
    close();
    close();
  }

  void copy_fold() {
    const Loop& old = loop_of(nest_.fold);
    const Id made = open(old.name, old.extent, fold_);
    map(nest_.fold, fold_);
    for (const Id id : old.body) copy_all(id);
    std::vector<Accumulator> accumulators;
    for (const Accumulator& a : old.accumulators) {
      for_each_copy([&](std::int64_t row, std::int64_t vector) {
        accumulators.push_back(a);
        accumulators.back().value = copy_of(a.value, row, vector);
      });
    }
    close();
    target_.loops[target_.nodes[made].index].accumulators = std::move(accumulators);
  }

  template <typename Do>
  void for_each_copy(Do act) const {
    for (std::int64_t row = 0; row < nest_.tile.rows; ++row) {
      for (std::int64_t vector = 0; vector < vectors_; ++vector) act(row, vector);
    }
  }

  void copy_all(Id id) {
    for_each_copy([&](std::int64_t row, std::int64_t vector) {
      const Node& node = source_.nodes[id];
      if (node.kind == Kind::store) {
        builder_.store(moved(access_of(id), row, vector), copy_of(node.args[0], row, vector));
        return;
      }
      if (!rows_vary_[id]) row = 0;
      if (!columns_vary_[id]) vector = 0;
      auto [at, fresh] = copies_.try_emplace({id, row, vector}, none);
      if (fresh) at->second = copy(id, row, vector);
    });
  }

  Id copy_of(Id id, std::int64_t row, std::int64_t vector) const {
    const auto at = copies_.find({id, rows_vary_[id] ? row : 0, columns_vary_[id] ? vector : 0});
    return at == copies_.end() ? (*this)[id] : at->second;
  }

  Id copy(Id id, std::int64_t row, std::int64_t vector) {
    const Node& node = source_.nodes[id];
    switch (node.kind) {
      case Kind::load:
        return builder_.load(moved(access_of(id), row, vector), node.type);
      case Kind::prim: {
        std::vector<Id> args;
        for (const Id a : node.args) args.push_back(copy_of(a, row, vector));
        return builder_.emit(node.prim, node.type, args);
      }
      case Kind::accumulated: {
        const std::int64_t number = row * vectors_ + vector;
        return builder_.accumulated(
            fold_, static_cast<std::uint32_t>(node.index * nest_.tile.rows * vectors_ + number));
      }
      default:
        return copy_node(id);
    }
  }

  // The place of one copy's element.
  Access moved(const Access& access, std::int64_t row, std::int64_t vector) const {
    const Tile& t = nest_.tile;
    Access made{access.buffer, access.offset, {}, none};
    for (const auto& [l, stride] : access.strides) {
      if (l == nest_.rows) {
        made.offset = made.offset + stride * row;
        made.strides.emplace_back(block_, stride * (t.rows * tiles_in_a_block));
        made.strides.emplace_back(row_tile_, stride * t.rows);
      } else if (l == nest_.columns) {
        made.offset = made.offset + stride * first_column_ + stride * (vector * t.lanes);
        if (column_tile_ != none) made.strides.emplace_back(column_tile_, stride * t.columns());
        made.strides.emplace_back(column_, stride);
      } else {
        made.strides.emplace_back((*this)[l], stride);
      }
    }
    return made;
  }

  // Which values are others for other rows, or columns.
  void mark_varying() {
    rows_vary_.assign(source_.nodes.size(), false);
    columns_vary_.assign(source_.nodes.size(), false);
    mark(loop_of(nest_.rows).body);
  }
  void mark(const Block& block) {
    for (const Id id : block) {
      const Node& node = source_.nodes[id];
      if (node.kind == Kind::loop) {
        mark(loop_of(id).body);
      } else if (node.kind == Kind::load) {
        rows_vary_[id] = !stride_of(access_of(id), nest_.rows).is(0);
        columns_vary_[id] = !stride_of(access_of(id), nest_.columns).is(0);
      } else if (is_result(node.kind)) {  // each copy has its own
        rows_vary_[id] = columns_vary_[id] = true;
      } else {
        for (const Id a : node.args) {
          rows_vary_[id] = rows_vary_[id] || rows_vary_[a];
          columns_vary_[id] = columns_vary_[id] || columns_vary_[a];
        }
      }
    }
  }

  // --- loops that are being made

  Id open(const std::string& name, const Extent& extent, Id& made) {
    open_.push_back({builder_.loop(name, extent), builder_.block(), std::make_unique<Block>()});
    builder_.set_block(open_.back().body.get());
    return made = open_.back().loop;
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    target_.loops[target_.nodes[done.loop].index].body = std::move(*done.body);
    done.around->push_back(done.loop);
    builder_.set_block(done.around);
  }

  // The rows after the last tile.
  void copy_rest(const Extent& count) {
    Id made = none;
    open(loop_of(nest_.rows).name, count, made);
    map(nest_.rows, made);
    copying_rest_ = true;
    copy_block(loop_of(nest_.rows).body, *builder_.block());
    copying_rest_ = false;
    close();
  }

  Id value(Id source) override {
    const Node& node = source_.nodes[source];
    if (!copying_rest_ || node.kind != Kind::load) return copy_node(source);
    return builder_.load(after_tiles(access_of(source)), node.type);
  }
  void store(Id source) override {
    const Node& node = source_.nodes[source];
    if (!copying_rest_) {
      copy_node(source);
    } else {
      builder_.store(after_tiles(access_of(source)), (*this)[node.args[0]]);
    }
  }
  Access after_tiles(const Access& access) const {
    Access made = copy_access(access);
    made.offset = made.offset + stride_of(access, nest_.rows) * first_row_;
    return made;
  }

  struct Open {
    Id loop;
    Block* around;
    std::unique_ptr<Block> body;
  };
  using Copy = std::tuple<Id, std::int64_t, std::int64_t>;  // row, vector

  const ir::Target& processor_;
  Nest nest_{};
  std::vector<Open> open_;
  Id block_ = none, column_tile_ = none, row_tile_ = none, column_ = none, fold_ = none;
  std::int64_t vectors_ = 1;
  Extent first_column_ = 0, first_row_ = 0;
  bool copying_rest_ = false;
  std::vector<bool> rows_vary_, columns_vary_;  // by node
  std::map<Copy, Id> copies_;
};

}  // namespace

void tile_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    Kernel made;
    Tiler(*kernel.loops, made, context.target).copy_kernel();
    kernel.loops = std::move(made);
  }
}

}  // namespace arrayc::passes
