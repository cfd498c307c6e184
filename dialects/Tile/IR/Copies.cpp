// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What copies between global and shared memory must satisfy.
#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace tenon::tile;

/// The box is what one instruction moves: it lies in one panel, and boxes fill the tile.
static LogicalResult verifyBox(Operation *op, DescriptorType descriptor, SmemType tiles) {
  if (!isElected(op))
    return op->emitOpError("expected to stand in tile.elect");
  if (descriptor.getElementType() != tiles.getElementType() || descriptor.getSwizzle() != tiles.getSwizzle())
    return op->emitOpError("expected one element type and swizzle, got ") << descriptor << " and " << tiles;
  if (descriptor.getColumns() != tiles.getPanelColumns())
    return op->emitOpError("expected a box of ")
           << tiles.getPanelColumns() << " columns, a panel of the tile, got " << descriptor.getColumns();
  if (tiles.getRows() % descriptor.getRows())
    return op->emitOpError("expected a box whose rows divide ") << tiles.getRows() << ", got " << descriptor.getRows();
  return success();
}

/// Every CTA of the cluster copies its part to all, or they take turns with whole tiles: either way each row once.
static LogicalResult verifyMulticast(LoadOp op, KernelOp kernel) {
  if (kernel.getCluster() == 1)
    return op.emitOpError("expected a kernel with a cluster around a multicast");
  SmemType tiles = op.getTiles().getType();
  int64_t all = tiles.getRows(), rowBytes = tiles.getTileBytes() / all, rows = 0;
  for (auto load : op->getBlock()->getOps<LoadOp>())
    if (load.getMulticast() && load.getTiles() == op.getTiles() && load.getCount() == op.getCount())
      rows += load.getArrivingBytes(kernel.getCluster()) / rowBytes;
  if (rows != all)
    return op.emitOpError("expected a multicast of parts that are ") << all << " rows together, got " << rows;
  return success();
}

LogicalResult LoadOp::verify() {
  DescriptorType descriptor = getDescriptor().getType();
  if (failed(verifyBox(*this, descriptor, getTiles().getType())))
    return failure();
  int64_t offsets = descriptor.getIm2col() ? descriptor.getRank() - 2 : 0;
  if (static_cast<int64_t>(getCoordinates().size()) != descriptor.getRank() || static_cast<int64_t>(getOffsets().size()) != offsets)
    return emitOpError("expected ") << descriptor.getRank() << " coordinates and " << offsets << " offsets, got " << getCoordinates().size()
                                    << " and " << getOffsets().size();
  if (descriptor.getIm2col() && descriptor.getRows() != getTiles().getType().getRows())
    return emitOpError("expected a box of all ") << getTiles().getType().getRows() << " pixels, got " << descriptor.getRows();
  if (getBarriers().getType().getStages() != getTiles().getType().getStages())
    return emitOpError("expected barriers of ")
           << getTiles().getType().getStages() << " stages, got " << getBarriers().getType().getStages();
  if (llvm::none_of(getBarriers().getUsers(), [](Operation *user) { return isa<ExpectOp>(user); }))
    return emitOpError("expected a tile.expect of the barriers that it signals");
  auto kernel = (*this)->getParentOfType<KernelOp>();
  return getMulticast() && kernel ? verifyMulticast(*this, kernel) : success();
}

int64_t LoadOp::getArrivingBytes(int64_t cluster) {
  SmemType tiles = getTiles().getType();
  int64_t bytes = tiles.getTileBytes();
  if (getPart())
    bytes = bytes / tiles.getRows() * getDescriptor().getType().getRows();
  return getMulticast() && getPart() ? bytes * cluster : bytes;
}

/// A copy of rows and columns as they lie in the tensor.
static LogicalResult verifyPlainCopy(Operation *op, DescriptorType descriptor, SmemType tiles, ValueRange coordinates) {
  if (failed(verifyBox(op, descriptor, tiles)))
    return failure();
  if (descriptor.getIm2col() || static_cast<int64_t>(coordinates.size()) != descriptor.getRank())
    return op->emitOpError("expected ") << descriptor.getRank() << " coordinates of a descriptor without im2col, got "
                                        << coordinates.size();
  return success();
}

LogicalResult StoreOp::verify() { return verifyPlainCopy(*this, getDescriptor().getType(), getTiles().getType(), getCoordinates()); }

LogicalResult PrefetchTileOp::verify() { return verifyPlainCopy(*this, getDescriptor().getType(), getTileType(), getCoordinates()); }
