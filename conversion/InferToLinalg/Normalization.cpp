// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and normalisations -> row reductions and one elementwise op per pass, all in f32 for shorter floats.
//
//   %y = infer.softmax %x {axis}
//   ->
//   %m = max of %x over the axis;  %e = exp(%x - %m);  %s = sum of %e;  %y = %e / %s
//
// Mean and variance are computed in two passes: the variance sums squares of differences, which does not cancel.
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

namespace {
/// Rows of a tensor: the dims that are folded and maps of full and folded tensors.
struct Rows {
  SmallVector<utils::IteratorType> iterators;
  AffineMap full, folded, foldedIdentity;
  Dims dims, foldedDims;

  Rows(Lowering &l, Value x, llvm::function_ref<bool(int64_t)> isFolded) : dims(l.dims(x)) {
    SmallVector<AffineExpr> kept;
    for (int64_t axis = 0; axis < l.rank(x); ++axis) {
      iterators.push_back(isFolded(axis) ? kReduction : kParallel);
      if (isFolded(axis))
        continue;
      kept.push_back(l.b.getAffineDimExpr(axis));
      foldedDims.push_back(dims[axis]);
    }
    full = l.identity(dims.size());
    folded = AffineMap::get(dims.size(), 0, kept, l.b.getContext());
    foldedIdentity = l.identity(foldedDims.size());
  }

  Value fold(Lowering &l, ArrayRef<Operand> inputs, Type type, double neutral, ElementFn body) const {
    return l.reduce({l.fill(foldedDims, type, neutral), folded}, inputs, iterators, body);
  }
};

Scalar widen(const Scalar &x) { return convert(x, accumulatorType(x.getType())); }
} // namespace

template <typename OpTy, bool logarithm> static void lowerSoftmax(OpTy op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t axis = op.getAxis();
  Rows rows(l, x, [&](int64_t dim) { return dim == axis; });
  Operand input{l.get(x), rows.full};
  Value top =
      rows.fold(l, {input}, type, -std::numeric_limits<double>::infinity(), [&](ArrayRef<Scalar> in) { return max(in[1], widen(in[0])); });
  if (logarithm) {
    Value total =
        rows.fold(l, {input, {top, rows.folded}}, type, 0, [&](ArrayRef<Scalar> in) { return in[2] + exp(widen(in[0]) - in[1]); });
    Value logs = l.elementwise(rows.foldedDims, type, {{total, rows.foldedIdentity}}, [&](ArrayRef<Scalar> in) { return log(in[0]); });
    l.replace(op.getY(), l.elementwise(rows.dims, element, {input, {top, rows.folded}, {logs, rows.folded}},
                                       [&](ArrayRef<Scalar> in) { return convert(widen(in[0]) - in[1] - in[2], element); }));
    return;
  }
  Value powers =
      l.elementwise(rows.dims, type, {input, {top, rows.folded}}, [&](ArrayRef<Scalar> in) { return exp(widen(in[0]) - in[1]); });
  Value total = rows.fold(l, {{powers, rows.full}}, type, 0, [&](ArrayRef<Scalar> in) { return in[1] + in[0]; });
  // One division to a row: the sum is at least 1 and has a reciprocal.
  Value share = l.elementwise(rows.foldedDims, type, {{total, rows.foldedIdentity}}, [&](ArrayRef<Scalar> in) { return 1 / in[0]; });
  l.replace(op.getY(), l.elementwise(rows.dims, element, {{powers, rows.full}, {share, rows.folded}},
                                     [&](ArrayRef<Scalar> in) { return convert(in[0] * in[1], element); }));
}

/// The number of elements that a fold joins, in the accumulator's type.
static Scalar countFolded(Lowering &l, const Rows &rows, Type type) {
  Value count = l.index(1);
  for (auto [kind, dim] : llvm::zip(rows.iterators, rows.dims))
    if (kind == kReduction)
      count = arith::MulIOp::create(l.b, l.loc, count, l.value(dim));
  Value wide = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), count);
  return convert(l.scalar(wide), type);
}

namespace {
struct Statistics {
  Value mean, inverse; // folded; inverse is 1 / sqrt(variance + epsilon)
};
} // namespace

static Statistics computeStatistics(Lowering &l, const Rows &rows, Operand input, Type type, double epsilon) {
  Scalar count = countFolded(l, rows, type);
  Value sum = rows.fold(l, {input}, type, 0, [&](ArrayRef<Scalar> in) { return in[1] + widen(in[0]); });
  Value mean = l.elementwise(rows.foldedDims, type, {{sum, rows.foldedIdentity}}, [&](ArrayRef<Scalar> in) { return in[0] / count; });
  Value squares = rows.fold(l, {input, {mean, rows.folded}}, type, 0, [&](ArrayRef<Scalar> in) {
    Scalar difference = widen(in[0]) - in[1];
    return in[2] + difference * difference;
  });
  Value inverse = l.elementwise(rows.foldedDims, type, {{squares, rows.foldedIdentity}},
                                [&](ArrayRef<Scalar> in) { return 1 / sqrt(in[0] / count + epsilon); });
  return {mean, inverse};
}

/// Adds scale and bias, broadcast from the last dim as numpy does, to the operands of the last pass.
static LogicalResult addScaleAndBias(Lowering &l, Value y, Value scale, Value bias, SmallVectorImpl<Operand> &inputs) {
  for (Value tensor : {scale, bias}) {
    if (!tensor)
      continue;
    std::optional<AffineMap> map = l.broadcastMap(tensor, y);
    if (!map) {
      // A dim that may be 1 at run time: a copy of the result's shape.
      Lowering::BroadcastReader reader = l.broadcastReader(tensor, y);
      Dims dims = l.dims(y);
      Value copy = l.map(dims, l.elementOf(tensor), [&](ArrayRef<Scalar> at) { return l.read(l.b, reader, at); });
      inputs.push_back({copy, l.identity(dims.size())});
      continue;
    }
    inputs.push_back({l.get(tensor), *map});
  }
  return success();
}

static LogicalResult lowerLayerNormalization(infer::LayerNormalizationOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t first = op.getAxis();
  Rows rows(l, x, [&](int64_t axis) { return axis >= first; });
  Operand input{l.get(x), rows.full};
  Statistics statistics = computeStatistics(l, rows, input, type, op.getEpsilon().convertToDouble());
  SmallVector<Operand> inputs{input, {statistics.mean, rows.folded}, {statistics.inverse, rows.folded}};
  if (failed(addScaleAndBias(l, y, op.getScale(), op.getBias(), inputs)))
    return failure();
  l.replace(y, l.elementwise(rows.dims, element, inputs, [&](ArrayRef<Scalar> in) {
    Scalar normal = (widen(in[0]) - in[1]) * in[2] * convert(in[3], type);
    return convert(in.size() > 4 ? normal + convert(in[4], type) : normal, element);
  }));
  Value tensors[] = {statistics.mean, statistics.inverse};
  for (unsigned i = 0; i < op.getStatistics().size(); ++i) {
    Value result = op.getStatistics()[i], tensor = tensors[i];
    SmallVector<AffineExpr> kept;
    for (int64_t axis = 0; axis < first; ++axis)
      kept.push_back(l.b.getAffineDimExpr(axis));
    AffineMap map = AffineMap::get(rows.dims.size(), 0, kept, l.b.getContext());
    l.replace(result, l.elementwise(l.dims(result), l.elementOf(result), {{tensor, map}},
                                    [&](ArrayRef<Scalar> in) { return convert(in[0], l.elementOf(result)); }));
  }
  return success();
}

static LogicalResult lowerRmsNormalization(infer::RMSNormalizationOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t first = op.getAxis();
  double epsilon = op.getEpsilon().convertToDouble();
  Rows rows(l, x, [&](int64_t axis) { return axis >= first; });
  Operand input{l.get(x), rows.full};
  Scalar count = countFolded(l, rows, type);
  Value squares = rows.fold(l, {input}, type, 0, [&](ArrayRef<Scalar> in) { return in[1] + widen(in[0]) * widen(in[0]); });
  Value inverse = l.elementwise(rows.foldedDims, type, {{squares, rows.foldedIdentity}},
                                [&](ArrayRef<Scalar> in) { return 1 / sqrt(in[0] / count + epsilon); });
  SmallVector<Operand> inputs{input, {inverse, rows.folded}};
  if (failed(addScaleAndBias(l, y, op.getScale(), Value(), inputs)))
    return failure();
  l.replace(y, l.elementwise(rows.dims, element, inputs,
                             [&](ArrayRef<Scalar> in) { return convert(widen(in[0]) * in[1] * convert(in[2], type), element); }));
  return success();
}

/// Scale and bias per channel, dim 1.
static void normalizeChannels(Lowering &l, Value x, Value y, const Rows &rows, const Statistics &statistics, Value scale, Value bias) {
  Type element = l.elementOf(x), type = accumulatorType(element);
  AffineMap channel = AffineMap::get(rows.dims.size(), 0, l.b.getAffineDimExpr(1));
  SmallVector<Operand> inputs{{l.get(x), rows.full},
                              {statistics.mean, rows.folded},
                              {statistics.inverse, rows.folded},
                              {l.get(scale), channel},
                              {l.get(bias), channel}};
  l.replace(y, l.elementwise(rows.dims, element, inputs, [&](ArrayRef<Scalar> in) {
    return convert((widen(in[0]) - in[1]) * in[2] * convert(in[3], type) + convert(in[4], type), element);
  }));
}

static void lowerInstanceNormalization(infer::InstanceNormalizationOp op, Lowering &l) {
  Value x = op.getX();
  Rows rows(l, x, [](int64_t axis) { return axis >= 2; });
  Statistics statistics =
      computeStatistics(l, rows, {l.get(x), rows.full}, accumulatorType(l.elementOf(x)), op.getEpsilon().convertToDouble());
  normalizeChannels(l, x, op.getY(), rows, statistics, op.getScale(), op.getBias());
}

/// Channels are split into groups by a view; statistics then are those of rows again, and scale and bias are indexed by g * size + c.
static void lowerGroupNormalization(infer::GroupNormalizationOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t groups = op.getNumGroups(), rank = l.rank(x);
  Dims dims = l.dims(x), split = dims;
  split[1] = l.apply(l.b.getAffineDimExpr(0).floorDiv(groups), {dims[1]});
  split.insert(split.begin() + 1, l.b.getIndexAttr(groups));
  SmallVector<ReassociationIndices> reassociation{{0}, {1, 2}};
  SmallVector<utils::IteratorType> iterators{kParallel, kParallel, kReduction};
  for (int64_t axis = 2; axis < rank; ++axis) {
    reassociation.push_back({axis + 1});
    iterators.push_back(kReduction);
  }
  auto expand = [&](Value tensor, Dims sizes, ArrayRef<ReassociationIndices> indices) -> Value {
    auto resultType = RankedTensorType::get(decomposeMixedValues(sizes).first, cast<RankedTensorType>(tensor.getType()).getElementType());
    return tensor::ExpandShapeOp::create(l.b, l.loc, resultType, tensor, indices, sizes);
  };
  Value grouped = expand(l.get(x), split, reassociation);
  Rows rows(l, x, [](int64_t) { return false; });
  rows.iterators = iterators;
  rows.dims = split;
  rows.foldedDims = {split[0], split[1]};
  rows.full = l.identity(rank + 1);
  rows.folded = AffineMap::get(rank + 1, 0, {l.b.getAffineDimExpr(0), l.b.getAffineDimExpr(1)}, l.b.getContext());
  rows.foldedIdentity = l.identity(2);
  Statistics statistics = computeStatistics(l, rows, {grouped, rows.full}, type, op.getEpsilon().convertToDouble());
  AffineMap channel = AffineMap::get(rank + 1, 0, {l.b.getAffineDimExpr(1), l.b.getAffineDimExpr(2)}, l.b.getContext());
  Dims pair{split[1], split[2]};
  SmallVector<Operand> inputs{{grouped, rows.full},
                              {statistics.mean, rows.folded},
                              {statistics.inverse, rows.folded},
                              {expand(l.get(op.getScale()), pair, {{0, 1}}), channel},
                              {expand(l.get(op.getBias()), pair, {{0, 1}}), channel}};
  Value result = l.elementwise(split, element, inputs, [&](ArrayRef<Scalar> in) {
    return convert((widen(in[0]) - in[1]) * in[2] * convert(in[3], type) + convert(in[4], type), element);
  });
  l.replace(y, tensor::CollapseShapeOp::create(l.b, l.loc, result, reassociation));
}

static void lowerBatchNormalization(infer::BatchNormalizationOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t rank = l.rank(x);
  double epsilon = op.getEpsilon().convertToDouble();
  AffineMap channel = AffineMap::get(rank, 0, {rank == 1 ? l.b.getAffineConstantExpr(0) : l.b.getAffineDimExpr(1)}, l.b.getContext());
  // Per channel: factor = scale / sqrt(var + epsilon), offset = bias - mean * factor.
  Dims channels = l.dims(op.getScale());
  AffineMap each = l.identity(1);
  Value factor = l.elementwise(channels, type, {{l.get(op.getScale()), each}, {l.get(op.getVar()), each}},
                               [&](ArrayRef<Scalar> in) { return convert(in[0], type) / sqrt(convert(in[1], type) + epsilon); });
  Value offset = l.elementwise(channels, type, {{l.get(op.getBias()), each}, {l.get(op.getMean()), each}, {factor, each}},
                               [&](ArrayRef<Scalar> in) { return convert(in[0], type) - convert(in[1], type) * in[2]; });
  l.replace(y, l.elementwise(l.dims(y), element, {{l.get(x), l.identity(rank)}, {factor, channel}, {offset, channel}},
                             [&](ArrayRef<Scalar> in) { return convert(widen(in[0]) * in[1] + in[2], element); }));
}

static void lowerLpNormalization(infer::LpNormalizationOp op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x), type = accumulatorType(element);
  int64_t axis = op.getAxis();
  bool absolute = op.getP() == 1;
  Rows rows(l, x, [&](int64_t dim) { return dim == axis; });
  Operand input{l.get(x), rows.full};
  Value total = rows.fold(l, {input}, type, 0, [&](ArrayRef<Scalar> in) {
    Scalar value = widen(in[0]);
    return in[1] + (absolute ? abs(value) : value * value);
  });
  l.replace(op.getY(), l.elementwise(rows.dims, element, {input, {total, rows.folded}}, [&](ArrayRef<Scalar> in) {
    Scalar norm = absolute ? in[1] : sqrt(in[1]);
    return convert(select(norm == 0, norm.constant(0), widen(in[0]) / norm), element);
  }));
}

/// The window over channels is a loop of its own over the input padded with zeros.
static void lowerLrn(infer::LRNOp op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x);
  int64_t rank = l.rank(x), size = op.getSize();
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble(), bias = op.getBias().convertToDouble();
  Dims dims = l.dims(x), low(rank, l.b.getIndexAttr(0)), high = low;
  low[1] = l.b.getIndexAttr((size - 1) / 2);
  high[1] = l.b.getIndexAttr(size / 2);
  Value padded = l.pad(l.get(x), low, high, l.number(storageType(element), 0));
  Value window = l.empty({l.b.getIndexAttr(size)}, element);
  // Loops: n, c, k, spatial...
  SmallVector<AffineExpr> in, out;
  SmallVector<utils::IteratorType> iterators(rank + 1, kParallel);
  iterators[2] = kReduction;
  AffineExpr k = l.b.getAffineDimExpr(2);
  for (int64_t axis = 0; axis < rank; ++axis) {
    out.push_back(l.b.getAffineDimExpr(axis < 2 ? axis : axis + 1));
    in.push_back(axis == 1 ? out.back() + k : out.back());
  }
  auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(rank + 1, 0, exprs, l.b.getContext()); };
  Value sums = l.reduce({l.zeros(dims, element), map(out)}, {{padded, map(in)}, {window, map(k)}}, iterators,
                        [&](ArrayRef<Scalar> args) { return args[2] + widen(args[0]) * widen(args[0]); });
  l.replace(op.getY(), l.elementwise(dims, element, {{l.get(x), l.identity(rank)}, {sums, l.identity(rank)}}, [&](ArrayRef<Scalar> args) {
    Scalar base = (alpha / size) * args[1] + bias;
    return convert(widen(args[0]) / power(base, base.constant(beta)), element);
  }));
}

void tenon::addNormalizationLowerings(LoweringTable &table) {
  table.add<infer::SoftmaxOp, lowerSoftmax<infer::SoftmaxOp, false>>();
  table.add<infer::LogSoftmaxOp, lowerSoftmax<infer::LogSoftmaxOp, true>>();
  table.add<infer::LayerNormalizationOp, lowerLayerNormalization>();
  table.add<infer::RMSNormalizationOp, lowerRmsNormalization>();
  table.add<infer::InstanceNormalizationOp, lowerInstanceNormalization>();
  table.add<infer::GroupNormalizationOp, lowerGroupNormalization>();
  table.add<infer::BatchNormalizationOp, lowerBatchNormalization>();
  table.add<infer::LpNormalizationOp, lowerLpNormalization>();
  table.add<infer::LRNOp, lowerLrn>();
}
