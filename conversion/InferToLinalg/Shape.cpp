// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that move elements without changing them -> views where there is one, slices copied into place, or one map from result indices to
// source indices.
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/SliceRule.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

static void lowerShapeOf(infer::ShapeOfOp op, Lowering &l) {
  int64_t rank = l.rank(op.getX());
  int64_t start = std::min<int64_t>(op.getStart(), rank), count = cast<RankedTensorType>(op.getY().getType()).getDimSize(0);
  SmallVector<Value> elements;
  for (int64_t axis = start; axis < start + count; ++axis)
    elements.push_back(arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), l.dimValue(op.getX(), axis)));
  auto type = RankedTensorType::get({count}, l.b.getI64Type());
  l.replace(op.getY(), tensor::FromElementsOp::create(l.b, l.loc, type, elements));
}

static void lowerSize(infer::SizeOp op, Lowering &l) {
  Value count = l.index(1);
  for (int64_t axis = 0; axis < l.rank(op.getX()); ++axis)
    count = arith::MulIOp::create(l.b, l.loc, count, l.dimValue(op.getX(), axis));
  Value element = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), count);
  l.replace(op.getY(), tensor::FromElementsOp::create(l.b, l.loc, RankedTensorType::get({}, l.b.getI64Type()), element));
}

static void lowerTranspose(infer::TransposeOp op, Lowering &l) {
  SmallVector<AffineExpr> source(op.getPerm().size());
  for (auto [axis, from] : llvm::enumerate(op.getPerm()))
    source[from] = l.b.getAffineDimExpr(axis);
  AffineMap map = AffineMap::get(source.size(), 0, source, l.b.getContext());
  l.replace(op.getY(), l.elementwise(l.dims(op.getY()), storageType(l.elementOf(op.getX())), {{l.get(op.getX()), map}},
                                     [](ArrayRef<Scalar> in) { return in[0]; }));
}

/// Slices of no elements: their offsets may lie at the end, where tensor ops refuse them.
static bool isEmpty(const Dims &sizes) {
  return llvm::any_of(sizes, [](OpFoldResult size) { return isZeroInteger(size); });
}

static void lowerConcat(infer::ConcatOp op, Lowering &l) {
  Value y = op.getY();
  int64_t axis = op.getAxis();
  Dims dims = l.dims(y), offsets(dims.size(), l.b.getIndexAttr(0)), strides(dims.size(), l.b.getIndexAttr(1));
  Value result = l.empty(dims, l.elementOf(y));
  AffineExpr a = l.b.getAffineDimExpr(0), b = l.b.getAffineDimExpr(1);
  for (Value input : op.getInputs()) {
    Dims sizes = l.dims(input);
    if (isEmpty(sizes))
      continue;
    result = tensor::InsertSliceOp::create(l.b, l.loc, l.get(input), result, offsets, sizes, strides);
    offsets[axis] = l.apply(a + b, {offsets[axis], sizes[axis]});
  }
  l.replace(y, result);
}

static void lowerSplit(infer::SplitOp op, Lowering &l) {
  int64_t axis = op.getAxis(), rank = l.rank(op.getInput());
  Dims offsets(rank, l.b.getIndexAttr(0)), strides(rank, l.b.getIndexAttr(1));
  AffineExpr a = l.b.getAffineDimExpr(0), b = l.b.getAffineDimExpr(1);
  for (Value output : op.getOutputs()) {
    Dims sizes = l.dims(output);
    if (isEmpty(sizes))
      l.replace(output, l.empty(sizes, l.elementOf(output)));
    else
      l.replace(output, tensor::ExtractSliceOp::create(l.b, l.loc, l.get(op.getInput()), offsets, sizes, strides));
    offsets[axis] = l.apply(a + b, {offsets[axis], sizes[axis]});
  }
}

/// Where a slice begins; 0 in a dim without elements, so that it is a place in every case.
static OpFoldResult sliceStart(Lowering &l, OpFoldResult start, OpFoldResult size, OpFoldResult step) {
  std::optional<int64_t> knownStart = getConstantIntValue(start), knownSize = getConstantIntValue(size),
                         knownStep = getConstantIntValue(step);
  if (knownStart == 0 && knownStep && *knownStep > 0)
    return start;
  if (knownStart && knownSize && knownStep)
    return l.b.getIndexAttr(std::max<int64_t>(infer::sliceStart(*knownStart, *knownStep, *knownSize), 0));
  Scalar first = infer::sliceStart(l.scalar(l.value(start)), l.scalar(l.value(step)), l.scalar(l.value(size)));
  return max(first, first.constant(0)).get();
}

static LogicalResult lowerSlice(infer::SliceOp op, Lowering &l) {
  Value x = op.getData(), y = op.getY();
  int64_t rank = l.rank(x);
  std::optional<Dims> starts = l.integers(op.getStarts());
  std::optional<Dims> steps = op.getSteps() ? l.integers(op.getSteps()) : Dims(op.getAxes().size(), l.b.getIndexAttr(1));
  std::optional<Dims> ends = l.integers(op.getEnds());
  if (!starts || !steps || !ends)
    return op.emitOpError("expected starts, ends and steps of static size");
  Dims offsets(rank, l.b.getIndexAttr(0)), strides(rank, l.b.getIndexAttr(1)), sizes(rank);
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(op.getAxes(), axis))
      sizes[axis] = l.dim(y, axis);
  bool forward = true;
  for (auto [axis, start, end, step] : llvm::zip_equal(op.getAxes(), *starts, *ends, *steps)) {
    offsets[axis] = sliceStart(l, start, l.dim(x, axis), step);
    strides[axis] = step;
    sizes[axis] = l.dimIfKnown(y, axis);
    if (!sizes[axis]) {
      auto number = [&](OpFoldResult value) { return l.scalar(l.value(value)); };
      sizes[axis] = infer::sliceLength(number(start), number(end), number(step), number(l.dim(x, axis))).get();
    }
    std::optional<int64_t> known = getConstantIntValue(step);
    forward &= known && *known > 0;
  }
  if (isEmpty(sizes)) {
    l.replace(y, l.empty(sizes, l.elementOf(y)));
    return success();
  }
  if (forward) {
    l.replace(y, tensor::ExtractSliceOp::create(l.b, l.loc, l.get(x), offsets, sizes, strides));
    return success();
  }
  SmallVector<Value> first, by, limit;
  for (int64_t axis = 0; axis < rank; ++axis) {
    first.push_back(l.value(offsets[axis]));
    by.push_back(l.value(strides[axis]));
    limit.push_back(l.dimValue(x, axis));
  }
  l.replace(y, l.map(sizes, l.elementOf(x), [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> source;
    for (auto [axis, index] : llvm::enumerate(at))
      source.push_back(clampIndex(index.with(first[axis]) + index * index.with(by[axis]), index.with(limit[axis])));
    return l.read(l.b, x, source);
  }));
  return success();
}

static void lowerExpand(infer::ExpandOp op, Lowering &l) {
  Value x = op.getInput(), y = op.getY();
  Dims dims = l.dims(y);
  if (std::optional<AffineMap> map = l.broadcastMap(x, y))
    return l.replace(y, l.elementwise(dims, storageType(l.elementOf(x)), {{l.get(x), *map}}, [](ArrayRef<Scalar> in) { return in[0]; }));
  Lowering::BroadcastReader reader = l.broadcastReader(x, y);
  l.replace(y, l.map(dims, l.elementOf(x), [&](ArrayRef<Scalar> at) { return l.read(l.b, reader, at); }));
}

static void lowerTile(infer::TileOp op, Lowering &l) {
  Value x = op.getInput();
  SmallVector<Value> sizes = l.dimValues(x);
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(x), [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> source;
    for (auto [index, size] : llvm::zip_equal(at, sizes))
      source.push_back(modulus(index, max(index.with(size), index.constant(1))));
    return l.read(l.b, x, source);
  }));
}

/// x modulo n with the sign of n, for n > 0.
static Scalar wrapAround(const Scalar &x, const Scalar &n) {
  Scalar rest = x.with(arith::RemSIOp::create(x.getBuilder(), x.getLoc(), x.get(), n.get()));
  return select(rest < 0, rest + n, rest);
}

/// The place in the source, of `size` elements, that a place `index` before or after it copies.
static Scalar padSource(StringRef mode, const Scalar &index, const Scalar &size) {
  if (mode == "reflect") {
    Scalar period = max(2 * (size - 1), size.constant(1));
    Scalar place = wrapAround(index, period);
    return clampIndex(select(place < size, place, period - place), size);
  }
  if (mode == "wrap")
    return clampIndex(wrapAround(index, max(size, size.constant(1))), size);
  return clampIndex(index, size);
}

static LogicalResult lowerPad(infer::PadOp op, Lowering &l) {
  Value x = op.getData(), y = op.getY();
  Type element = l.elementOf(x);
  int64_t rank = l.rank(x);
  std::optional<Dims> pads = l.integers(op.getPads());
  if (!pads)
    return op.emitOpError("expected pads of static size");
  Dims low(rank, l.b.getIndexAttr(0)), high = low;
  bool grows = true;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    low[axis] = (*pads)[i];
    high[axis] = (*pads)[op.getAxes().size() + i];
    for (OpFoldResult pad : {low[axis], high[axis]})
      grows &= getConstantIntValue(pad).value_or(-1) >= 0;
  }
  bool constant = op.getMode() == "constant";
  Scalar filler = op.getConstantValue() ? l.readOnly(op.getConstantValue()) : l.number(element, 0);
  if (constant && grows) {
    l.replace(y, l.pad(l.get(x), low, high, l.scalar(Lowering::toStorage(filler))));
    return success();
  }
  // Negative pads cut elements off first: what is copied is what they leave.
  SmallVector<Value> before, sizes, cut, left;
  for (int64_t axis = 0; axis < rank; ++axis) {
    before.push_back(l.value(low[axis]));
    sizes.push_back(l.dimValue(x, axis));
    Scalar first = l.scalar(before.back()), last = l.scalar(l.value(high[axis])), zero = first.constant(0);
    cut.push_back((zero - min(first, zero)).get());
    left.push_back((l.scalar(sizes.back()) + min(first, zero) + min(last, zero)).get());
  }
  l.replace(y, l.map(l.dims(y), element, [&](ArrayRef<Scalar> at) {
    SmallVector<Scalar> source;
    Scalar inside = l.scalar(arith::ConstantIntOp::create(l.b, l.loc, 1, 1));
    for (auto [axis, index] : llvm::enumerate(at)) {
      Scalar place = index - index.with(before[axis]), size = index.with(sizes[axis]);
      inside = inside & (place >= 0) & (place < size);
      Scalar offset = index.with(cut[axis]);
      source.push_back(clampIndex(offset + padSource(op.getMode(), place - offset, index.with(left[axis])), size));
    }
    Scalar value = l.read(l.b, x, source);
    return constant ? select(inside, value, filler) : value;
  }));
  return success();
}

static void lowerRange(infer::RangeOp op, Lowering &l) {
  Type element = l.elementOf(op.getY());
  Scalar start = l.readOnly(op.getStart()), delta = l.readOnly(op.getDelta());
  OpFoldResult size = l.dimIfKnown(op.getY(), 0);
  if (!size) {
    // ceil((limit - start) / delta), in f64 for all types.
    auto wide = [&](const Scalar &x) { return convert(x, l.b.getF64Type()); };
    Scalar count = ceil((wide(l.readOnly(op.getLimit())) - wide(start)) / wide(delta));
    Scalar whole = toIndex(convert(count, l.b.getI64Type()));
    size = max(whole, whole.constant(0)).get();
  }
  l.replace(op.getY(), l.map({size}, element, [&](ArrayRef<Scalar> at) {
    Value wide = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), at[0].get());
    Type type = accumulatorType(element); // short floats count in f32
    auto widen = [&](const Scalar &x) { return x.isFloat() ? convert(x, type) : x; };
    Scalar value = widen(start) + widen(start).with(convert(l.scalar(wide), type).get()) * widen(delta);
    return value.isFloat() ? convert(value, storageType(element)) : value;
  }));
}

static LogicalResult lowerConstantOfShape(infer::ConstantOfShapeOp op, Lowering &l) {
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense)
    return op.emitOpError("expected a dense value");
  Attribute element = dense.getSplatValue<Attribute>();
  Type type = storageType(dense.getElementType());
  if (auto integer = dyn_cast<IntegerAttr>(element))
    element = IntegerAttr::get(type, integer.getValue().zextOrTrunc(type.getIntOrFloatBitWidth()));
  l.replace(op.getY(), l.fill(l.dims(op.getY()), l.scalar(arith::ConstantOp::create(l.b, l.loc, cast<TypedAttr>(element)))));
  return success();
}

static void lowerDepthToSpace(infer::DepthToSpaceOp op, Lowering &l) {
  Value x = op.getX();
  bool depthFirst = op.getMode() == "DCR";
  Dims dims = l.dims(op.getY());
  Value channels = l.value(dims[1]);
  l.replace(op.getY(), l.map(dims, l.elementOf(x), [&](ArrayRef<Scalar> at) {
    Scalar block = at[0].constant(op.getBlocksize());
    Scalar place = modulus(at[2], block) * block + modulus(at[3], block);
    Scalar channel = depthFirst ? place * place.with(channels) + at[1] : at[1] * block * block + place;
    return l.read(l.b, x, {at[0], channel, divide(at[2], block), divide(at[3], block)});
  }));
}

static void lowerSpaceToDepth(infer::SpaceToDepthOp op, Lowering &l) {
  Value x = op.getX();
  Value channels = l.dimValue(x, 1);
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(x), [&](ArrayRef<Scalar> at) {
    Scalar block = at[0].constant(op.getBlocksize()), depth = at[1].with(channels);
    Scalar place = divide(at[1], depth), channel = modulus(at[1], depth);
    return l.read(l.b, x, {at[0], channel, at[2] * block + divide(place, block), at[3] * block + modulus(place, block)});
  }));
}

static void lowerTrilu(infer::TriluOp op, Lowering &l) {
  Value x = op.getX();
  Scalar k = op.getK() ? toIndex(l.readOnly(op.getK())) : l.scalar(l.index(0));
  l.replace(op.getY(), l.map(l.dims(op.getY()), l.elementOf(x), [&](ArrayRef<Scalar> at) {
    const Scalar &row = at[at.size() - 2], &column = at.back();
    Scalar kept = op.getUpper() ? column >= row + k : column <= row + k;
    Scalar value = l.read(l.b, x, at);
    return select(kept, value, value.constant(0));
  }));
}

static void lowerEyeLike(infer::EyeLikeOp op, Lowering &l) {
  Type type = storageType(op.getDtype());
  l.replace(op.getY(), l.map(l.dims(op.getY()), type, [&](ArrayRef<Scalar> at) {
    return select(at[1] == at[0] + double(op.getK()), l.number(type, 1), l.number(type, 0));
  }));
}

void tenon::addShapeLowerings(LoweringTable &table) {
  table.add<infer::ShapeOfOp, lowerShapeOf>();
  table.add<infer::SizeOp, lowerSize>();
  table.add<infer::TransposeOp, lowerTranspose>();
  table.add<infer::ConcatOp, lowerConcat>();
  table.add<infer::SplitOp, lowerSplit>();
  table.add<infer::SliceOp, lowerSlice>();
  table.add<infer::ExpandOp, lowerExpand>();
  table.add<infer::TileOp, lowerTile>();
  table.add<infer::PadOp, lowerPad>();
  table.add<infer::RangeOp, lowerRange>();
  table.add<infer::ConstantOfShapeOp, lowerConstantOfShape>();
  table.add<infer::DepthToSpaceOp, lowerDepthToSpace>();
  table.add<infer::SpaceToDepthOp, lowerSpaceToDepth>();
  table.add<infer::TriluOp, lowerTrilu>();
  table.add<infer::EyeLikeOp, lowerEyeLike>();
}
