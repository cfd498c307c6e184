// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merge sort from runs of one element up, whose width doubles with each pass:
//
//   scf.while (width < count) { other = merge pairs of runs of list; list = other; width = 2 * width }
#include "conversion/InferToLinalg/SerialSort.h"

#include "conversion/InferToLinalg/SerialLoops.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

static Scalar entryOf(Lowering &l, Value list, const Scalar &place) { return toIndex(extract(l, list, {place}, l.b.getI64Type())); }

/// Merges neighbouring sorted runs of `width` of the first `count` entries of `from` into `to`.
static Value mergeRuns(Lowering &l, Value from, Value to, const Scalar &width, const Scalar &count, PrecedesFn precedes) {
  Scalar whole = width + width;
  return serialLoops(l, {count.get()}, {to, l.index(0), l.index(0)},
                     [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
                       Scalar start = at[0] - modulus(at[0], whole), isStart = at[0] == start;
                       Scalar middle = min(start + width, count), end = min(start + whole, count);
                       Scalar left = select(isStart, start, l.scalar(carried[1]));
                       Scalar right = select(isStart, middle, l.scalar(carried[2]));
                       Scalar a = entryOf(l, from, min(left, count - 1)), b = entryOf(l, from, min(right, count - 1));
                       Scalar takesRight = (right < end) & ((left >= middle) | precedes(b, a));
                       return {insert(l, toI64(select(takesRight, b, a)), carried[0], {at[0]}), select(takesRight, left, left + 1).get(),
                               select(takesRight, right + 1, right).get()};
                     })
      .front();
}

Value tenon::sortSerially(Lowering &l, Value list, const Scalar &count, PrecedesFn precedes) {
  Value other = l.fill(tensor::getMixedSizes(l.b, l.loc, list), l.b.getI64Type(), 0);
  SmallVector<Value> init{l.index(1), list, other};
  auto passes = scf::WhileOp::create(
      l.b, l.loc, TypeRange(ValueRange(init)), init,
      [&](OpBuilder &b, Location loc, ValueRange state) { scf::ConditionOp::create(b, loc, (l.scalar(state[0]) < count).get(), state); },
      [&](OpBuilder &b, Location loc, ValueRange state) {
        Scalar width = l.scalar(state[0]);
        Value merged = mergeRuns(l, state[1], state[2], width, count, precedes);
        Value sorted = serialLoops(l, {count.get()}, state[1], [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
                         return {insert(l, toI64(entryOf(l, merged, at[0])), carried[0], {at[0]})};
                       }).front();
        scf::YieldOp::create(b, loc, ValueRange{(width + width).get(), sorted, merged});
      });
  return passes.getResult(1);
}
