// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/SerialLoops.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

SmallVector<Value> tenon::serialLoops(Lowering &l, ArrayRef<Value> sizes, ValueRange initial, StepFn step) {
  OpBuilder::InsertionGuard guard(l.b);
  SmallVector<Scalar> indices;
  SmallVector<scf::ForOp> loops;
  ValueRange carried = initial;
  Value zero = l.index(0), one = l.index(1);
  for (Value size : sizes) {
    auto loop = scf::ForOp::create(l.b, l.loc, zero, size, one, carried);
    loops.push_back(loop);
    indices.push_back(l.scalar(loop.getInductionVar()));
    carried = loop.getRegionIterArgs();
    l.b.setInsertionPointToStart(loop.getBody());
  }
  SmallVector<Value> next = step(indices, carried);
  for (scf::ForOp loop : llvm::reverse(loops)) {
    l.b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(l.b, l.loc, next);
    next = SmallVector<Value>(loop.getResults());
  }
  return next;
}

SmallVector<Value> tenon::updateIf(Lowering &l, const Scalar &condition, ValueRange values, llvm::function_ref<SmallVector<Value>()> then) {
  auto choice = scf::IfOp::create(
      l.b, l.loc, condition.get(), [&](OpBuilder &, Location loc) { scf::YieldOp::create(l.b, loc, then()); },
      [&](OpBuilder &, Location loc) { scf::YieldOp::create(l.b, loc, values); });
  return SmallVector<Value>(choice.getResults());
}

Value tenon::insert(Lowering &l, const Scalar &element, Value tensor, ArrayRef<Scalar> indices) {
  return tensor::InsertOp::create(l.b, l.loc, Lowering::toStorage(element), tensor, toValues(indices));
}

Scalar tenon::extract(Lowering &l, Value tensor, ArrayRef<Scalar> indices, Type element) {
  return Lowering::fromStorage(l.b, l.loc, tensor::ExtractOp::create(l.b, l.loc, tensor, toValues(indices)), element);
}

Scalar tenon::toI64(const Scalar &index) {
  OpBuilder &b = index.getBuilder();
  return Scalar(b, index.getLoc(), arith::IndexCastOp::create(b, index.getLoc(), b.getI64Type(), index.get()));
}
