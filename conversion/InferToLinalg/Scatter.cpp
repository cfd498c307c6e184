// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scatters and running sums -> serial loops over tensors: updates of one element must happen in order. For thread blocks each element looks
// for its own updates instead, which are sorted by their targets first if there are many.
#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/ParallelSelection.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/SortRows.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon;

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

namespace {
/// Rows of updates, each with a number as its target.
class Updates {
public:
  Updates(Lowering &l, StringRef reduction, Type element, const Dims &rows, OpFoldResult count, IndexFn target);
  /// What an element of target `own` of a row becomes; `read` gives update `number` of the row for it.
  Scalar apply(ArrayRef<Scalar> row, const Scalar &own, const Scalar &old, llvm::function_ref<Scalar(const Scalar &number)> read);

private:
  Scalar at(Value tensor, ArrayRef<Scalar> row, const Scalar &number) {
    SmallVector<Scalar> indices(row);
    indices.push_back(number);
    return extract(l, tensor, indices, l.b.getI64Type());
  }

  Lowering &l;
  StringRef reduction;
  Type element;
  Value count;
  bool areSorted;
  SortedRows targets; // without places if they are not sorted
};
} // namespace

Updates::Updates(Lowering &l, StringRef reduction, Type element, const Dims &rows, OpFoldResult count, IndexFn target)
    : l(l), reduction(reduction), element(element), count(l.value(count)) {
  constexpr int64_t kFew = 16;
  std::optional<int64_t> known = getConstantIntValue(count);
  areSorted = !known || *known > kFew;
  Dims dims(rows);
  dims.push_back(count);
  Type i64 = l.b.getI64Type();
  targets = areSorted ? sortRows(l, rows, count, i64, /*largest=*/false, target) : SortedRows{l.map(dims, i64, target), Value()};
}

Scalar Updates::apply(ArrayRef<Scalar> row, const Scalar &own, const Scalar &old, llvm::function_ref<Scalar(const Scalar &)> read) {
  Scalar begin = l.scalar(l.index(0)), end = begin.with(count);
  auto join = [&](const Scalar &condition, const Scalar &value, const Scalar &number) {
    return value.with(updateIf(l, condition, value.get(), [&] {
                        return SmallVector<Value>{combine(reduction, value, read(number), element).get()};
                      }).front());
  };
  if (areSorted) {
    begin = findFirst(l, begin, end, [&](const Scalar &number) { return at(targets.keys, row, number) < own; });
    end = findFirst(l, begin, end, [&](const Scalar &number) { return at(targets.keys, row, number) <= own; });
    if (reduction == "none") // the last one stays
      begin = max(end - 1, begin);
  }
  return fold(l, begin, end, {old},
              [&](const Scalar &number, ArrayRef<Scalar> value) -> SmallVector<Scalar> {
                if (areSorted)
                  return {combine(reduction, value[0], read(toIndex(at(targets.places, row, number))), element)};
                return {join(at(targets.keys, row, number) == own, value[0], number)};
              })
      .front();
}

static SmallVector<Scalar> without(ArrayRef<Scalar> at, int64_t axis) {
  SmallVector<Scalar> rest(at);
  rest.erase(rest.begin() + axis);
  return rest;
}

/// Each element looks for itself among the indices of its row, if the indices have that row.
static void lowerScatterElementsInPasses(infer::ScatterElementsOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices();
  int64_t axis = op.getAxis();
  Value size = l.dimValue(data, axis);
  SmallVector<Value> indexSizes = l.dimValues(indices);
  Dims rows = l.dims(indices);
  OpFoldResult count = rows[axis];
  rows.erase(rows.begin() + axis);
  auto placeOf = [&](ArrayRef<Scalar> row, const Scalar &number) {
    SmallVector<Scalar> place(row);
    place.insert(place.begin() + axis, number);
    return place;
  };
  Updates updates(l, op.getReduction(), l.elementOf(data), rows, count, [&](ArrayRef<Scalar> at) {
    Scalar index = toIndex(l.read(l.b, indices, placeOf(at.drop_back(), at.back())));
    return toI64(wrapIndex(index, index.with(size)));
  });
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(data), [&](ArrayRef<Scalar> at) {
    Scalar old = l.read(l.b, data, at), isInside = l.number(l.b.getI1Type(), 1);
    for (auto [dim, limit] : llvm::enumerate(indexSizes))
      if (static_cast<int64_t>(dim) != axis)
        isInside = isInside & (at[dim] < at[dim].with(limit));
    SmallVector<Scalar> row = without(at, axis);
    Value result =
        updateIf(l, isInside, old.get(), [&] {
          return SmallVector<Value>{updates
                                        .apply(row, toI64(at[axis]), old,
                                               [&](const Scalar &number) { return l.read(l.b, op.getUpdates(), placeOf(row, number)); })
                                        .get()};
        }).front();
    return old.with(result);
  }));
}

static void lowerScatterElements(infer::ScatterElementsOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerScatterElementsInPasses(op, l);
  Value data = op.getData(), indices = op.getIndices();
  Type element = l.elementOf(data);
  SmallVector<Value> sizes = l.dimValues(data);
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
  l.replace(op.getY(), serialLoops(l, l.dimValues(indices), l.get(data), step).front());
}

/// Each element looks for its slice among the coordinates.
static void lowerScatterNDInPasses(infer::ScatterNDOp op, Lowering &l) {
  Value data = op.getData(), indices = op.getIndices(), values = op.getUpdates();
  SmallVector<Value> sizes = l.dimValues(data), updateSizes = l.dimValues(values), tupleSizes = l.dimValues(indices);
  int64_t depth = cast<RankedTensorType>(indices.getType()).getDimSize(l.rank(indices) - 1);
  tupleSizes.pop_back();
  OpFoldResult count = l.b.getIndexAttr(1);
  for (OpFoldResult dim : llvm::drop_end(l.dims(indices)))
    count = l.apply(l.b.getAffineDimExpr(0) * l.b.getAffineDimExpr(1), {count, dim});
  auto linearize = [&](ArrayRef<Scalar> coordinate) {
    Scalar flat = l.scalar(l.index(0));
    for (auto [index, size] : llvm::zip(coordinate, sizes))
      flat = flat * flat.with(size) + index;
    return toI64(flat);
  };
  Updates updates(l, op.getReduction(), l.elementOf(data), {}, count, [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> tuple = delinearize(at.front(), tupleSizes), target;
    for (int64_t i = 0; i < depth; ++i) {
      SmallVector<Scalar> place(tuple);
      place.push_back(l.scalar(l.index(i)));
      Scalar index = toIndex(l.read(l.b, indices, place));
      target.push_back(wrapIndex(index, index.with(sizes[i])));
    }
    return linearize(target);
  });
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(data), [&](ArrayRef<Scalar> at) {
    return updates.apply({}, linearize(at.take_front(depth)), l.read(l.b, data, at), [&](const Scalar &number) {
      SmallVector<Scalar> place = delinearize(number, tupleSizes);
      for (const Scalar &index : at.drop_front(depth))
        place.push_back(clampIndex(index, index.with(updateSizes[place.size()])));
      return l.read(l.b, values, place);
    });
  }));
}

static void lowerScatterND(infer::ScatterNDOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerScatterNDInPasses(op, l);
  Value data = op.getData(), indices = op.getIndices(), updates = op.getUpdates();
  Type element = l.elementOf(data);
  SmallVector<Value> sizes = l.dimValues(data);
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
  l.replace(op.getY(), serialLoops(l, l.dimValues(updates), l.get(data), step).front());
}

/// Loops over the dims but the axis; the innermost runs along it and carries the sum, in f32 for shorter floats.
static void lowerCumSum(infer::CumSumOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerCumSumInPasses(op, l);
  Value x = op.getX();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t axis = op.getAxis();
  SmallVector<Value> sizes = l.dimValues(x);
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
