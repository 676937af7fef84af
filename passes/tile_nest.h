// Folds that read one array along the rows of their result and another along its columns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/loops.h"
#include "ir/target.h"

namespace arrayc::passes {

// In elements. Vectors lie side by side, but for the last one where columns do not fill it: that
// begins within the one before.
struct Tile {
  std::int64_t rows = 1, vectors = 1, lanes = 1, columns = 1;
  std::int64_t first_column(std::int64_t vector) const {
    return std::min(vector * lanes, columns - lanes);
  }
};

// for rows { for columns { for folds[0] { for folds[1] { … } } } }, each the only loop of the one
// around it; a fold folds what the one within results in.
struct TileNest {
  ir::loops::Id rows = ir::loops::none;
  ir::loops::Id columns = ir::loops::none;
  std::vector<ir::loops::Id> folds;  // one or more
  Tile tile;
  // Whether a sum may be interrupted after every chunk: the elements of one, else 0. The sum so far
  // is then kept where `result` will store the element.
  std::int64_t chunk = 0;
  ir::loops::Id result = ir::loops::none;
  bool has_epilogue = false;  // more is stored than the sum itself, or something else
};

// Nothing if a tile would not read less than the nest does: where no array is read again for other
// rows and none for other columns, where columns do not lie side by side in memory, or where
// results are more than little work each.
std::optional<TileNest> find_tile_nest(const ir::loops::Kernel& kernel, ir::loops::Id rows,
                                       const ir::Target& target);

// Values of a nest that are others for other rows, or for other columns; by node.
struct Varying {
  std::vector<bool> rows, columns;
};
Varying find_varying(const ir::loops::Kernel& kernel, const TileNest& nest);

// How far apart a loop's iterations are in memory, in bytes.
ir::Extent stride_along(const ir::loops::Access& access, ir::loops::Id loop);

}  // namespace arrayc::passes
