#include "passes/tile_nest.h"

#include <algorithm>

namespace arrayc::passes {

using namespace ir::loops;  // NOLINT: this file is about little else
using ir::Extent;

namespace {

class Matcher {
 public:
  Matcher(const Kernel& kernel, const ir::Target& target) : kernel_(kernel), target_(target) {}

  std::optional<TileNest> match(Id rows) const {
    TileNest nest;
    nest.rows = rows;
    nest.columns = only_loop(rows);
    if (nest.columns == none) return std::nullopt;
    if (!is_plain(rows) || !is_plain(nest.columns) || !find_folds(nest)) return std::nullopt;
    const std::optional<int> item = item_of(nest);
    if (!item || !is_little(nest) || !is_reused(nest)) return std::nullopt;
    if (is_less(rows, 2) || is_less(nest.columns, 2)) return std::nullopt;
    nest.tile = tile_for(*item, static_cast<std::int64_t>(sums(nest).size()));
    fit(nest.tile, loop(rows).extent, loop(nest.columns).extent);
    find_chunk(nest);
    if (nest.chunk == 0 && !columns_are_together(nest)) return std::nullopt;
    return nest;
  }

 private:
  const Loop& loop(Id id) const { return kernel_.loops[kernel_.nodes[id].index]; }
  const Access& access(Id id) const { return kernel_.accesses[kernel_.nodes[id].index]; }
  bool is_less(Id id, std::int64_t n) const {
    return loop(id).extent.is_constant() && loop(id).extent.constant() < n;
  }

  // Or none.
  Id only_loop(Id around) const {
    Id found = none;
    for (const Id id : loop(around).body) {
      if (kernel_.nodes[id].kind != Kind::loop) continue;
      if (found != none) return none;
      found = id;
    }
    return found;
  }

  const std::vector<Accumulator>& sums(const TileNest& nest) const {
    return loop(nest.folds.back()).accumulators;
  }

  // All loops within the columns' one, as long as each folds the results of the next.
  bool find_folds(TileNest& nest) const {
    for (Id id = only_loop(nest.columns); id != none; id = only_loop(id)) {
      if (loop(id).part.loop != none || loop(id).width != 1) return false;
      if (!nest.folds.empty() && !folds_results(nest.folds.back(), id)) return false;
      nest.folds.push_back(id);
    }
    return !nest.folds.empty();
  }

  bool folds_results(Id outer, Id inner) const {
    const std::vector<Accumulator>& all = loop(outer).accumulators;
    if (all.size() != loop(inner).accumulators.size()) return false;
    for (std::uint32_t k = 0; k < all.size(); ++k) {
      const Node& value = kernel_.nodes[all[k].value];
      if (value.kind != Kind::accumulated || value.args[0] != inner || value.index != k)
        return false;
      if (all[k].factor != none || all[k].tree.lanes != 1) return false;
    }
    return true;
  }

  bool is_plain(Id id) const {
    const Loop& l = loop(id);
    return l.accumulators.empty() && l.part.loop == none && l.width == 1;
  }

  // Accumulators fill the registers but for a vector of each operand's and a product. Lanes are
  // at least 4, which may take several registers.
  Tile tile_for(int item, std::int64_t accumulators) const {
    const std::int64_t lanes = std::max(target_.vector_bytes / item, 4);
    const std::int64_t each = lanes * item / target_.vector_bytes * accumulators;
    const bool many = target_.vector_registers >= 32;
    const std::int64_t vectors = std::max<std::int64_t>((many ? 3 : 2) / each, 1);
    const std::int64_t room = many ? 24 : target_.fma ? 12 : 8;
    const std::int64_t rows = std::clamp<std::int64_t>(room / (vectors * each), 1, 8);
    return {rows, vectors, lanes, vectors * lanes};
  }

  // Known rows and columns are shared out among tiles of one size, as few as before.
  static void fit(Tile& tile, const Extent& rows, const Extent& columns) {
    const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
    if (rows.is_constant()) {
      tile.rows = ceil_div(rows.constant(), ceil_div(rows.constant(), tile.rows));
    }
    if (!columns.is_constant()) return;
    const std::int64_t m = columns.constant();
    while (tile.lanes > m) tile.lanes /= 2;
    const std::int64_t vectors = ceil_div(m, tile.lanes);
    tile.vectors = ceil_div(vectors, ceil_div(vectors, tile.vectors));
    tile.columns = std::min(tile.vectors * tile.lanes, m);
  }

  // The size of what is folded, which is what columns are stored as.
  std::optional<int> item_of(const TileNest& nest) const {
    int item = 0;
    for (const Accumulator& a : sums(nest)) {
      if (a.imaginary != none || a.position_value != none || a.tree.lanes != 1) return std::nullopt;
      if (item != 0 && item != ir::item_size(a.type)) return std::nullopt;
      item = ir::item_size(a.type);
    }
    return item == 0 ? std::nullopt : std::optional(item);
  }

  // Few operations, which are copied for each element of a tile, and none on the indices.
  bool is_little(const TileNest& nest) const {
    constexpr int most_in_fold = 4;
    constexpr int most_after = 64;
    const auto count = [&](Id within) {
      int operations = 0;
      for (const Id id : loop(within).body) {
        const Node& node = kernel_.nodes[id];
        if (node.kind == Kind::index || (within != nest.columns && node.kind == Kind::store)) {
          return most_after + 1;
        }
        if (node.kind == Kind::load || node.kind == Kind::store) {
          if (access(id).dynamic != none) return most_after + 1;
        }
        if (node.kind == Kind::prim) ++operations;
      }
      return operations;
    };
    return std::ranges::all_of(nest.folds, [&](Id f) { return count(f) <= most_in_fold; }) &&
           count(nest.rows) + count(nest.columns) <= most_after;
  }

  std::vector<Id> loads_of(const TileNest& nest) const {
    std::vector<Id> loads;
    for (const Id f : nest.folds) {
      for (const Id id : loop(f).body) {
        if (kernel_.nodes[id].kind == Kind::load) loads.push_back(id);
      }
    }
    return loads;
  }

  bool is_reused(const TileNest& nest) const {
    bool by_rows = false;
    bool by_columns = false;
    for (const Id id : loads_of(nest)) {
      const Extent row = stride_along(access(id), nest.rows);
      const Extent column = stride_along(access(id), nest.columns);
      if (!row.is(0) && !column.is(0)) return false;
      const bool varies =
          std::ranges::any_of(nest.folds, [&](Id f) { return !stride_along(access(id), f).is(0); });
      by_rows = by_rows || (varies && !row.is(0));
      by_columns = by_columns || (varies && !column.is(0));
    }
    if (!by_rows || !by_columns) return false;
    return std::ranges::all_of(loop(nest.columns).body, [&](Id id) {
      const Node& node = kernel_.nodes[id];
      return node.kind != Kind::store ||
             stride_along(access(id), nest.columns).is(ir::item_size(node.type));
    });
  }

  // Whether the fold reads along the columns as memory lies: else a tile's part is copied first.
  bool columns_are_together(const TileNest& nest) const {
    return std::ranges::all_of(loads_of(nest), [&](Id id) {
      const Extent column = stride_along(access(id), nest.columns);
      return column.is(0) || column.is(ir::item_size(kernel_.nodes[id].type));
    });
  }

  // A sum in order along one index can be interrupted, if it is the only one and has memory of
  // its own.
  void find_chunk(TileNest& nest) const {
    const std::vector<Accumulator>& sums = this->sums(nest);
    if (nest.folds.size() != 1 || sums.size() != 1 || sums[0].fold != Fold::add) return;
    const bool exact = !ir::is_float(sums[0].type);
    if (!sums[0].tree.in_order && !(exact && sums[0].tree.chunk == 0)) return;
    int stores = 0;
    for (const Id id : loop(nest.columns).body) {
      const Node& node = kernel_.nodes[id];
      if (node.kind != Kind::store) continue;
      ++stores;
      if (nest.result == none && node.type == sums[0].type) nest.result = id;
    }
    if (nest.result == none || has_other_reads(nest)) return;
    constexpr std::int64_t exact_chunk = 256;
    nest.chunk = exact ? exact_chunk : sums[0].tree.chunk;
    const Node& stored = kernel_.nodes[kernel_.nodes[nest.result].args[0]];
    nest.has_epilogue = stores > 1 || stored.kind != Kind::accumulated;
  }

  // Whether the nest reads what it writes.
  bool has_other_reads(const TileNest& nest) const {
    std::vector<std::uint32_t> written;
    for (const Id id : loop(nest.columns).body) {
      if (kernel_.nodes[id].kind == Kind::store) written.push_back(access(id).buffer);
    }
    return std::ranges::any_of(std::vector{nest.rows, nest.columns, nest.folds[0]}, [&](Id within) {
      return std::ranges::any_of(loop(within).body, [&](Id id) {
        return kernel_.nodes[id].kind == Kind::load &&
               std::ranges::find(written, access(id).buffer) != written.end();
      });
    });
  }

  const Kernel& kernel_;
  const ir::Target& target_;
};

void mark(const Kernel& kernel, const TileNest& nest, const Block& block, Varying& out) {
  for (const Id id : block) {
    const Node& node = kernel.nodes[id];
    if (node.kind == Kind::loop) {
      mark(kernel, nest, kernel.loops[node.index].body, out);
    } else if (node.kind == Kind::load) {
      const Access& access = kernel.accesses[node.index];
      out.rows[id] = !stride_along(access, nest.rows).is(0);
      out.columns[id] = !stride_along(access, nest.columns).is(0);
    } else if (is_result(node.kind)) {  // each copy has its own
      out.rows[id] = out.columns[id] = true;
    } else {
      for (const Id a : node.args) {
        out.rows[id] = out.rows[id] || out.rows[a];
        out.columns[id] = out.columns[id] || out.columns[a];
      }
    }
  }
}

}  // namespace

std::optional<TileNest> find_tile_nest(const Kernel& kernel, Id rows, const ir::Target& target) {
  return Matcher(kernel, target).match(rows);
}

Varying find_varying(const Kernel& kernel, const TileNest& nest) {
  Varying varying{std::vector<bool>(kernel.nodes.size(), false),
                  std::vector<bool>(kernel.nodes.size(), false)};
  mark(kernel, nest, kernel.loops[kernel.nodes[nest.rows].index].body, varying);
  return varying;
}

Extent stride_along(const Access& access, Id loop) {
  for (const auto& [l, stride] : access.strides) {
    if (l == loop) return stride;
  }
  return 0;
}

}  // namespace arrayc::passes
