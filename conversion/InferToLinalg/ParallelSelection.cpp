// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Greatest elements -> rows sorted in passes. Coordinates of non-zero elements -> counts before chunks, in which each column of the result
// looks for its element. Running sums -> sums before chunks, then each element's own chunk.
#include "conversion/InferToLinalg/ParallelSelection.h"

#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/PrefixSums.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/SortRows.h"

using namespace mlir;
using namespace tenon;

/// `row`, the indices of all dims but `axis`, with `index` for that.
static SmallVector<Scalar> insertAt(ArrayRef<Scalar> row, int64_t axis, const Scalar &index) {
  SmallVector<Scalar> indices(row);
  indices.insert(indices.begin() + axis, index);
  return indices;
}

/// The indices of all dims but `axis`, then that of `axis`.
static SmallVector<Scalar> moveToEnd(ArrayRef<Scalar> at, int64_t axis) {
  SmallVector<Scalar> indices(at);
  std::rotate(indices.begin() + axis, indices.begin() + axis + 1, indices.end());
  return indices;
}

void tenon::lowerTopKInPasses(infer::TopKOp op, Lowering &l) {
  Value x = op.getX();
  int64_t axis = op.getAxis();
  Type element = l.elementOf(x);
  Dims rows = l.dims(x);
  rows.erase(rows.begin() + axis);
  SortedRows sorted = sortRows(l, rows, l.dim(x, axis), element, op.getLargest(),
                               [&](ArrayRef<Scalar> at) { return l.read(l.b, x, insertAt(at.drop_back(), axis, at.back())); });
  l.replace(op.getValues(), l.map(l.dims(op.getValues()), element,
                                  [&](ArrayRef<Scalar> at) { return extract(l, sorted.keys, moveToEnd(at, axis), element); }));
  Type i64 = l.b.getI64Type();
  l.replace(op.getIndices(),
            l.map(l.dims(op.getIndices()), i64, [&](ArrayRef<Scalar> at) { return extract(l, sorted.places, moveToEnd(at, axis), i64); }));
}

void tenon::lowerNonZeroFillInPasses(Value x, Value y, Lowering &l) {
  Type i64 = l.b.getI64Type();
  SmallVector<Value> sizes;
  OpFoldResult length = l.b.getIndexAttr(1);
  for (OpFoldResult dim : l.dims(x)) {
    sizes.push_back(l.value(dim));
    length = l.apply(l.b.getAffineDimExpr(0) * l.b.getAffineDimExpr(1), {length, dim});
  }
  auto count = [&](const Scalar &flat) { return convert(isNonZero(l.read(l.b, x, delinearize(flat, sizes))), i64); };
  Value before = sumBeforeChunks(l, {}, length, i64, [&](ArrayRef<Scalar> at) { return count(at.front()); });
  Value total = l.value(length);
  // The element of each column; the number of elements where there is none.
  Value places = l.map({l.dim(y, 1)}, i64,
                       [&](ArrayRef<Scalar> at) { return toI64(findCounted(l, {before, length, count}, toI64(at.front())).element); });
  l.replace(y, l.map(l.dims(y), i64, [&](ArrayRef<Scalar> at) {
    Scalar flat = toIndex(extract(l, places, {at[1]}, i64)), zero = flat.constant(0), coordinate = zero;
    for (auto [row, index] : llvm::enumerate(delinearize(flat, sizes)))
      coordinate = select(at[0] == at[0].constant(row), index, coordinate);
    return toI64(select(flat < flat.with(total), coordinate, zero));
  }));
}

void tenon::lowerCumSumInPasses(infer::CumSumOp op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t axis = op.getAxis();
  Dims rows = l.dims(x);
  OpFoldResult length = rows[axis];
  rows.erase(rows.begin() + axis);
  Value size = l.value(length);
  auto stepOf = [&](const Scalar &index) { return op.getReverse() ? index.with(size) - 1 - index : index; };
  auto read = [&](ArrayRef<Scalar> at) {
    Scalar value = l.read(l.b, x, insertAt(at.drop_back(), axis, stepOf(at.back())));
    return value.isFloat() ? convert(value, type) : value;
  };
  Value before = sumBeforeChunks(l, rows, length, type, read);
  l.replace(op.getY(), l.map(l.dims(x), element, [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> row = moveToEnd(at, axis);
    Scalar step = stepOf(row.pop_back_val()), chunk = divide(step, step.constant(kChunk));
    row.push_back(chunk);
    Scalar sum = extract(l, before, row, type);
    Scalar total = fold(l, chunk * chunk.constant(kChunk), op.getExclusive() ? step : step + 1, {sum},
                        [&](const Scalar &index, ArrayRef<Scalar> carried) {
                          row.back() = index;
                          return SmallVector<Scalar>{carried[0] + read(row)};
                        })
                       .front();
    return total.isFloat() ? convert(total, storageType(element)) : total;
  }));
}
