// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How large a block's tile of a product is.
#include "lib/Schedule/Gpu/FewRows.h"
#include "lib/Schedule/Gpu/VectorAccess.h"
#include "lib/Schedule/Product.h"

using namespace mlir;

namespace tenon::schedule {

/// Columns of a tile: whole rows of the inner loop, or equal parts of one in multiples of the widest vector.
static void chooseColumns(ProductTile &tile, int64_t inner, int64_t outer, int64_t columns, int64_t width) {
  tile.outer = 1;
  tile.inner = columns;
  if (ShapedType::isDynamic(inner))
    return;
  if (inner >= columns) {
    int64_t part = llvm::divideCeil(inner, llvm::divideCeil(inner, columns));
    tile.inner = std::min<int64_t>(columns, llvm::alignTo(part, width));
    return;
  }
  tile.inner = std::max<int64_t>(inner, 1);
  tile.outer = columns / tile.inner;
  if (!ShapedType::isDynamic(outer))
    tile.outer = std::min(tile.outer, std::max<int64_t>(outer, 1));
}

ProductTile chooseBlockTile(linalg::LinalgOp op, const Product &product, int64_t wanted) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = ranges[product.m], inner = ranges[product.n.back()], outer = product.n.size() > 1 ? ranges[product.n.front()] : 1;
  int64_t rest = 1;
  bool isBatchKnown = true;
  for (unsigned loop : product.rest) {
    isBatchKnown &= !ShapedType::isDynamic(ranges[loop]);
    rest *= std::clamp<int64_t>(ranges[loop], 1, kProcessors);
  }
  int64_t width = kWidestVector / llvm::divideCeil(getElementTypeOrSelf(product.b->get().getType()).getIntOrFloatBitWidth(), 8);
  bool known = rows >= 0 && inner >= 0 && outer >= 0;
  ProductTile tile{};
  bool few = wanted ? wanted == kOfferedFewRows : rows >= 0 && rows <= kMostFewRows && canHaveFewRows(op, product);
  if (few) {
    tile = chooseFewRows(wanted ? wanted : rows);
    chooseColumns(tile, inner, outer, kFewRowsColumns, width);
    return tile;
  }
  // The largest square that gives most multiprocessors a tile: it reads its operands least often.
  for (int64_t side : {128, 64, 32}) {
    chooseColumns(tile, inner, outer, side, width);
    tile.rows = side;
    tile.vectors = side / 4;
    tile.blockRows = 1;
    if (wanted) {
      if (side == wanted)
        break;
      continue;
    }
    // What is not known is taken to be neither small nor large.
    if ((!known || (!isBatchKnown && rows > 32 && inner * outer > 32)) && side == 64)
      break;
    bool half = side > 32 && known && (rows <= side / 2 || inner * outer <= side / 2);
    int64_t tiles = known ? llvm::divideCeil(rows, side) * llvm::divideCeil(inner, tile.inner) * llvm::divideCeil(outer, tile.outer) : 0;
    if (!half && tiles * rest >= kProcessors * 3 / 4)
      break;
  }
  return tile;
}

} // namespace tenon::schedule
