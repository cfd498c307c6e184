// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposes go through shared memory: both global memories are then walked as they lie.
//
//   linalg.generic (i, j) ins(%x[j, i]) outs(%y[i, j])
//   ->
//   linalg.generic ins(%x) outs(%tile) { copy };  linalg.generic (i, j) ins(%tile[j, i]) outs(%y[i, j])
//
// Rows of the tile are one bank longer than they need be, so that a warp that walks down a column meets every bank once.
#include "lib/Schedule/Gpu/Distribute.h"
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

namespace tenon::schedule {

/// A static bound of a dim; none if it is not known to be that small.
static std::optional<int64_t> boundDim(Value memory, unsigned dim) {
  auto type = cast<MemRefType>(memory.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(presburger::BoundType::UB, {memory, static_cast<int64_t>(dim)},
                                                                            /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? std::optional(*bound) : std::nullopt;
}

linalg::GenericOp stageTurnedOperand(RewriterBase &rewriter, linalg::GenericOp op, ThreadBlock &block) {
  std::optional<TurnedLoops> turned = findTurnedLoops(op);
  if (!turned)
    return {};
  Value memory = turned->input->get();
  auto type = cast<MemRefType>(memory.getType());
  constexpr int64_t kBankBytes = 4;
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8), padding = std::max<int64_t>(1, kBankBytes / bytes);
  // Padded rows of the last dim; the others follow.
  SmallVector<int64_t> strides(type.getRank(), 1);
  int64_t elements = 1;
  for (int64_t dim = type.getRank(); dim-- > 0;) {
    std::optional<int64_t> bound = boundDim(memory, dim);
    if (!bound || *bound > kTurnedTile)
      return {};
    strides[dim] = elements;
    elements *= *bound + (dim + 1 == type.getRank() ? padding : 0);
    if (elements * bytes > kTurnedTile * (kTurnedTile + padding) * bytes)
      return {};
  }
  Value space = block.allocate(MemRefType::get({elements}, type.getElementType()));
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  auto layout = StridedLayoutAttr::get(op.getContext(), 0, strides);
  SmallVector<OpFoldResult> strideValues = getAsIndexOpFoldResult(op.getContext(), strides);
  Value tile = memref::ReinterpretCastOp::create(rewriter, loc, MemRefType::get(type.getShape(), type.getElementType(), layout), space,
                                                 rewriter.getIndexAttr(0), memref::getMixedSizes(rewriter, loc, memory), strideValues);
  AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto copy = linalg::GenericOp::create(rewriter, loc, memory, tile, {identity, identity}, iterators,
                                        [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
  for (OpOperand *input : op.getDpsInputOperands())
    if (input->get() == memory)
      input->set(tile);
  return copy;
}

} // namespace tenon::schedule
