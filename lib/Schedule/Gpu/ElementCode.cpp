// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the code of an element is made of: which elements a thread has, their indices, and the op's body at these.
#include "lib/Schedule/Gpu/Distribute.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tenon::schedule {

void forEachShare(OpBuilder &b, Location loc, const ThreadBlock &block, Value total, llvm::function_ref<void(Value)> body) {
  OpBuilder::InsertionGuard guard(b);
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); };
  std::optional<int64_t> known = getConstantIntValue(total);
  int64_t threads = block.getNumThreads();
  if (!known || *known <= threads) {
    auto forOp = scf::ForOp::create(b, loc, block.getThread(), total, constant(threads));
    b.setInsertionPointToStart(forOp.getBody());
    return body(forOp.getInductionVar());
  }
  auto forOp = scf::ForOp::create(b, loc, constant(0), constant(llvm::divideCeil(*known, threads)), constant(1));
  b.setInsertionPointToStart(forOp.getBody());
  Value skipped = arith::MulIOp::create(b, loc, forOp.getInductionVar(), constant(threads));
  Value number = arith::AddIOp::create(b, loc, skipped, block.getThread());
  if (*known % threads != 0) {
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, total);
    b.setInsertionPointToStart(scf::IfOp::create(b, loc, inside, /*withElseRegion=*/false).thenBlock());
  }
  body(number);
}

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
