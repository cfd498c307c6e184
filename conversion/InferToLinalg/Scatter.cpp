// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scatters and running sums -> serial loops over tensors: updates of one element must happen in order.
#include "conversion/InferToLinalg/ParallelSelection.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon;

static SmallVector<Value> sizesOf(Lowering &l, Value x) {
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < l.rank(x); ++axis)
    sizes.push_back(l.dimValue(x, axis));
  return sizes;
}

/// How an update joins the element that is there. Bool adds by or, multiplies by and.
static Scalar combine(StringRef reduction, const Scalar &old, const Scalar &update, Type element) {
  if (reduction == "none")
    return update;
  if (old.isBool())
    return reduction == "add" || reduction == "max" ? old | update : old & update;
  // Short floats are joined in f32 and rounded each time.
  auto widen = [&](const Scalar &x) { return x.isFloat() ? convert(x, accumulatorType(element)) : x; };
  Scalar x = widen(old), y = widen(update);
  Scalar result = reduction == "add" ? x + y : reduction == "mul" ? x * y : reduction == "max" ? max(x, y) : min(x, y);
  return result.isFloat() ? convert(result, storageType(element)) : result;
}

static void lowerScatterElements(infer::ScatterElementsOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices();
  Type element = l.elementOf(data);
  SmallVector<Value> sizes = sizesOf(l, data);
  auto step = [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    SmallVector<Scalar> place(at);
    Scalar index = toIndex(l.read(l.b, indices, at));
    for (auto [dim, size] : llvm::enumerate(sizes)) {
      bool along = static_cast<int64_t>(dim) == static_cast<int64_t>(op.getAxis());
      place[dim] = along ? wrapIndex(index, index.with(size)) : clampIndex(at[dim], at[dim].with(size));
    }
    Scalar update = l.read(l.b, op.getUpdates(), at);
    Scalar old = extract(l, carried[0], place, element);
    return {insert(l, combine(op.getReduction(), old, update, element), carried[0], place)};
  };
  l.replace(op.getY(), serialLoops(l, sizesOf(l, indices), l.get(data), step).front());
}

static void lowerScatterND(infer::ScatterNDOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices(), updates = op.getUpdates();
  Type element = l.elementOf(data);
  SmallVector<Value> sizes = sizesOf(l, data);
  int64_t indexRank = l.rank(indices), depth = cast<RankedTensorType>(indices.getType()).getDimSize(indexRank - 1);
  auto step = [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    SmallVector<Scalar> place, coordinate(at.take_front(indexRank - 1));
    coordinate.push_back(l.scalar(l.index(0)));
    for (int64_t i = 0; i < depth; ++i) {
      coordinate.back() = l.scalar(l.index(i));
      Scalar index = toIndex(l.read(l.b, indices, coordinate));
      place.push_back(wrapIndex(index, index.with(sizes[i])));
    }
    for (auto [offset, index] : llvm::enumerate(at.drop_front(indexRank - 1)))
      place.push_back(clampIndex(index, index.with(sizes[depth + offset])));
    Scalar old = extract(l, carried[0], place, element);
    return {insert(l, combine(op.getReduction(), old, l.read(l.b, updates, at), element), carried[0], place)};
  };
  l.replace(op.getY(), serialLoops(l, sizesOf(l, updates), l.get(data), step).front());
}

/// Loops over the dims but the axis; the innermost runs along it and carries the sum, in f32 for shorter floats.
static void lowerCumSum(infer::CumSumOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerCumSumInPasses(op, l);
  Value x = op.getX();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t axis = op.getAxis();
  SmallVector<Value> sizes = sizesOf(l, x);
  Value length = sizes[axis];
  SmallVector<Value> outer(sizes);
  outer.erase(outer.begin() + axis);
  Value init = l.empty(l.dims(x), element), zero = l.index(0), one = l.index(1);
  Scalar start = l.number(type, 0);
  auto row = [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    auto loop = scf::ForOp::create(l.b, l.loc, zero, length, one, ValueRange{carried[0], start.get()});
    OpBuilder::InsertionGuard guard(l.b);
    l.b.setInsertionPointToStart(loop.getBody());
    Scalar step = l.scalar(loop.getInductionVar());
    Scalar here = op.getReverse() ? step.with(length) - 1 - step : step;
    SmallVector<Scalar> place(at);
    place.insert(place.begin() + axis, here);
    Scalar sum = l.scalar(loop.getRegionIterArg(1)), value = l.read(l.b, x, place);
    Scalar next = sum + (value.isFloat() ? convert(value, type) : value);
    Scalar kept = op.getExclusive() ? sum : next;
    Value tensor = insert(l, kept.isFloat() ? convert(kept, storageType(element)) : kept, loop.getRegionIterArg(0), place);
    scf::YieldOp::create(l.b, l.loc, ValueRange{tensor, next.get()});
    return {loop.getResult(0)};
  };
  l.replace(op.getY(), serialLoops(l, outer, init, row).front());
}

void tenon::addScatterLowerings(LoweringTable &table) {
  table.add<infer::ScatterElementsOp, lowerScatterElements>();
  table.add<infer::ScatterNDOp, lowerScatterND>();
  table.add<infer::CumSumOp, lowerCumSum>();
}
