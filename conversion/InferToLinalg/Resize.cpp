// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize -> one map: per resized dim the coordinate in the source, from it taps and weights, and the sum over all combinations of taps.
// Arithmetic is in f32, as ONNX Runtime's is. The formulas are those of the ONNX specification.
#include "conversion/InferToLinalg/Resampler.h"
#include "conversion/InferToLinalg/Table.h"

using namespace mlir;
using namespace tenon;

/// A constant scale, if it is one.
static std::optional<double> constantScale(Value scales, unsigned position) {
  DenseElementsAttr dense;
  if (!scales || !matchPattern(scales, m_Constant(&dense)))
    return std::nullopt;
  return dense.getValues<APFloat>()[position].convertToDouble();
}

Scalar Resampler::toFloat(Value index) {
  Value wide = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), index);
  return convert(l.scalar(wide), f32);
}

Scalar Resampler::scaleOf(unsigned position, const ResizedAxis &axis) {
  if (op.getScales())
    return l.read(l.b, op.getScales(), {l.scalar(l.index(position))});
  return toFloat(axis.out) / toFloat(axis.in);
}

LogicalResult Resampler::findCommonScale() {
  if (!op.getSizes() || op.getKeepAspectRatioPolicy() == "stretch")
    return success();
  std::optional<Dims> sizes = l.integers(op.getSizes());
  if (!sizes)
    return op.emitOpError("expected sizes of static number");
  bool smaller = op.getKeepAspectRatioPolicy() == "not_larger";
  std::optional<Scalar> chosen;
  for (auto [dim, size] : llvm::zip_equal(op.getAxes(), *sizes)) {
    Scalar scale = toFloat(l.value(size)) / toFloat(l.dimValue(op.getX(), dim));
    chosen = !chosen ? scale : smaller ? min(*chosen, scale) : max(*chosen, scale);
  }
  if (chosen)
    common = chosen->get();
  return success();
}

void Resampler::findAxes() {
  bool crops = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
  for (auto [position, dim] : llvm::enumerate(op.getAxes())) {
    Value x = op.getX(), y = op.getY();
    bool unscaled = op.getScales() ? constantScale(op.getScales(), position) == 1.0 : l.equal(x, dim, y, dim) && !common;
    if (unscaled && !crops)
      continue;
    ResizedAxis axis{dim, l.dimValue(x, dim), l.value(dims[dim]), {}, {}, {}};
    axis.scale = common ? *common : scaleOf(position, axis).get();
    if (crops) {
      auto bound = [&](unsigned place) { return convert(l.read(l.b, op.getRoi(), {l.scalar(l.index(place))}), f32).get(); };
      axis.start = bound(position);
      axis.end = bound(op.getAxes().size() + position);
    }
    axes.push_back(axis);
  }
}

/// Where element `index` of the result lies in the source.
Scalar Resampler::coordinate(const ResizedAxis &axis, const Scalar &index) {
  StringRef mode = op.getCoordinateTransformationMode();
  Scalar place = toFloat(index.get()), scale = place.with(axis.scale), in = toFloat(axis.in), out = toFloat(axis.out);
  Scalar halfPixel = (place + 0.5) / scale - 0.5;
  if (mode == "asymmetric")
    return place / scale;
  if (mode == "pytorch_half_pixel")
    return select(out > 1, halfPixel, place.constant(0));
  if (mode == "align_corners")
    return select(out == 1, place.constant(0), place * (in - 1) / (out - 1));
  if (mode == "tf_half_pixel_for_nn")
    return (place + 0.5) / scale;
  if (mode == "half_pixel_symmetric") {
    Scalar adjustment = out / (scale * in), centre = in / 2;
    return centre * (1 - adjustment) + halfPixel;
  }
  if (mode == "tf_crop_and_resize") {
    Scalar start = place.with(axis.start), end = place.with(axis.end);
    return select(out > 1, start * (in - 1) + place * (end - start) * (in - 1) / (out - 1), 0.5 * (start + end) * (in - 1));
  }
  return halfPixel;
}

/// The place as an index inside the source dim.
Scalar Resampler::clampTap(const ResizedAxis &axis, const Scalar &place) {
  return clampIndex(toIndex(convert(place, l.b.getI64Type())), l.scalar(axis.in));
}

SmallVector<Tap> Resampler::cubicTaps(const ResizedAxis &axis, const Scalar &place) {
  double a = op.getCubicCoeffA().convertToDouble();
  Scalar base = floor(place), t = place - base, in = toFloat(axis.in);
  auto near = [&](const Scalar &s) { return ((a + 2) * s - (a + 3)) * s * s + 1; };
  auto far = [&](const Scalar &s) { return ((a * s - 5 * a) * s + 8 * a) * s - 4 * a; };
  SmallVector<Scalar> weights{far(t + 1), near(t), near(1 - t), far(2 - t)};
  SmallVector<Scalar> places{base - 1, base, base + 1, base + 2};
  if (op.getExcludeOutside()) {
    std::optional<Scalar> sum;
    for (auto [weight, at] : llvm::zip(weights, places)) {
      weight = select((at < 0) | (at >= in), weight.constant(0), weight);
      sum = sum ? *sum + weight : weight;
    }
    for (Scalar &weight : weights)
      weight = weight / *sum;
  }
  SmallVector<Tap> result;
  for (auto [weight, at] : llvm::zip(weights, places))
    result.push_back({clampTap(axis, at), weight});
  return result;
}

SmallVector<Tap> Resampler::taps(const ResizedAxis &axis, const Scalar &place) {
  StringRef mode = op.getMode();
  if (mode == "cubic")
    return cubicTaps(axis, place);
  if (mode == "linear") {
    Scalar base = floor(place), t = place - base;
    return {{clampTap(axis, base), 1 - t}, {clampTap(axis, base + 1), t}};
  }
  StringRef rounding = op.getNearestMode();
  Scalar nearest = rounding == "floor"               ? floor(place)
                   : rounding == "ceil"              ? ceil(place)
                   : rounding == "round_prefer_ceil" ? floor(place + 0.5)
                                                     : ceil(place - 0.5);
  return {{clampTap(axis, nearest), place.constant(1)}};
}

/// Whether the place of a result element is outside of the source.
Scalar Resampler::isOutside(ArrayRef<Scalar> at) {
  Scalar outside = l.scalar(arith::ConstantIntOp::create(l.b, l.loc, 0, 1));
  for (const ResizedAxis &axis : axes) {
    Scalar place = coordinate(axis, at[axis.dim]);
    outside = outside | (place < 0) | (place > toFloat(axis.in) - 1);
  }
  return outside;
}

/// The sum in the result's type; a crop has a value of its own for what is outside.
Scalar Resampler::finish(const Scalar &sum, ArrayRef<Scalar> at) {
  Type element = l.elementOf(op.getX());
  Scalar result = convert(sum, element);
  if (op.getCoordinateTransformationMode() != "tf_crop_and_resize")
    return result;
  Scalar filler = convert(l.number(f32, op.getExtrapolationValue().convertToDouble()), element);
  return select(isOutside(at), filler, result);
}

Scalar Resampler::sample(ArrayRef<Scalar> at) {
  Type element = l.elementOf(op.getX());
  SmallVector<SmallVector<Tap>> lists;
  for (const ResizedAxis &axis : axes)
    lists.push_back(taps(axis, coordinate(axis, at[axis.dim])));
  // All combinations of taps: the odometer's last wheel is the fastest.
  SmallVector<size_t> wheel(axes.size(), 0);
  std::optional<Scalar> sum;
  for (bool more = true; more;) {
    SmallVector<Scalar> source(at);
    std::optional<Scalar> weight;
    for (auto [axis, list, turn] : llvm::zip(axes, lists, wheel)) {
      source[axis.dim] = list[turn].index;
      weight = weight ? *weight * list[turn].weight : list[turn].weight;
    }
    Scalar value = l.read(l.b, op.getX(), source);
    if (op.getMode() == "nearest" || axes.empty()) {
      sum = value;
      break;
    }
    Scalar term = convert(value, isa<FloatType>(element) ? accumulatorType(element) : f32);
    term = term * convert(*weight, term.getType());
    sum = sum ? *sum + term : term;
    more = false;
    for (size_t i = wheel.size(); i-- > 0 && !more;) {
      more = ++wheel[i] < lists[i].size();
      if (!more)
        wheel[i] = 0;
    }
  }
  return finish(*sum, at);
}

LogicalResult Resampler::run() {
  if (failed(findCommonScale()))
    return failure();
  dims = l.dims(op.getY());
  findAxes();
  // In mode nearest there is nothing to filter: one element is taken as it is.
  if (op.getAntialias() && op.getMode() != "nearest" && !axes.empty())
    l.replace(op.getY(), filter());
  else
    l.replace(op.getY(), l.map(dims, l.elementOf(op.getX()), [&](ArrayRef<Scalar> at) { return sample(at); }));
  return success();
}

static LogicalResult lowerResize(infer::ResizeOp op, Lowering &l) { return Resampler(op, l).run(); }

void tenon::addResizeLowerings(LoweringTable &table) { table.add<infer::ResizeOp, lowerResize>(); }
