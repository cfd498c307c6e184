// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Non-maximum suppression of all batches and classes at once, 64 candidates at a time from the best one down.
//
//   %keys, %places = sort rows of scores, those that do not count last;  %boxes = the boxes in that order
//   %masks[row, i] = which boxes after i of its chunk box i overlaps, a bit each
//   scf.for %chunk {
//     %word[row], %taken[row] = walk the chunk's 64 boxes: one that is not suppressed is taken and suppresses what its mask says
//     %suppressed[row, j] |= box j overlaps a box that %word takes
//   }
//   %selected = the taken boxes, found by counting bits
//
// Only the walk is serial, over bits. Loads of several of its steps, and of the last pass, are under way at once: they are unrolled.
#include "conversion/InferToLinalg/Boxes.h"
#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/ParallelSelection.h"
#include "conversion/InferToLinalg/PrefixSums.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/SortRows.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

namespace {
class ParallelSuppression {
public:
  ParallelSuppression(const BoxSelection &op, Lowering &l)
      : l(l), op(op), i64(l.b.getI64Type()), rows{l.dim(op.scores, 0), l.dim(op.scores, 1)}, length(l.dim(op.boxes, 1)),
        size(l.value(length)) {}

  void run();

private:
  /// `rows` with a last dim.
  Dims dims(OpFoldResult last) { return {rows[0], rows[1], last}; }
  Scalar integer(int64_t value) { return l.number(i64, static_cast<double>(value)); }
  SmallVector<Value> sortBoxes();
  Box boxAt(ArrayRef<Scalar> row, const Scalar &place);
  Scalar maskOf(ArrayRef<Scalar> at);
  SmallVector<Scalar> foldChunk(const Scalar &begin, int64_t unrolled, ArrayRef<Scalar> initial,
                                llvm::function_ref<SmallVector<Scalar>(const Scalar &place, const Scalar &exists, ArrayRef<Scalar>)> step);
  SmallVector<Scalar> walk(ArrayRef<Scalar> at, const Scalar &begin, Value suppressed, const Scalar &taken);
  Scalar suppress(ArrayRef<Scalar> at, const Scalar &begin, Value word, const Scalar &old);
  SmallVector<Value> step(const Scalar &chunk, ValueRange carried);
  void select(Value words, Value taken);

  Lowering &l;
  const BoxSelection &op;
  Type i64;
  Dims rows; // batches, classes
  OpFoldResult length;
  Value size;
  SortedRows sorted;
  SmallVector<Value> members; // of the sorted boxes, in the order of Box
  Value masks;
};
} // namespace

/// Fills `sorted`, in which scores that do not count are NaN, and returns the members of its boxes.
SmallVector<Value> ParallelSuppression::sortBoxes() {
  Type f32 = l.b.getF32Type();
  sorted = sortRows(l, rows, length, f32, /*largest=*/true, [&](ArrayRef<Scalar> at) {
    Scalar score = l.read(l.b, op.scores, at);
    return infer::select(readLimits(l, op).admits(score), score, score.constant(std::numeric_limits<double>::quiet_NaN()));
  });
  SmallVector<Value> inits;
  for (int i = 0; i < 5; ++i)
    inits.push_back(l.empty(dims(length), f32));
  return l.update(inits, [&](ArrayRef<Scalar> at, ArrayRef<Scalar>) {
    Box box = readBox(l, op, at[0], toIndex(extract(l, sorted.places, at, i64)));
    return SmallVector<Scalar>{box.top, box.left, box.bottom, box.right, box.area};
  });
}

Box ParallelSuppression::boxAt(ArrayRef<Scalar> row, const Scalar &place) {
  auto member = [&](int i) { return extract(l, members[i], {row[0], row[1], place}, l.b.getF32Type()); };
  return {member(0), member(1), member(2), member(3), member(4)};
}

/// The later boxes of its chunk that box `at[2]` overlaps.
Scalar ParallelSuppression::maskOf(ArrayRef<Scalar> at) {
  Scalar place = at[2], begin = divide(place, place.constant(kChunk)) * place.constant(kChunk), threshold = readLimits(l, op).overlap;
  Box own = boxAt(at, place);
  Scalar next = infer::shift(integer(2), toI64(place - begin), /*left=*/true);
  return fold(l, place + 1, min(begin + double(kChunk), place.with(size)), {integer(0), next},
              [&](const Scalar &other, ArrayRef<Scalar> carried) {
                Scalar hit = overlaps(own, boxAt(at, other), threshold), bit = carried[1];
                return SmallVector<Scalar>{carried[0] | infer::select(hit, bit, bit.constant(0)), bit + bit};
              })
      .front();
}

/// Runs `step` for the boxes of the chunk from `begin` on, and for the last box in place of those that are not there, which it is told.
SmallVector<Scalar>
ParallelSuppression::foldChunk(const Scalar &begin, int64_t unrolled, ArrayRef<Scalar> initial,
                               llvm::function_ref<SmallVector<Scalar>(const Scalar &, const Scalar &, ArrayRef<Scalar>)> step) {
  Scalar zero = begin.constant(0), last = begin.with(size) - 1;
  return fold(l, zero, zero.constant(kChunk / unrolled), initial, [&](const Scalar &round, ArrayRef<Scalar> carried) {
    SmallVector<Scalar> next(carried);
    for (int64_t i = 0; i < unrolled; ++i) {
      Scalar place = begin + (round * round.constant(unrolled) + double(i));
      next = step(min(place, last), place <= last, next);
    }
    return next;
  });
}

/// Which boxes of the chunk are taken, and how many of the row are so far.
SmallVector<Scalar> ParallelSuppression::walk(ArrayRef<Scalar> at, const Scalar &begin, Value suppressed, const Scalar &taken) {
  Scalar most = toI64(readLimits(l, op).most);
  auto step = [&](const Scalar &place, const Scalar &exists, ArrayRef<Scalar> carried) {
    Scalar word = carried[0], removed = carried[1], bit = carried[2], none = bit.constant(0);
    Scalar isFree = extract(l, suppressed, {at[0], at[1], place}, l.b.getI8Type()) == 0;
    Scalar hits = extract(l, masks, {at[0], at[1], place}, i64);
    Scalar takes = exists & isFree & ((removed & bit) == 0) & (carried[3] < most);
    return SmallVector<Scalar>{word | infer::select(takes, bit, none), removed | infer::select(takes, hits, none), bit + bit,
                               carried[3] + convert(takes, i64)};
  };
  SmallVector<Scalar> last = foldChunk(begin, 16, {integer(0), integer(0), integer(1), taken}, step);
  return {last[0], last[3]};
}

/// Whether box `at[2]` is suppressed once the chunk's boxes are taken.
Scalar ParallelSuppression::suppress(ArrayRef<Scalar> at, const Scalar &begin, Value word, const Scalar &old) {
  Scalar bits = extract(l, word, {at[0], at[1], at[2].constant(0)}, i64), threshold = readLimits(l, op).overlap;
  Scalar concerns = (at[2] >= begin + double(kChunk)) & (old == 0) & (bits != 0);
  Value result = updateIf(l, concerns, old.get(), [&] {
                   Box own = boxAt(at, at[2]);
                   auto step = [&](const Scalar &place, const Scalar &, ArrayRef<Scalar> carried) {
                     Scalar hit = overlaps(boxAt(at, place), own, threshold) & ((bits & carried[1]) != 0);
                     return SmallVector<Scalar>{infer::select(hit, carried[0].constant(1), carried[0]), carried[1] + carried[1]};
                   };
                   return SmallVector<Value>{foldChunk(begin, 4, {old, integer(1)}, step).front().get()};
                 }).front();
  return old.with(result);
}

/// One chunk; `carried` is {suppressed, words, taken}.
SmallVector<Value> ParallelSuppression::step(const Scalar &chunk, ValueRange carried) {
  Value suppressed = carried[0], words = carried[1], taken = carried[2];
  Scalar begin = chunk * chunk.constant(kChunk);
  OpFoldResult one = l.b.getIndexAttr(1), zero = l.b.getIndexAttr(0);
  Dims offsets{zero, zero, OpFoldResult(chunk.get())}, strides(3, one);
  Value slice = tensor::ExtractSliceOp::create(l.b, l.loc, words, offsets, dims(one), strides);
  SmallVector<Value> walked =
      l.update({slice, taken}, [&](ArrayRef<Scalar> at, ArrayRef<Scalar> old) { return walk(at, begin, suppressed, old[1]); });
  Value next = l.update(suppressed, [&](ArrayRef<Scalar> at, ArrayRef<Scalar> old) {
                  return SmallVector<Scalar>{suppress(at, begin, walked[0], old[0])};
                }).front();
  return {next, tensor::InsertSliceOp::create(l.b, l.loc, walked[0], words, offsets, dims(one), strides), walked[1]};
}

/// Row p of the result is the p-th bit of `words`, in row-major order.
void ParallelSuppression::select(Value words, Value taken) {
  OpFoldResult wordCount = countChunks(l, length);
  AffineExpr d0 = l.b.getAffineDimExpr(0), d1 = l.b.getAffineDimExpr(1), d2 = l.b.getAffineDimExpr(2);
  OpFoldResult total = l.apply(d0 * d1 * d2, {rows[0], rows[1], wordCount});
  Value perRow = l.value(wordCount), classes = l.value(rows[1]);
  auto split = [&](const Scalar &flat) -> SmallVector<Scalar> {
    Scalar row = divide(flat, flat.with(perRow));
    return {divide(row, row.with(classes)), modulus(row, row.with(classes)), modulus(flat, flat.with(perRow))};
  };
  auto wordAt = [&](const Scalar &flat) { return extract(l, words, split(flat), i64); };
  auto count = [&](const Scalar &flat) {
    Scalar word = wordAt(flat);
    return word.with(math::CtPopOp::create(l.b, l.loc, word.get()));
  };
  Value before = sumBeforeChunks(l, {}, total, i64, [&](ArrayRef<Scalar> at) { return count(at.front()); });
  OpFoldResult capacity = l.dim(op.selected, 0);
  Value wholes = l.value(total);
  Value places = l.map({capacity}, i64, [&](ArrayRef<Scalar> at) {
    Found found = findCounted(l, {before, total, count}, toI64(at.front()));
    Scalar zero = found.element.constant(0), word = wordAt(min(found.element, max(found.element.with(wholes) - 1, zero)));
    SmallVector<Scalar> bit =
        fold(l, zero, zero.constant(kChunk), {found.rest, integer(1), integer(0)}, [&](const Scalar &number, ArrayRef<Scalar> carried) {
          Scalar isSet = (word & carried[1]) != 0, isIt = isSet & (carried[0] == 0);
          return SmallVector<Scalar>{carried[0] - convert(isSet, i64), carried[1] + carried[1],
                                     infer::select(isIt, toI64(number), carried[2])};
        });
    return toI64(found.element) * integer(kChunk) + bit[2];
  });
  l.replace(op.selected, l.map(l.dims(op.selected), i64, [&](ArrayRef<Scalar> at) {
    Scalar place = toIndex(extract(l, places, {at[0]}, i64)), zero = place.constant(0), chunk = place.constant(kChunk);
    Scalar word = divide(place, chunk), exists = word < word.with(wholes);
    SmallVector<Scalar> row = split(infer::select(exists, word, zero));
    Scalar sortedPlace = row.back() * chunk + modulus(place, chunk);
    Scalar inside = min(sortedPlace, max(sortedPlace.with(size) - 1, zero));
    Scalar box = extract(l, sorted.places, {row[0], row[1], inside}, i64);
    Scalar value = infer::select(at[1] == 0, toI64(row[0]), infer::select(at[1] == 1, toI64(row[1]), box));
    return infer::select(exists, value, value.constant(0));
  }));
  SmallVector<utils::IteratorType> iterators(3, kReduction);
  Operand none{l.fill({}, i64, 0), AffineMap::get(3, 0, l.b.getContext())};
  Value sum = l.reduce(none, {{taken, l.identity(3)}}, iterators, [](ArrayRef<Scalar> in) { return in[0] + in[1]; });
  Value most = l.value(capacity);
  l.replace(op.count,
            l.elementwise({}, i64, {{sum, l.identity(0)}}, [&](ArrayRef<Scalar> in) { return min(in[0], toI64(l.scalar(most))); }));
}

void ParallelSuppression::run() {
  members = sortBoxes();
  masks = l.map(dims(length), i64, [&](ArrayRef<Scalar> at) { return maskOf(at); });
  // What does not count is suppressed from the start.
  Value suppressed = l.map(dims(length), l.b.getI8Type(), [&](ArrayRef<Scalar> at) {
    Scalar key = extract(l, sorted.keys, at, l.b.getF32Type());
    return infer::select(key == key, l.number(l.b.getI8Type(), 0), l.number(l.b.getI8Type(), 1));
  });
  OpFoldResult chunks = countChunks(l, length);
  SmallVector<Value> initial{suppressed, l.empty(dims(chunks), i64), l.fill(dims(l.b.getIndexAttr(1)), i64, 0)};
  auto loop = scf::ForOp::create(
      l.b, l.loc, l.index(0), l.value(chunks), l.index(1), initial,
      [&](OpBuilder &b, Location loc, Value chunk, ValueRange carried) { scf::YieldOp::create(b, loc, step(l.scalar(chunk), carried)); });
  select(loop.getResult(1), loop.getResult(2));
}

void tenon::lowerNonMaxSuppressionInPasses(const BoxSelection &op, Lowering &l) { ParallelSuppression(op, l).run(); }
