// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that choose elements by value: greatest elements, non-zero ones, boxes. All are serial loops over tensors that carry what was chosen;
// thread blocks get the forms of ParallelSelection.h.
#include "conversion/InferToLinalg/Boxes.h"
#include "conversion/InferToLinalg/ParallelSelection.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/SerialSort.h"
#include "conversion/InferToLinalg/SortRows.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon;

namespace {
/// The greatest (or least) elements of one row. What is carried is {values, places}.
struct RowSelection {
  Lowering &l;
  infer::TopKOp op;
  ArrayRef<Scalar> row; // the indices of all other dims
  Value length, limit;

  Type element() { return l.elementOf(op.getX()); }
  SmallVector<Scalar> placeAt(const Scalar &index) {
    SmallVector<Scalar> place(row);
    place.insert(place.begin() + op.getAxis(), index);
    return place;
  }
  Scalar read(const Scalar &index) { return l.read(l.b, op.getX(), placeAt(index)); }
  SmallVector<Value> insertInOrder(ValueRange carried);
  SmallVector<Value> sort(ValueRange carried);
};
} // namespace

/// Insertion into a sorted list of k: each element moves forward past those that it precedes. Equal elements keep their order.
SmallVector<Value> RowSelection::insertInOrder(ValueRange carried) {
  Scalar k = l.scalar(limit);
  return serialLoops(l, {length}, carried, [&](ArrayRef<Scalar> step, ValueRange carried) -> SmallVector<Value> {
    Scalar candidate = read(step[0]);
    Scalar last = k - 1, filled = min(step[0], k);
    // A full list only takes what precedes its last element, which falls out.
    Scalar worst = extract(l, carried[0], placeAt(max(last, last.constant(0))), element());
    Scalar enters = (k > 0) & ((filled < k) | comesBefore(candidate, worst, op.getLargest()));
    return updateIf(l, enters, carried, [&]() -> SmallVector<Value> {
      Scalar start = min(filled, last);
      auto shift = scf::WhileOp::create(
          l.b, l.loc, TypeRange{l.b.getIndexType(), carried[0].getType(), carried[1].getType()},
          ValueRange{start.get(), carried[0], carried[1]},
          [&](OpBuilder &b, Location loc, ValueRange state) {
            Scalar position = l.scalar(state[0]), previous = max(position - 1, position.constant(0));
            Scalar kept = extract(l, state[1], placeAt(previous), element());
            Scalar moves = (position > 0) & comesBefore(candidate, kept, op.getLargest());
            scf::ConditionOp::create(b, loc, moves.get(), state);
          },
          [&](OpBuilder &b, Location loc, ValueRange state) {
            Scalar position = l.scalar(state[0]), previous = position - 1;
            Value moved = insert(l, extract(l, state[1], placeAt(previous), element()), state[1], placeAt(position));
            Value movedPlace = insert(l, extract(l, state[2], placeAt(previous), l.b.getI64Type()), state[2], placeAt(position));
            scf::YieldOp::create(b, loc, ValueRange{previous.get(), moved, movedPlace});
          });
      SmallVector<Scalar> place = placeAt(l.scalar(shift.getResult(0)));
      return {insert(l, candidate, shift.getResult(1), place), insert(l, toI64(step[0]), shift.getResult(2), place)};
    });
  });
}

/// All places sorted, the first k taken.
SmallVector<Value> RowSelection::sort(ValueRange carried) {
  Value list = l.fill({OpFoldResult(length)}, l.b.getI64Type(), 0);
  list = serialLoops(l, {length}, list, [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
           return {insert(l, toI64(at[0]), carried[0], {at[0]})};
         }).front();
  Value order = sortSerially(l, list, l.scalar(length),
                             [&](const Scalar &x, const Scalar &kept) { return comesBefore(read(x), read(kept), op.getLargest()); });
  return serialLoops(l, {limit}, carried, [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    Scalar place = toIndex(extract(l, order, {at[0]}, l.b.getI64Type()));
    return {insert(l, read(place), carried[0], placeAt(at[0])), insert(l, toI64(place), carried[1], placeAt(at[0]))};
  });
}

/// Insertion moves up to k elements for each of a row, sorting looks at each about log2(n) times and needs memory.
static void lowerTopK(infer::TopKOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerTopKInPasses(op, l);
  constexpr int64_t mostInserted = 64;
  Value x = op.getX();
  int64_t axis = op.getAxis();
  SmallVector<Value> outer;
  for (int64_t dim = 0; dim < l.rank(x); ++dim)
    if (dim != axis)
      outer.push_back(l.dimValue(x, dim));
  Value length = l.dimValue(x, axis), limit = l.dimValue(op.getValues(), axis);
  Value values = l.fill(l.dims(op.getValues()), storageType(l.elementOf(x)), 0);
  Value places = l.fill(l.dims(op.getIndices()), l.b.getI64Type(), 0);
  SmallVector<Value> results = serialLoops(l, outer, {values, places}, [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    RowSelection selection{l, op, at, length, limit};
    std::optional<int64_t> k = getConstantIntValue(limit);
    if (k || at.empty()) // what stands in no loop is the host's: it would choose before the memory of one side is there
      return k.value_or(mostInserted + 1) > mostInserted ? selection.sort(carried) : selection.insertInOrder(carried);
    auto choice = scf::IfOp::create(
        l.b, l.loc, (l.scalar(limit) > mostInserted).get(),
        [&](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, selection.sort(carried)); },
        [&](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, selection.insertInOrder(carried)); });
    return SmallVector<Value>(choice.getResults());
  });
  l.replace(op.getValues(), results[0]);
  l.replace(op.getIndices(), results[1]);
}

Scalar tenon::isNonZero(const Scalar &element) { return element.isBool() ? element : element != 0; }

static void lowerNonZeroCount(infer::NonZeroCountOp op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x);
  int64_t rank = l.rank(x);
  SmallVector<utils::IteratorType> iterators(rank, kReduction);
  Operand init{l.fill({}, l.b.getI64Type(), 0), AffineMap::get(rank, 0, l.b.getContext())};
  l.replace(op.getCount(), l.reduce(init, {{l.get(x), l.identity(rank)}}, iterators, [&](ArrayRef<Scalar> in) {
    Scalar counts = isNonZero(Lowering::fromStorage(l.b, l.loc, in[0].get(), element));
    return in[1] + convert(counts, l.b.getI64Type());
  }));
}

static void lowerNonZeroFill(infer::NonZeroFillOp op, Lowering &l) {
  if (l.threadBlocks)
    return lowerNonZeroFillInPasses(op.getX(), op.getY(), l);
  Value x = op.getX();
  SmallVector<Value> sizes = l.dimValues(x);
  Value columns = l.dimValue(op.getY(), 1);
  Value init = l.fill(l.dims(op.getY()), l.b.getI64Type(), 0);
  auto step = [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
    Scalar found = l.scalar(carried[1]);
    Scalar takes = isNonZero(l.read(l.b, x, at)) & (found < found.with(columns));
    return updateIf(l, takes, carried, [&]() -> SmallVector<Value> {
      Value tensor = carried[0];
      for (auto [row, index] : llvm::enumerate(at))
        tensor = insert(l, toI64(index), tensor, {l.scalar(l.index(row)), found});
      return {tensor, (found + 1).get()};
    });
  };
  l.replace(op.getY(), serialLoops(l, sizes, {init, l.index(0)}, step).front());
}

namespace {
/// Non-maximum suppression of one class of one batch.
struct Suppression {
  Lowering &l;
  const BoxSelection &op;
  Value boxCount, capacity;
  BoxLimits limits;

  Box box(const Scalar &batch, const Scalar &index) { return readBox(l, op, batch, index); }
  Scalar score(const Scalar &batch, const Scalar &kind, const Scalar &index) { return l.read(l.b, op.scores, {batch, kind, index}); }
  Scalar number(Value list, const Scalar &place) { return toIndex(extract(l, list, {place}, l.b.getI64Type())); }

  /// The boxes whose score counts, in their own order: {list, how many}.
  SmallVector<Value> findCandidates(const Scalar &batch, const Scalar &kind) {
    Value list = l.fill({OpFoldResult(boxCount)}, l.b.getI64Type(), 0);
    return serialLoops(l, {boxCount}, {list, l.index(0)}, [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
      Scalar found = l.scalar(carried[1]), counts = limits.admits(score(batch, kind, at[0]));
      return updateIf(l, counts, carried,
                      [&]() -> SmallVector<Value> { return {insert(l, toI64(at[0]), carried[0], {found}), (found + 1).get()}; });
    });
  }

  /// A tensor for each member of Box, in the order of `list`: what the inner loop reads lies side by side.
  SmallVector<Value> gatherBoxes(const Scalar &batch, Value list, const Scalar &count) {
    SmallVector<Value> members;
    for (int i = 0; i < 5; ++i)
      members.push_back(l.fill({OpFoldResult(boxCount)}, l.b.getF32Type(), 0));
    return serialLoops(l, {count.get()}, members, [&](ArrayRef<Scalar> at, ValueRange carried) -> SmallVector<Value> {
      Box next = box(batch, number(list, at[0]));
      SmallVector<Value> filled;
      SmallVector<Scalar> elements{next.top, next.left, next.bottom, next.right, next.area};
      for (auto [tensor, element] : llvm::zip_equal(carried, elements))
        filled.push_back(insert(l, element, tensor, {at[0]}));
      return filled;
    });
  }

  Box boxAt(ArrayRef<Value> members, const Scalar &place) {
    auto member = [&](int i) { return extract(l, members[i], {place}, l.b.getF32Type()); };
    return {member(0), member(1), member(2), member(3), member(4)};
  }

  /// Walks the candidates from the best one down: a box that none before it suppresses is taken and suppresses those after it that it
  /// overlaps. `carried` is {selected, count}.
  SmallVector<Value> run(const Scalar &batch, const Scalar &kind, ValueRange carried) {
    SmallVector<Value> candidates = findCandidates(batch, kind);
    Scalar candidateCount = l.scalar(candidates[1]);
    Value order = sortSerially(l, candidates[0], candidateCount,
                               [&](const Scalar &x, const Scalar &kept) { return score(batch, kind, x) > score(batch, kind, kept); });
    SmallVector<Value> members = gatherBoxes(batch, order, candidateCount);
    Value suppressed = l.fill({OpFoldResult(boxCount)}, l.b.getI8Type(), 0);
    auto step = [&](ArrayRef<Scalar> at, ValueRange state) -> SmallVector<Value> {
      Scalar count = l.scalar(state[2]), taken = l.scalar(state[3]);
      Scalar takes = (extract(l, state[0], {at[0]}, l.b.getI8Type()) == 0) & (taken < limits.most) & (count < count.with(capacity));
      return updateIf(l, takes, state, [&]() -> SmallVector<Value> {
        Value rows = state[1];
        SmallVector<Scalar> row{batch, kind, number(order, at[0])};
        for (auto [column, value] : llvm::enumerate(row))
          rows = insert(l, toI64(value), rows, {count, l.scalar(l.index(column))});
        Scalar next = at[0] + 1;
        Box chosen = boxAt(members, at[0]);
        Value mask =
            serialLoops(l, {(candidateCount - next).get()}, state[0], [&](ArrayRef<Scalar> step, ValueRange carried) -> SmallVector<Value> {
              Scalar place = step[0] + next, old = extract(l, carried[0], {place}, l.b.getI8Type());
              Scalar hit = overlaps(chosen, boxAt(members, place), limits.overlap);
              return {insert(l, select(hit, old.constant(1), old), carried[0], {place})};
            }).front();
        return {mask, rows, (count + 1).get(), (taken + 1).get()};
      });
    };
    SmallVector<Value> results = serialLoops(l, {candidates[1]}, {suppressed, carried[0], carried[1], l.index(0)}, step);
    return {results[1], results[2]};
  }
};
} // namespace

static void lowerNonMaxSuppression(infer::NonMaxSuppressionPaddedOp padded, Lowering &l) {
  BoxSelection op{
      padded.getBoxes(),    padded.getScores(), padded.getMaxOutputBoxesPerClass(), padded.getIouThreshold(), padded.getScoreThreshold(),
      padded.getSelected(), padded.getCount(),  padded.getCenterPointBox() == 1};
  if (l.threadBlocks)
    return lowerNonMaxSuppressionInPasses(op, l);
  Value scores = op.scores;
  Value batches = l.dimValue(scores, 0), kinds = l.dimValue(scores, 1);
  Suppression suppression{l, op, l.dimValue(op.boxes, 1), l.dimValue(op.selected, 0), readLimits(l, op)};
  Value rows = l.fill(l.dims(op.selected), l.b.getI64Type(), 0);
  SmallVector<Value> results = serialLoops(l, {batches, kinds}, {rows, l.index(0)},
                                           [&](ArrayRef<Scalar> at, ValueRange carried) { return suppression.run(at[0], at[1], carried); });
  l.replace(op.selected, results[0]);
  Value count = toI64(l.scalar(results[1])).get();
  l.replace(op.count, tensor::FromElementsOp::create(l.b, l.loc, RankedTensorType::get({}, l.b.getI64Type()), count));
}

void tenon::addSelectionLowerings(LoweringTable &table) {
  table.add<infer::TopKOp, lowerTopK>();
  table.add<infer::NonZeroCountOp, lowerNonZeroCount>();
  table.add<infer::NonZeroFillOp, lowerNonZeroFill>();
  table.add<infer::NonMaxSuppressionPaddedOp, lowerNonMaxSuppression>();
}
