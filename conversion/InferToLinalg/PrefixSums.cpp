// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   %chunk[c] = sum of the chunk's elements;  %group[g] = sum of the group's chunks
//   %before[c] = sum of the groups before the chunk's own + sum of the chunks before it in its group
//
// A row of a million elements is 16384 chunks and 256 groups.
#include "conversion/InferToLinalg/PrefixSums.h"

#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/SerialLoops.h"

using namespace mlir;
using namespace tenon;

OpFoldResult tenon::countChunks(Lowering &l, OpFoldResult length) { return l.apply(l.b.getAffineDimExpr(0).ceilDiv(kChunk), {length}); }

/// The sum of `element` over the part [begin, end) of a row.
static Scalar sumOf(Lowering &l, const Scalar &begin, const Scalar &end, Type type, ArrayRef<Scalar> row, IndexFn element) {
  return fold(l, begin, end, {l.number(type, 0)},
              [&](const Scalar &index, ArrayRef<Scalar> sum) {
                SmallVector<Scalar> at(row);
                at.push_back(index);
                return SmallVector<Scalar>{sum[0] + element(at)};
              })
      .front();
}

/// The sum of each chunk.
static Value sumChunks(Lowering &l, const Dims &rows, OpFoldResult length, Type type, IndexFn element) {
  Dims dims(rows);
  dims.push_back(countChunks(l, length));
  Value size = l.value(length);
  return l.map(dims, type, [&](ArrayRef<Scalar> at) {
    Scalar begin = at.back() * at.back().constant(kChunk), end = min(begin + double(kChunk), begin.with(size));
    return sumOf(l, begin, end, type, at.drop_back(), element);
  });
}

Value tenon::sumBeforeChunks(Lowering &l, const Dims &rows, OpFoldResult length, Type type, IndexFn element) {
  OpFoldResult chunkCount = countChunks(l, length);
  Value chunks = sumChunks(l, rows, length, type, element);
  auto chunkAt = [&](ArrayRef<Scalar> at) { return extract(l, chunks, at, type); };
  Value groups = sumChunks(l, rows, chunkCount, type, chunkAt);
  auto groupAt = [&](ArrayRef<Scalar> at) { return extract(l, groups, at, type); };
  Dims dims(rows);
  dims.push_back(chunkCount);
  return l.map(dims, type, [&](ArrayRef<Scalar> at) {
    Scalar zero = at.back().constant(0), group = divide(at.back(), at.back().constant(kChunk));
    Scalar before = sumOf(l, zero, group, type, at.drop_back(), groupAt);
    return before + sumOf(l, group * group.constant(kChunk), at.back(), type, at.drop_back(), chunkAt);
  });
}

Found tenon::findCounted(Lowering &l, const CountedRow &row, const Scalar &number) {
  Scalar zero = l.scalar(l.index(0)), size = l.scalar(l.value(row.length)), chunks = l.scalar(l.value(countChunks(l, row.length)));
  auto beforeAt = [&](const Scalar &chunk) { return extract(l, row.before, {chunk}, l.b.getI64Type()); };
  // The last chunk with no more than that before it.
  Scalar next = findFirst(l, zero, chunks, [&](const Scalar &chunk) { return beforeAt(chunk) <= number; });
  Scalar chunk = max(next - 1, zero), begin = chunk * zero.constant(kChunk);
  Scalar skipped = select(next > zero, beforeAt(chunk), number.constant(0));
  SmallVector<Scalar> last =
      fold(l, begin, min(begin + double(kChunk), size), {number - skipped, size, number.constant(0)},
           [&](const Scalar &index, ArrayRef<Scalar> carried) {
             Scalar left = carried[0], count = row.count(index), isHere = (left >= 0) & (left < count);
             return SmallVector<Scalar>{left - count, select(isHere, index, carried[1]), select(isHere, left, carried[2])};
           });
  return {last[1], last[2]};
}
