// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the code of an element is made of: the op's body at given indices, and the indices.
#include "lib/Schedule/Gpu/Distribute.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tenon::schedule {

SmallVector<Value> inlineBody(OpBuilder &b, linalg::GenericOp op, ValueRange indices, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(op.getBlock()->getArguments(), arguments);
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      mapping.map(index.getResult(), indices[index.getDim()]);
      continue;
    }
    Operation *copy = b.clone(inner, mapping);
    copy->walk([&](linalg::IndexOp index) { index.replaceAllUsesWith(indices[index.getDim()]); });
    SmallVector<linalg::IndexOp> dead;
    copy->walk([&](linalg::IndexOp index) { dead.push_back(index); });
    for (linalg::IndexOp index : dead)
      index.erase();
  }
  SmallVector<Value> results;
  for (Value yielded : op.getBlock()->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(yielded));
  return results;
}

SmallVector<Value> applyMap(OpBuilder &b, Location loc, AffineMap map, ValueRange loops) {
  SmallVector<OpFoldResult> operands = getAsOpFoldResult(loops);
  SmallVector<Value> indices;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    OpFoldResult index = affine::makeComposedFoldedAffineApply(b, loc, map.getSubMap({i}), operands);
    indices.push_back(getValueOrCreateConstantIndexOp(b, loc, index));
  }
  return indices;
}

SmallVector<Value> delinearize(OpBuilder &b, Location loc, Value flat, ArrayRef<Value> sizes) {
  SmallVector<Value> indices(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;) {
    indices[i] = b.createOrFold<arith::RemUIOp>(loc, flat, sizes[i]);
    flat = b.createOrFold<arith::DivUIOp>(loc, flat, sizes[i]);
  }
  if (!sizes.empty())
    indices[0] = flat;
  return indices;
}

} // namespace tenon::schedule
