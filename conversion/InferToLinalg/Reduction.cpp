// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folds over dims -> linalg.generic with reduction loops, then one elementwise op where the result needs finishing.
//
//   %y = infer.reduce_mean %x {axes = [1], keepdims = true}
//   ->
//   %s = linalg.generic {(i, u, k) -> (i, k), (i, u, k) -> (i, u)} ins(%x) outs(%zero) { extf, addf }
//   %y = linalg.generic ins(%s) { divf by the count, truncf }
//
// A dim that stays with size 1 is a parallel loop of one iteration: the result keeps a plain map. Short floats accumulate in f32.
#include "conversion/InferToLinalg/ElementLoops.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

namespace {
/// A fold: its neutral element, what is done to each element before, how two are joined, and what is done to the result.
struct Fold {
  double neutral;
  bool neutralIsLeast = false, neutralIsGreatest = false; // of the element type
  Scalar (*prepare)(const Scalar &element) = nullptr;
  Scalar (*join)(const Scalar &accumulator, const Scalar &element);
  Scalar (*finish)(const Scalar &accumulator, const Scalar &count) = nullptr;
};

Scalar sum(const Scalar &a, const Scalar &x) { return a + x; }
Scalar product(const Scalar &a, const Scalar &x) { return a * x; }
Scalar greatest(const Scalar &a, const Scalar &x) { return max(a, x); }
Scalar least(const Scalar &a, const Scalar &x) { return min(a, x); }
Scalar square(const Scalar &x) { return x * x; }
Scalar magnitude(const Scalar &x) { return abs(x); }
Scalar mean(const Scalar &a, const Scalar &count) { return a / count; }

/// Roots and logarithms of integers are taken in f64 and truncated.
template <Scalar (*function)(const Scalar &)> Scalar throughFloat(const Scalar &a, const Scalar &) {
  if (a.isFloat())
    return function(a);
  Type type = a.getType();
  if (a.isUnsigned())
    type = IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth(), IntegerType::Unsigned);
  return convert(function(convert(a, a.getBuilder().getF64Type())), type);
}
} // namespace

/// Gives `scalar` of storage form the sign of `element` and, if it is a short float, the accumulator's type.
static Scalar toAccumulator(const Scalar &scalar, Type element) {
  Scalar typed(scalar.getBuilder(), scalar.getLoc(), scalar.get(), element.isUnsignedInteger() || element.isInteger(1));
  return typed.isFloat() ? convert(typed, accumulatorType(element)) : typed;
}

namespace {
/// Loops of a fold: those of the input in its order, then one of a single iteration for each dim that is kept.
struct FoldLoops {
  SmallVector<utils::IteratorType> iterators;
  AffineMap input, result;
};
} // namespace

static FoldLoops foldLoops(Lowering &l, int64_t rank, ArrayRef<int64_t> axes, bool keepdims) {
  FoldLoops loops;
  loops.iterators.assign(rank, kParallel);
  SmallVector<AffineExpr> input, result;
  for (int64_t axis = 0; axis < rank; ++axis) {
    input.push_back(l.b.getAffineDimExpr(axis));
    if (!llvm::is_contained(axes, axis)) {
      result.push_back(l.b.getAffineDimExpr(axis));
      continue;
    }
    loops.iterators[axis] = kReduction;
    if (!keepdims)
      continue;
    result.push_back(l.b.getAffineDimExpr(loops.iterators.size()));
    loops.iterators.push_back(kParallel);
  }
  loops.input = AffineMap::get(loops.iterators.size(), 0, input, l.b.getContext());
  loops.result = AffineMap::get(loops.iterators.size(), 0, result, l.b.getContext());
  return loops;
}

static void lowerFold(Lowering &l, Value x, Value y, ArrayRef<int64_t> axes, bool keepdims, const Fold &fold) {
  Type element = l.elementOf(x), accumulator = accumulatorType(element);
  FoldLoops loops = foldLoops(l, l.rank(x), axes, keepdims);
  Dims dims = l.dims(y);
  bool extreme = fold.neutralIsLeast || fold.neutralIsGreatest;
  Scalar neutral =
      extreme ? l.extreme(isa<FloatType>(element) ? accumulator : element, fold.neutralIsLeast) : l.number(accumulator, fold.neutral);
  Value init = l.fill(dims, neutral);
  Value folded = l.reduce({init, loops.result}, {{l.get(x), loops.input}}, loops.iterators, [&](ArrayRef<Scalar> in) {
    Scalar value = toAccumulator(in[0], element), state = toAccumulator(in[1], element);
    return fold.join(state, fold.prepare ? fold.prepare(value) : value);
  });
  if (!fold.finish)
    return l.replace(y, l.convertElements(folded, element));
  Value count = l.index(1);
  for (int64_t axis : axes)
    count = arith::MulIOp::create(l.b, l.loc, count, l.dimValue(x, axis));
  Value wide = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), count);
  Scalar divisor = convert(l.scalar(wide), accumulator);
  Value finished = l.elementwise(dims, element, {{folded, l.identity(dims.size())}}, [&](ArrayRef<Scalar> in) {
    Scalar state = toAccumulator(in[0], element);
    Scalar result = fold.finish(state, state.with(divisor.get()));
    return result.isFloat() ? convert(result, storageType(element)) : result;
  });
  l.replace(y, finished);
}

template <typename OpTy, const Fold &fold> static void lowerReduce(OpTy op, Lowering &l) {
  lowerFold(l, op.getX(), op.getY(), op.getAxes(), op.getKeepdims(), fold);
}

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr Fold kSum{0, false, false, nullptr, sum};
static constexpr Fold kMean{0, false, false, nullptr, sum, mean};
static constexpr Fold kMax{-kInfinity, true, false, nullptr, greatest};
static constexpr Fold kMin{kInfinity, false, true, nullptr, least};
static constexpr Fold kProd{1, false, false, nullptr, product};
static constexpr Fold kL1{0, false, false, magnitude, sum};
static constexpr Fold kL2{0, false, false, square, sum, throughFloat<infer::sqrt>};
static constexpr Fold kLogSum{0, false, false, nullptr, sum, throughFloat<infer::log>};
static constexpr Fold kSumSquare{0, false, false, square, sum};

/// log(sum(exp(x))) = m + log(sum(exp(x - m))) with m the greatest element, or 0 where that is infinite.
static void lowerLogSumExp(infer::ReduceLogSumExpOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x);
  Type accumulator = isa<FloatType>(element) ? accumulatorType(element) : l.b.getF64Type();
  auto widen = [&](const Scalar &stored) { return convert(toAccumulator(stored, element), accumulator); };
  FoldLoops loops = foldLoops(l, l.rank(x), op.getAxes(), op.getKeepdims());
  Dims dims = l.dims(y);
  Operand input{l.get(x), loops.input};
  Value top = l.reduce({l.fill(dims, accumulator, -kInfinity), loops.result}, {input}, loops.iterators,
                       [&](ArrayRef<Scalar> in) { return max(in[1], widen(in[0])); });
  AffineMap same = l.identity(dims.size());
  Value shift = l.elementwise(dims, accumulator, {{top, same}},
                              [&](ArrayRef<Scalar> in) { return select(abs(in[0]) == kInfinity, in[0].constant(0), in[0]); });
  Value total = l.reduce({l.fill(dims, accumulator, 0), loops.result}, {input, {shift, loops.result}}, loops.iterators,
                         [&](ArrayRef<Scalar> in) { return in[2] + exp(widen(in[0]) - in[1]); });
  l.replace(y, l.elementwise(dims, element, {{total, same}, {shift, same}},
                             [&](ArrayRef<Scalar> in) { return convert(log(in[0]) + in[1], element); }));
}

namespace {
/// What makes an element the best so far: the first NaN wins, as in numpy.
struct BestElement {
  Type element, accumulator; // what is compared
  bool greatest, last;       // last: of equal ones

  Scalar beats(const Scalar &value, const Scalar &kept, const Scalar &position) const {
    Scalar better = greatest ? (last ? value >= kept : value > kept) : (last ? value <= kept : value < kept);
    if (value.isFloat()) // NaN beats all but an earlier NaN
      better = (better | (value != value)) & (kept == kept);
    return better | (position < 0);
  }
  Scalar worst(Lowering &l) const { return l.extreme(isa<FloatType>(element) ? accumulator : element, greatest); }
};
} // namespace

/// Rows in parts of 256, for thread blocks: the best of each part, then the best of these.
static void lowerLongArgReduce(Lowering &l, Value x, Value y, int64_t axis, bool keepdims, const BestElement &best) {
  constexpr int64_t kPart = 256;
  Dims parts = l.dims(x);
  OpFoldResult length = parts[axis], count = l.apply(l.b.getAffineDimExpr(0).ceilDiv(kPart), {length});
  parts[axis] = count;
  Type i64 = l.b.getI64Type(), kept = isa<FloatType>(best.element) ? best.accumulator : best.element;
  Value size = l.value(length), partCount = l.value(count);
  auto along = [&](ArrayRef<Scalar> at, const Scalar &index) {
    SmallVector<Scalar> place(at);
    place[axis] = index;
    return place;
  };
  auto choose = [&](const Scalar &value, const Scalar &position, ArrayRef<Scalar> carried) -> SmallVector<Scalar> {
    Scalar better = best.beats(value, carried[0], carried[1]);
    return {select(better, value, carried[0]), select(better, position, carried[1])};
  };
  SmallVector<Value> found = l.update({l.empty(parts, kept), l.empty(parts, i64)}, [&](ArrayRef<Scalar> at, ArrayRef<Scalar>) {
    Scalar begin = at[axis] * at[axis].constant(kPart), end = min(begin + double(kPart), begin.with(size));
    return fold(l, begin, end, {best.worst(l), l.number(i64, -1)}, [&](const Scalar &index, ArrayRef<Scalar> carried) {
      return choose(toAccumulator(l.read(l.b, x, along(at, index)), best.element), toI64(index), carried);
    });
  });
  l.replace(y, l.map(l.dims(y), i64, [&](ArrayRef<Scalar> index) {
    SmallVector<Scalar> at(index);
    Scalar zero = l.scalar(l.index(0));
    if (!keepdims)
      at.insert(at.begin() + axis, zero);
    return fold(l, zero, zero.with(partCount), {best.worst(l), l.number(i64, -1)}, [&](const Scalar &part, ArrayRef<Scalar> carried) {
      return choose(extract(l, found[0], along(at, part), kept), extract(l, found[1], along(at, part), i64), carried);
    })[1];
  }));
}

/// One pass that keeps the best element and its position.
template <typename OpTy, bool greatest> static void lowerArgReduce(OpTy op, Lowering &l) {
  constexpr int64_t kLong = 1024;
  Value x = op.getX(), y = op.getY();
  int64_t axis = op.getAxis();
  BestElement rule{l.elementOf(x), accumulatorType(l.elementOf(x)), greatest, op.getSelectLastIndex()};
  if (l.threadBlocks && getConstantIntValue(l.dim(x, axis)).value_or(kLong) >= kLong)
    return lowerLongArgReduce(l, x, y, axis, op.getKeepdims(), rule);
  FoldLoops loops = foldLoops(l, l.rank(x), {axis}, op.getKeepdims());
  Dims dims = l.dims(y);
  Value best = l.fill(dims, rule.worst(l)), place = l.fill(dims, l.b.getI64Type(), -1);
  auto body = [&](OpBuilder &builder, Location loc, ValueRange arguments) {
    Scalar value = toAccumulator(Scalar(builder, loc, arguments[0]), rule.element);
    Scalar kept = toAccumulator(Scalar(builder, loc, arguments[1]), rule.element);
    Scalar position(builder, loc, arguments[2]);
    Value index = linalg::IndexOp::create(builder, loc, axis);
    Scalar here(builder, loc, arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index));
    Scalar better = rule.beats(value, kept, position);
    linalg::YieldOp::create(builder, loc, {select(better, value, kept).get(), select(better, here, position).get()});
  };
  auto generic = linalg::GenericOp::create(l.b, l.loc, TypeRange{best.getType(), place.getType()}, l.get(x), {best, place},
                                           {loops.input, loops.result, loops.result}, loops.iterators, body);
  l.replace(y, generic.getResult(1));
}

void tenon::addReductionLowerings(LoweringTable &table) {
  table.add<infer::ReduceSumOp, lowerReduce<infer::ReduceSumOp, kSum>>();
  table.add<infer::ReduceMeanOp, lowerReduce<infer::ReduceMeanOp, kMean>>();
  table.add<infer::ReduceMaxOp, lowerReduce<infer::ReduceMaxOp, kMax>>();
  table.add<infer::ReduceMinOp, lowerReduce<infer::ReduceMinOp, kMin>>();
  table.add<infer::ReduceProdOp, lowerReduce<infer::ReduceProdOp, kProd>>();
  table.add<infer::ReduceL1Op, lowerReduce<infer::ReduceL1Op, kL1>>();
  table.add<infer::ReduceL2Op, lowerReduce<infer::ReduceL2Op, kL2>>();
  table.add<infer::ReduceLogSumOp, lowerReduce<infer::ReduceLogSumOp, kLogSum>>();
  table.add<infer::ReduceSumSquareOp, lowerReduce<infer::ReduceSumSquareOp, kSumSquare>>();
  table.add<infer::ReduceLogSumExpOp, lowerLogSumExp>();
  table.add<infer::ArgMaxOp, lowerArgReduce<infer::ArgMaxOp, true>>();
  table.add<infer::ArgMinOp, lowerArgReduce<infer::ArgMinOp, false>>();
}
