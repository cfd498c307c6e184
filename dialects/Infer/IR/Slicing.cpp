// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of slice, range and resize, whose sizes are computed from operands.
#include "dialects/Infer/IR/ShapeFunctions.h"
#include "dialects/Infer/IR/SliceRule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;
using namespace tenon::infer;

Scalar tenon::infer::slice_rule::quotient(const Scalar &x, const Scalar &y) {
  return x.with(arith::DivSIOp::create(x.getBuilder(), x.getLoc(), x.get(), y.get()));
}

/// A position that counts from the end if negative, clamped to [0, dim]; null if its sign is not known.
static AffineExpr clampPosition(ShapeScope &scope, AffineExpr position, AffineExpr dim) {
  if (auto value = constantValue(position)) {
    if (*value == 0)
      return position;
    if (*value < 0)
      return *value <= -INT32_MAX ? scope.constant(0) : scope.maximum(scope.add(dim, *value), scope.constant(0));
    // Exporters write the largest integers for "to the end".
    if (*value >= INT32_MAX && !isa<AffineConstantExpr>(dim))
      return dim;
    return scope.minimum(position, dim);
  }
  if (scope.isNonNegative(position))
    return scope.minimum(position, dim);
  return AffineExpr();
}

/// Number of elements that a slice takes of a dimension.
static AffineExpr sliceSize(ShapeScope &scope, AffineExpr dim, AffineExpr start, AffineExpr end, AffineExpr step) {
  auto stride = constantValue(step), d = constantValue(dim), s = constantValue(start), e = constantValue(end);
  if (!stride)
    return scope.unknown();
  if (d && s && e)
    return scope.constant(sliceLength(*s, *e, *stride, *d));
  if (*stride > 0) {
    AffineExpr from = clampPosition(scope, start, dim), to = clampPosition(scope, end, dim);
    if (!from || !to)
      return scope.unknown();
    AffineExpr length = scope.sub(to, from);
    if (!scope.isNonNegative(length))
      length = scope.maximum(length, scope.constant(0));
    return scope.ceilDiv(length, step);
  }
  bool isWhole = s && e && (*s == -1 || *s >= INT32_MAX) && *e <= -INT32_MAX && *stride != INT64_MIN;
  return isWhole ? scope.ceilDiv(dim, scope.constant(-*stride)) : scope.unknown();
}

LogicalResult SliceOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getData());
  ArrayRef<int64_t> axes = op.getAxes();
  if (failed(expectAxes(scope, axes, dims.size())) ||                                                                       // C1
      failed(expectSameElementType(scope, {op.getStarts(), op.getEnds(), op.getSteps() ? op.getSteps() : op.getStarts()}))) // C2
    return failure();
  int64_t count = axes.size();
  FailureOr<SymbolicDims> starts = shapeOperand(scope, op.getStarts(), "starts", count); // C2
  FailureOr<SymbolicDims> ends = shapeOperand(scope, op.getEnds(), "ends", count);       // C2
  FailureOr<SymbolicDims> steps = SymbolicDims(axes.size(), scope.constant(1));
  if (op.getSteps())
    steps = shapeOperand(scope, op.getSteps(), "steps", count); // C2
  if (failed(starts) || failed(ends) || failed(steps))
    return failure();
  if (starts->size() != axes.size() || ends->size() != axes.size() || steps->size() != axes.size())
    return scope.error("expected one start, end and step for each of ", axes.size(), " axes, got ", starts->size(), ", ", ends->size(),
                       " and ", steps->size()); // C2
  for (auto [axis, start, end, step] : llvm::zip(axes, *starts, *ends, *steps)) {
    if (auto value = constantValue(step); value && *value == 0)
      return scope.error("expected steps that are not 0"); // C3
    dims[axis] = sliceSize(scope, dims[axis], start, end, step);
  }
  results.push_back({elementType(op.getData()), dims});
  return success();
}

/// Number of elements of a range of floats.
static FailureOr<AffineExpr> floatRangeSize(ShapeScope &scope, Value start, Value limit, Value delta) {
  auto s = constantFloats(start, 1), l = constantFloats(limit, 1), d = constantFloats(delta, 1);
  if (d && d->size() == 1 && d->front() == 0)
    return scope.error("expected a delta that is not 0"); // C2
  if (!s || !l || !d || s->size() != 1 || l->size() != 1 || d->size() != 1)
    return scope.unknown();
  double size = std::ceil((l->front() - s->front()) / d->front());
  if (!(size < 9.0e15))
    return scope.error("expected a finite range");
  return scope.constant(size > 0 ? static_cast<int64_t>(size) : 0);
}

LogicalResult RangeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  Value start = op.getStart(), limit = op.getLimit(), delta = op.getDelta();
  if (failed(expectSameElementType(scope, {start, limit, delta})) || failed(expectOneElement(scope, start, "start")) ||
      failed(expectOneElement(scope, limit, "limit")) || failed(expectOneElement(scope, delta, "delta"))) // C1
    return failure();
  FailureOr<AffineExpr> size = scope.unknown();
  if (isa<FloatType>(elementType(start))) {
    size = floatRangeSize(scope, start, limit, delta);
  } else {
    auto s = scope.elements(start), l = scope.elements(limit), d = scope.elements(delta);
    auto step = d && d->size() == 1 ? constantValue(d->front()) : std::nullopt;
    if (step && *step == 0)
      return scope.error("expected a delta that is not 0"); // C2
    if (s && l && step && s->size() == 1 && l->size() == 1 && *step != INT64_MIN) {
      AffineExpr length = *step > 0 ? scope.sub(l->front(), s->front()) : scope.sub(s->front(), l->front());
      if (!scope.isNonNegative(length))
        length = scope.maximum(length, scope.constant(0));
      size = scope.ceilDiv(length, scope.constant(std::abs(*step)));
    }
  }
  if (failed(size))
    return failure();
  results.push_back({elementType(start), {*size}});
  return success();
}

/// floor(dim * scale) as a float32 product, which is how the reference computes it.
static AffineExpr scaledSize(ShapeScope &scope, AffineExpr dim, double scale) {
  if (auto value = constantValue(dim)) {
    float size = std::floor(static_cast<float>(*value) * static_cast<float>(scale));
    return size < 9.0e18f ? scope.constant(static_cast<int64_t>(size)) : scope.unknown();
  }
  if (scale >= 1 && scale < 65536 && scale == std::floor(scale))
    return scope.mul(dim, static_cast<int64_t>(scale));
  double inverse = 1 / scale;
  if (inverse >= 1 && inverse < 65536 && inverse == std::floor(inverse) && llvm::isPowerOf2_64(static_cast<uint64_t>(inverse)))
    return scope.floorDiv(dim, scope.constant(static_cast<int64_t>(inverse)));
  return scope.unknown();
}

/// Sizes under keep_aspect_ratio_policy: one scale for all axes, the least or the greatest.
static void keepAspectRatio(ShapeScope &scope, bool larger, ArrayRef<int64_t> axes, SymbolicDims &dims, ArrayRef<AffineExpr> sizes) {
  std::optional<float> scale;
  for (auto [axis, size] : llvm::zip(axes, sizes)) {
    auto d = constantValue(dims[axis]), s = constantValue(size);
    if (!d || !s || *d == 0) {
      for (int64_t other : axes)
        dims[other] = scope.unknown();
      return;
    }
    float ratio = static_cast<float>(*s) / static_cast<float>(*d);
    scale = !scale ? ratio : larger ? std::max(*scale, ratio) : std::min(*scale, ratio);
  }
  for (int64_t axis : axes) {
    float size = std::round(*scale * static_cast<float>(*constantValue(dims[axis])));
    dims[axis] = size < 9.0e18f ? scope.constant(static_cast<int64_t>(size)) : scope.unknown();
  }
}

/// C4: names that ONNX knows.
static LogicalResult expectResizeNames(ShapeScope &scope, ResizeOp::Adaptor op) {
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, op.getMode()))
    return scope.error("expected mode nearest, linear or cubic, got ", op.getMode());
  if (!llvm::is_contained({"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
                           "tf_half_pixel_for_nn"},
                          op.getCoordinateTransformationMode()))
    return scope.error("expected a coordinate_transformation_mode that ONNX knows, got ", op.getCoordinateTransformationMode());
  if (!llvm::is_contained({"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple"}, op.getNearestMode()))
    return scope.error("expected a nearest_mode that ONNX knows, got ", op.getNearestMode());
  if (!llvm::is_contained({"stretch", "not_larger", "not_smaller"}, op.getKeepAspectRatioPolicy()))
    return scope.error("expected a keep_aspect_ratio_policy that ONNX knows, got ", op.getKeepAspectRatioPolicy());
  return success();
}

LogicalResult ResizeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getX());
  ArrayRef<int64_t> axes = op.getAxes();
  int64_t count = axes.size();
  if (failed(expectAxes(scope, axes, dims.size())) || failed(expectResizeNames(scope, op))) // C1, C4
    return failure();
  if (!op.getScales() && !op.getSizes())
    return scope.error("expected scales or sizes"); // C2
  for (Value operand : {op.getScales(), op.getSizes()})
    if (operand &&
        (failed(expectRank(scope, operand, 1, "scales and sizes")) || // C2
         failed(expectEqual(scope, scope.dims(operand)[0], scope.constant(count), "the numbers of axes and of scales or sizes"))))
      return failure();
  bool crop = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
  if (crop && (!op.getRoi() || rankOf(op.getRoi()) != 1 || !scope.equate(scope.dims(op.getRoi())[0], scope.constant(2 * count))))
    return scope.error("expected roi of ", 2 * count, " elements"); // C3
  if (!op.getSizes()) {
    auto scales = constantFloats(op.getScales());
    for (auto [i, axis] : llvm::enumerate(axes)) {
      if (scales && !((*scales)[i] > 0))
        return scope.error("expected positive scales, got ", (*scales)[i]); // C5
      dims[axis] = scales && !crop ? scaledSize(scope, dims[axis], (*scales)[i]) : scope.unknown();
    }
  } else {
    FailureOr<SymbolicDims> sizes = shapeOperand(scope, op.getSizes(), "sizes", count); // C2
    if (failed(sizes))
      return failure();
    for (AffineExpr size : *sizes)
      if (auto value = constantValue(size); value && *value < 0)
        return scope.error("expected sizes not to be negative, got ", *value); // C5
    if (op.getKeepAspectRatioPolicy() != "stretch")
      keepAspectRatio(scope, op.getKeepAspectRatioPolicy() == "not_smaller", axes, dims, *sizes);
    else
      for (auto [axis, size] : llvm::zip(axes, *sizes))
        dims[axis] = size;
  }
  results.push_back({elementType(op.getX()), dims});
  return success();
}
