// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merge sort in which each element of a merged run finds by itself which of the two runs it comes from:
//
//   runs a (width 4) and b (width 4), both sorted; element 5 of the merged run: of the first 5 elements i come from a and 5 - i from b,
//   i being the first number for which a[i] does not belong before b[5 - 1 - i]. A binary search over i finds it.
//
// A pass doubles the width of all runs of all rows; it reads one pair of tensors and writes the other.
#include "conversion/InferToLinalg/SortRows.h"

#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon;

Scalar tenon::comesBefore(const Scalar &x, const Scalar &kept, bool largest) {
  Scalar before = largest ? x > kept : x < kept;
  return x.isFloat() ? before | ((kept != kept) & (x == x)) : before;
}

namespace {
class RowSort {
public:
  RowSort(Lowering &l, OpFoldResult length, Type element, bool largest)
      : l(l), length(l.value(length)), element(element), largest(largest) {}

  SortedRows run(const Dims &rows, OpFoldResult length, IndexFn key);

private:
  Value countPasses();
  SmallVector<Value> merge(Value keys, Value places, ValueRange into, const Scalar &width);
  SmallVector<Scalar> mergedElement(Value keys, Value places, ArrayRef<Scalar> at, const Scalar &width);

  Lowering &l;
  Value length;
  Type element;
  bool largest;
};
} // namespace

/// How often a width of 1 becomes four times as large until a run holds a row.
Value RowSort::countPasses() {
  Scalar count = l.scalar(l.index(0)), size = l.scalar(length);
  for (int64_t width = 1; width < (int64_t(1) << 40); width *= 4)
    count = count + select(size > l.scalar(l.index(width)), l.scalar(l.index(1)), l.scalar(l.index(0)));
  return count.get();
}

SmallVector<Scalar> RowSort::mergedElement(Value keys, Value places, ArrayRef<Scalar> at, const Scalar &width) {
  Scalar place = at.back(), size = place.with(length), last = size - 1;
  auto at1 = [&](const Scalar &index) {
    SmallVector<Scalar> indices(at.drop_back());
    indices.push_back(index);
    return indices;
  };
  auto keyAt = [&](const Scalar &index) { return extract(l, keys, at1(index), element); };
  Scalar start = place - modulus(place, width + width), number = place - start;
  Scalar lengthA = min(width, size - start), startB = start + lengthA, lengthB = min(width, size - startB);
  Scalar fromB = number - lengthB;
  Scalar low = max(fromB, fromB.constant(0)), high = min(number, lengthA);
  Scalar a =
      findFirst(l, low, high, [&](const Scalar &a) { return ~comesBefore(keyAt(startB + (number - 1 - a)), keyAt(start + a), largest); });
  Scalar b = number - a;
  Scalar keyA = keyAt(min(start + a, last)), keyB = keyAt(min(startB + b, last));
  Scalar takesA = (a < lengthA) & ((b >= lengthB) | ~comesBefore(keyB, keyA, largest));
  Scalar source = select(takesA, start + a, startB + b);
  return {select(takesA, keyA, keyB), extract(l, places, at1(source), l.b.getI64Type())};
}

SmallVector<Value> RowSort::merge(Value keys, Value places, ValueRange into, const Scalar &width) {
  return l.update(into, [&](ArrayRef<Scalar> at, ArrayRef<Scalar>) { return mergedElement(keys, places, at, width); });
}

SortedRows RowSort::run(const Dims &rows, OpFoldResult length, IndexFn key) {
  Dims dims(rows);
  dims.push_back(length);
  Type i64 = l.b.getI64Type();
  SmallVector<Value> carried = l.update({l.empty(dims, element), l.empty(dims, i64)}, [&](ArrayRef<Scalar> at, ArrayRef<Scalar>) {
    return SmallVector<Scalar>{key(at), toI64(at.back())};
  });
  carried.append({l.empty(dims, element), l.empty(dims, i64), l.index(1)});
  auto passes = scf::ForOp::create(l.b, l.loc, l.index(0), countPasses(), l.index(1), carried,
                                   [&](OpBuilder &b, Location loc, Value, ValueRange tensors) {
                                     Scalar width = l.scalar(tensors.back()), twice = width + width, next = twice + twice;
                                     SmallVector<Value> other = merge(tensors[0], tensors[1], tensors.slice(2, 2), width);
                                     SmallVector<Value> result = merge(other[0], other[1], tensors.take_front(2), twice);
                                     llvm::append_range(result, other);
                                     result.push_back(next.get());
                                     scf::YieldOp::create(b, loc, result);
                                   });
  return {passes.getResult(0), passes.getResult(1)};
}

SortedRows tenon::sortRows(Lowering &l, const Dims &rows, OpFoldResult length, Type element, bool largest, IndexFn key) {
  return RowSort(l, length, element, largest).run(rows, length, key);
}
