// Products of matrices, and folds like them, are computed a tile at a time.
//
//   for i in [0, n) {                    for bi in [0, …) {              blocks of 16 tiles of rows
//     for j in [0, m) {                    for br in [0, ceil(k/256)) {
//       for r in [0, k) { …                  for tj in [0, m/24) {
//       } reduce add of %a[i,r]                copy %b[256*br …, 24*tj …] to %packed
//         times %b[r,j] as %4        →         for ti in [0, 16) {       the part of bi
//       store %4, %c[i,j] } }                    for j in [0, 8) width 8 {
//                                                  for r in [0, 256) { 8 x 3 products
//                                                  } reduce add of each
//                                                  8 x 3 sums are added to %c } } }
//                                            the columns that are over, a vector at a time }
//                                        the rows that are over, 4 at a time
//
// What does not vary with i is loaded once for all rows of a tile, what does not vary with j once
// for all columns: a tile of 8 x 24 reads 32 elements for 192 products. Tiles are as large as the
// accumulators fit into registers. While a tile of columns stands, its part of b is read by all
// rows of a block from memory that lies together; a block's part of a stays in the second cache.
// Each element is folded as before, in the same order.
//
// What is done with the sums follows when the rows of a block are complete. Sums that cannot be
// interrupted, and those whose result is of another type, have no br loop: each is finished at
// once. So are those of rows that are over: where there are too few to fill a tile, some that are
// done are done again, with the same results.
#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "passes/loop_rewrite.h"
#include "passes/pass.h"
#include "passes/tile_nest.h"

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else
using ir::Extent;

namespace {

constexpr std::int64_t tiles_in_a_block = 16;
constexpr std::int64_t short_fold = 64;              // a row of its tiles is done before the next
constexpr std::int64_t rows_left_over = 4;           // of a tile
constexpr std::int64_t most_local_bytes = 64 << 10;  // of a kernel, on the stack

class Tiler final : public LoopRewriter {
 public:
  Tiler(const Kernel& source, Kernel& target, const ir::Target& processor)
      : LoopRewriter(source, target, processor.fma), processor_(processor) {}

 protected:
  void loop(Id source) override {
    const std::optional<TileNest> nest = find_tile_nest(source_, source, processor_);
    if (!nest) return LoopRewriter::loop(source);
    nest_ = *nest;
    varying_ = find_varying(source_, nest_);
    level_.assign(source_.nodes.size(), Level::outside);
    mark_level(nest_.rows, Level::rows);
    mark_level(nest_.columns, Level::columns);
    for (const Id f : nest_.folds) mark_level(f, Level::fold);
    folds_.assign(nest_.folds.size(), none);
    plan_packing();
    tile();
  }

 private:
  enum class Level : std::uint8_t { outside, rows, columns, fold };

  const Loop& loop_of(Id id) const { return source_.loops[source_.nodes[id].index]; }
  const Access& access_of(Id id) const { return source_.accesses[source_.nodes[id].index]; }
  void mark_level(Id within, Level level) {
    for (const Id id : loop_of(within).body) level_[id] = level;
  }

  // --- loops

  void tile() {
    const Extent n = loop_of(nest_.rows).extent;
    const Extent tiles = floor_div(n, nest_.tile.rows);
    if (!tiles.is(0)) {
      const bool is_few = tiles.is_constant() && tiles.constant() < tiles_in_a_block;
      blocks(nest_.tile.rows, 0, tiles, is_few ? tiles.constant() : tiles_in_a_block, true);
    }
    // Rows left over are done in tiles that may begin among those that are done, if there are any.
    std::int64_t few = std::min(nest_.tile.rows, rows_left_over);
    if (n.is_constant()) few = std::max<std::int64_t>(n.constant() % nest_.tile.rows, 1);
    const Extent left = n - tiles * nest_.tile.rows;
    const Extent count = min(ceil_div(left, few), floor_div(n, few));
    if (!count.is(0)) blocks(few, n - count * few, count, 1, n.is_constant());
    const Extent single = max(left - count * few, 0);
    if (few > 1 && !single.is(0)) blocks(1, 0, single, 1, false);
  }

  // Rows from `first` on, `tiles` times `rows` of them, `together` tiles in a block. What is packed
  // may be a chunk's part, so no row may be done twice.
  void blocks(std::int64_t rows, const Extent& first, const Extent& tiles, std::int64_t together,
              bool can_pack) {
    rows_in_tile_ = row_step_ = rows;
    first_row_ = first;
    block_rows_ = rows * together;
    const Extent m = loop_of(nest_.columns).extent;
    const Extent whole = floor_div(m, nest_.tile.columns);
    const Loop& old = loop_of(nest_.rows);
    const Id made = open("b" + old.name, ceil_div(tiles, together), block_);
    Loop& block = target_.loops[target_.nodes[made].index];
    block.parallel = old.parallel && !block.extent.is(1);
    if (block.parallel) block.grain = ceil_div(old.grain, block_rows_);
    const Extent left = m - whole * nest_.tile.columns;
    const bool packs = can_pack && !packed_.empty();
    const bool in_chunks = is_long() && (together > 1 || packs);
    if (in_chunks) open_chunks();
    const Extent& k = loop_of(nest_.folds[0]).extent;
    const bool row_by_row = !packs && k.is_constant() && k.constant() <= short_fold;
    if (row_by_row) open_row_tiles(tiles, together);
    if (!whole.is(0)) {
      open("t" + loop_of(nest_.columns).name, whole, column_tile_);
      if (packs) pack(nest_.tile.columns);
      if (!row_by_row) open_row_tiles(tiles, together);
      one_tile(nest_.tile.vectors, nest_.tile.lanes, packs);
      if (!row_by_row) close_row_tiles();
      close();
      column_tile_ = none;
    }
    if (!left.is(0)) {
      first_column_ = whole * nest_.tile.columns;
      if (packs) pack(left);
      if (!row_by_row) open_row_tiles(tiles, together);
      one_tile(1, left, packs);
      if (!row_by_row) close_row_tiles();
      first_column_ = 0;
    }
    if (row_by_row) close_row_tiles();
    if (in_chunks) {
      close();
      chunk_ = none;
      if (nest_.has_epilogue) epilogue(tiles * rows, m);
    }
    close();
  }

  // Whether sums have more than one chunk, as far as is known.
  bool is_long() const {
    const Extent& k = loop_of(nest_.folds[0]).extent;
    return nest_.chunk > 0 && !(k.is_constant() && k.constant() <= nest_.chunk);
  }

  void open_chunks() {
    const Loop& fold = loop_of(nest_.folds[0]);
    open("b" + fold.name, max(ceil_div(fold.extent, nest_.chunk), 1), chunk_);
    is_first_ = builder_.compare(ir::Prim::eq, builder_.index(chunk_),
                                 builder_.constant(ir::Scalar::of(std::int64_t{0})));
  }

  // None where a block is one tile.
  void open_row_tiles(const Extent& tiles, std::int64_t together) {
    if (together == 1) return;
    const Id made = open("t" + loop_of(nest_.rows).name, together, row_tile_);
    target_.loops[target_.nodes[made].index].part = {block_, together, tiles};
  }

  void close_row_tiles() {
    if (row_tile_ != none) close();
    row_tile_ = none;
  }

  void one_tile(std::int64_t vectors, const Extent& columns, bool packed) {
    vectors_ = vectors;
    reads_packed_ = packed;
    const Id made = open(loop_of(nest_.columns).name, columns, column_);
    target_.loops[target_.nodes[made].index].width = static_cast<std::int32_t>(nest_.tile.lanes);
    copies_.clear();
    for_each_copy([&](std::int64_t row, std::int64_t vector) {
      for (const Id id : outer_values_) copy_of(id, row, vector);
    });
    if (chunk_ != none) {
      one_chunk();
    } else {
      fold(0);
      for (const Id id : loop_of(nest_.columns).body) {
        if (source_.nodes[id].kind != Kind::store) continue;
        for_each_copy([&](std::int64_t row, std::int64_t vector) {
          builder_.store(moved(access_of(id), row, vector),
                         copy_of(source_.nodes[id].args[0], row, vector));
        });
      }
    }
    close();
  }

  // The sums so far are loaded first, so that they arrive while the chunk is folded.
  void one_chunk() {
    const Access& result = access_of(nest_.result);
    std::vector<Id> before;
    for_each_copy([&](std::int64_t row, std::int64_t vector) {
      before.push_back(builder_.load(moved(result, row, vector), source_.nodes[nest_.result].type));
    });
    fold(0);
    std::uint32_t number = 0;
    for_each_copy([&](std::int64_t row, std::int64_t vector) {
      const Id sum = builder_.accumulated(folds_[0], number);
      const Id all = builder_.binary(ir::Prim::add, before[number++], sum);
      builder_.store(moved(result, row, vector), builder_.select(is_first_, sum, all));
    });
  }

  // Depth: the number of folds.
  void fold(std::size_t depth) {
    const Loop& old = loop_of(nest_.folds[depth]);
    const Id made = open_fold(depth);
    const bool innermost = depth + 1 == nest_.folds.size();
    if (!innermost) {
      for_each_copy([&](std::int64_t row, std::int64_t vector) {
        for (const Id id : old.body) {
          const Kind kind = source_.nodes[id].kind;
          if (kind != Kind::loop && !is_result(kind)) copy_of(id, row, vector);
        }
      });
      fold(depth + 1);
    }
    std::vector<Accumulator> accumulators;
    for (const Accumulator& a : old.accumulators) {
      for_each_copy([&](std::int64_t row, std::int64_t vector) {
        accumulators.push_back(a);
        accumulators.back().value =
            innermost ? copy_of(a.value, row, vector)
                      : builder_.accumulated(folds_[depth + 1],
                                             static_cast<std::uint32_t>(accumulators.size() - 1));
        if (a.factor != none) accumulators.back().factor = copy_of(a.factor, row, vector);
      });
    }
    close();
    target_.loops[target_.nodes[made].index].accumulators = std::move(accumulators);
  }

  Id open_fold(std::size_t depth) {
    const Loop& old = loop_of(nest_.folds[depth]);
    if (chunk_ == none) return open(old.name, old.extent, folds_[depth]);
    const Id made = open(old.name, nest_.chunk, folds_[depth]);
    target_.loops[target_.nodes[made].index].part = {chunk_, nest_.chunk, old.extent};
    return made;
  }

  // What is done with the sums of a block's rows, which are where the results will be.
  void epilogue(const Extent& rows, const Extent& columns) {
    const Id made = open(loop_of(nest_.rows).name, block_rows_, row_tile_);
    target_.loops[target_.nodes[made].index].part = {block_, block_rows_, rows};
    row_step_ = 1;
    is_epilogue_ = true;
    copies_.clear();
    for (const Id id : loop_of(nest_.rows).body) {
      if (id != nest_.columns) copy_of(id, 0, 0);
    }
    open(loop_of(nest_.columns).name, columns, column_);
    std::vector<std::pair<Access, Id>> stores;  // the sums are where the first one goes to
    for (const Id id : loop_of(nest_.columns).body) {
      if (source_.nodes[id].kind != Kind::store) continue;
      stores.emplace_back(moved(access_of(id), 0, 0), copy_of(source_.nodes[id].args[0], 0, 0));
    }
    for (auto& [access, value] : stores) builder_.store(std::move(access), value);
    close();
    close();
    is_epilogue_ = false;
    row_tile_ = none;
    row_step_ = rows_in_tile_;
  }

  // --- a tile's part of what varies with the columns alone, side by side in memory

  void plan_packing() {
    outer_values_.clear();
    packed_.clear();
    const Extent& k = loop_of(nest_.folds.back()).extent;
    std::int64_t longest = k.is_constant() ? k.constant() : most_local_bytes;
    if (nest_.chunk > 0) longest = std::min(longest, nest_.chunk);
    std::int64_t bytes = 0;
    std::vector<Id> packed;
    const auto look = [&](Id id, bool varies_with_rows) {
      if (id == none || level_[id] == Level::outside) return;
      if (level_[id] != Level::fold) {
        add(outer_values_, id);
      } else if (varying_.columns[id] && !varying_.rows[id] && varies_with_rows) {
        if (add(packed, id)) bytes += item(id) * longest * nest_.tile.columns;
      }
    };
    for (const Id id : fold_values()) {
      for (const Id a : source_.nodes[id].args) look(a, varying_.rows[id]);
    }
    for (const Accumulator& a : loop_of(nest_.folds.back()).accumulators) {
      look(a.value, true);
      look(a.factor, true);
    }
    if (nest_.folds.size() > 1 || local_bytes(target_) + bytes > most_local_bytes) return;
    if (std::ranges::all_of(packed, [&](Id id) { return lies_well(id); })) return;
    for (const Id id : packed) {
      const std::string name = "packed" + std::to_string(target_.locals.size());
      target_.locals.push_back({name, source_.nodes[id].type, longest * nest_.tile.columns});
      packed_[id] = first_local(target_) + static_cast<std::uint32_t>(target_.locals.size()) - 1;
    }
  }

  // Whether a value's vectors can be loaded as they are, with little to gain from a copy: where few
  // tiles of rows read them, where folds are short, or where all columns are one tile's and lie as
  // they would in the copy.
  bool lies_well(Id id) const {
    if (source_.nodes[id].kind != Kind::load) return false;
    const Access& access = access_of(id);
    if (!stride_along(access, nest_.columns).is(item(id))) return false;
    const Extent& n = loop_of(nest_.rows).extent;
    const Extent& m = loop_of(nest_.columns).extent;
    const Extent& k = loop_of(nest_.folds[0]).extent;
    const bool few = (n.is_constant() && n.constant() <= 2 * nest_.tile.rows) ||
                     (k.is_constant() && k.constant() <= short_fold);
    const Extent row = stride_along(access, nest_.folds[0]);
    return few || (m.is(nest_.tile.columns) && row.is(item(id) * nest_.tile.columns));
  }

  std::vector<Id> fold_values() const {
    std::vector<Id> values;
    for (const Id f : nest_.folds) {
      const Block& body = loop_of(f).body;
      values.insert(values.end(), body.begin(), body.end());
    }
    return values;
  }

  static bool add(std::vector<Id>& list, Id id) {
    if (std::ranges::find(list, id) != list.end()) return false;
    list.push_back(id);
    return true;
  }
  std::int64_t item(Id id) const { return ir::item_size(source_.nodes[id].type); }

  // A vector of columns after the other where they lie apart, so that what caches hold of each is
  // read to its end.
  void pack(const Extent& columns) {
    const bool lie_apart = std::ranges::any_of(packed_, [&](const auto& entry) {
      const Id id = entry.first;
      return source_.nodes[id].kind != Kind::load ||
             !stride_along(access_of(id), nest_.columns).is(item(id));
    });
    const Tile& t = nest_.tile;
    if (lie_apart) {
      open("v" + loop_of(nest_.columns).name, ceil_div(columns, t.lanes), vector_);
    }
    open_fold(0);
    const Id made =
        open(loop_of(nest_.columns).name, lie_apart ? Extent(t.lanes) : columns, column_);
    Loop& lanes = target_.loops[target_.nodes[made].index];
    lanes.width = static_cast<std::int32_t>(t.lanes);
    if (lie_apart) lanes.part = {vector_, t.lanes, columns};
    copies_.clear();
    reads_packed_ = false;
    for (const auto& [id, buffer] : packed_) builder_.store(packed(id, 0), copy_of(id, 0, 0));
    close();
    close();
    if (lie_apart) close();
    vector_ = none;
  }

  Access packed(Id id, std::int64_t vector) const {
    const std::int64_t size = item(id);
    Access made{packed_.at(id), size * nest_.tile.first_column(vector), {}, none};
    made.strides.emplace_back(folds_[0], size * nest_.tile.columns);
    if (vector_ != none) made.strides.emplace_back(vector_, size * nest_.tile.lanes);
    made.strides.emplace_back(column_, size);
    return made;
  }

  // --- copies of values, for each row and vector of a tile

  template <typename Do>
  void for_each_copy(Do act) const {
    for (std::int64_t row = 0; row < rows_in_tile_; ++row) {
      for (std::int64_t vector = 0; vector < vectors_; ++vector) act(row, vector);
    }
  }

  // Made in the block at hand where there is none yet. Depth: the few operations of a nest.
  Id copy_of(Id id, std::int64_t row, std::int64_t vector) {
    if (level_[id] == Level::outside) return (*this)[id];
    if (!varying_.rows[id]) row = 0;
    if (!varying_.columns[id]) vector = 0;
    const Copy key{id, row, vector};
    const auto at = copies_.find(key);
    if (at != copies_.end()) return at->second;
    return copies_[key] = copy(id, row, vector);
  }

  Id copy(Id id, std::int64_t row, std::int64_t vector) {
    const Node& node = source_.nodes[id];
    if (reads_packed_ && packed_.contains(id)) return builder_.load(packed(id, vector), node.type);
    switch (node.kind) {
      case Kind::load:
        return builder_.load(moved(access_of(id), row, vector), node.type);
      case Kind::prim: {
        std::vector<Id> args;
        for (const Id a : node.args) args.push_back(copy_of(a, row, vector));
        return builder_.emit(node.prim, node.type, args);
      }
      case Kind::accumulated: {
        if (is_epilogue_) return builder_.load(moved(access_of(nest_.result), 0, 0), node.type);
        const std::int64_t number = (node.index * rows_in_tile_ + row) * vectors_ + vector;
        return builder_.accumulated(folds_[0], static_cast<std::uint32_t>(number));
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
        made.offset = made.offset + stride * (first_row_ + row);
        made.strides.emplace_back(block_, stride * block_rows_);
        if (row_tile_ != none) made.strides.emplace_back(row_tile_, stride * row_step_);
      } else if (l == nest_.columns) {
        made.offset = made.offset + stride * (first_column_ + t.first_column(vector));
        if (column_tile_ != none) made.strides.emplace_back(column_tile_, stride * t.columns);
        if (vector_ != none) made.strides.emplace_back(vector_, stride * t.lanes);
        made.strides.emplace_back(column_, stride);
      } else if (const auto at = std::ranges::find(nest_.folds, l); at != nest_.folds.end()) {
        made.strides.emplace_back(folds_[static_cast<std::size_t>(at - nest_.folds.begin())],
                                  stride);
        if (chunk_ != none) made.strides.emplace_back(chunk_, stride * nest_.chunk);
      } else {
        made.strides.emplace_back((*this)[l], stride);
      }
    }
    return made;
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

  struct Open {
    Id loop;
    Block* around;
    std::unique_ptr<Block> body;
  };
  using Copy = std::tuple<Id, std::int64_t, std::int64_t>;  // row, vector

  const ir::Target& processor_;
  TileNest nest_;
  Varying varying_;
  std::vector<Level> level_;            // by node: in which of the nest's bodies it is
  std::vector<Id> outer_values_;        // that the fold uses
  std::map<Id, std::uint32_t> packed_;  // values of the fold, and their buffers
  std::vector<Open> open_;
  // The loops at hand; none where there is no such loop.
  Id block_ = none, chunk_ = none, column_tile_ = none, row_tile_ = none, column_ = none;
  Id vector_ = none;  // of columns that are packed
  std::vector<Id> folds_;
  Id is_first_ = none;  // whether this is the first chunk
  std::int64_t rows_in_tile_ = 1, row_step_ = 1, block_rows_ = 1, vectors_ = 1;
  Extent first_row_ = 0, first_column_ = 0;
  bool reads_packed_ = false, is_epilogue_ = false;
  std::map<Copy, Id> copies_;
};

}  // namespace

void tile_loops(ir::Module& module, const Context& context) {
  for (ir::KernelFunction& kernel : module.kernels) {
    Kernel made;
    Tiler(*kernel.loops, made, context.target).copy_kernel();
    remove_unused(made);
    kernel.loops = std::move(made);
  }
}

}  // namespace arrayc::passes
