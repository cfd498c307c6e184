// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize with a filter that widens as the tensor shrinks -> per resized dim two sums over the filter's taps: of the weights, and of the
// weighted elements. The number of taps follows from the sizes, so it is a loop and not a list.
//
//   norm[o] = sum_t weight(o, t)
//   y[.., o, ..] = sum_t weight(o, t) / norm[o] * x[.., base(o) + first + t, ..]
#include "conversion/InferToLinalg/Resampler.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

/// Weight of a tap: the kernel of the mode at the tap's distance, in steps of the result where that is the smaller tensor. ONNX prefers the
/// element to the left: the taps lie around the greatest integer below the place.
Scalar Resampler::filterWeight(const ResizedAxis &axis, const Scalar &place, const Scalar &tap) {
  Scalar scale = min(place.with(axis.scale), place.constant(1)), at = ceil(place) - 1 + tap;
  Scalar distance = abs((at - place) * scale);
  Scalar weight = 1 - distance;
  if (op.getMode() == "cubic") {
    double a = op.getCubicCoeffA().convertToDouble();
    Scalar near = ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    Scalar far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    weight = select(distance <= 1, near, far);
  }
  weight = select(distance < (op.getMode() == "cubic" ? 2 : 1), weight, weight.constant(0));
  if (!op.getExcludeOutside())
    return weight;
  return select((at < 0) | (at >= toFloat(axis.in)), weight.constant(0), weight);
}

static OpFoldResult larger(Lowering &l, OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return l.b.getIndexAttr(std::max(*x, *y));
  return arith::MaxSIOp::create(l.b, l.loc, l.value(a), l.value(b)).getResult();
}

/// `source` (f32) with one dim resampled.
Value Resampler::filterAlong(const ResizedAxis &axis, Value source) {
  int64_t rank = cast<RankedTensorType>(source.getType()).getRank(), reach = op.getMode() == "cubic" ? 2 : 1;
  // The filter reaches `reach` result steps to each side, rounded up to elements of the source.
  AffineExpr in, out;
  bindDims(l.b.getContext(), in, out);
  OpFoldResult size = getAsOpFoldResult(axis.out), shrunk = larger(l, size, l.b.getIndexAttr(1));
  OpFoldResult reached = l.apply((in * reach).ceilDiv(out), {larger(l, getAsOpFoldResult(axis.in), shrunk), shrunk});
  OpFoldResult count = l.apply(in * 2, {reached});
  Value half = l.value(reached);
  // Nothing reads it: it gives the loop over taps its size.
  Value window = l.empty({count}, l.b.getI8Type());
  auto weigh = [&](const Scalar &result, const Scalar &tap) {
    Scalar first = 1 - toFloat(half);
    return filterWeight(axis, coordinate(axis, result), toFloat(tap.get()) + first);
  };

  AffineExpr o, t;
  bindDims(l.b.getContext(), o, t);
  auto map = [&](int64_t loops, ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, l.b.getContext()); };
  Operand noNorm{l.fill({size}, f32, 0), map(2, {o})};
  Value norm = l.reduce(noNorm, {{window, map(2, {t})}}, {kParallel, kReduction}, [&](ArrayRef<Scalar> args) {
    SmallVector<Scalar> at = loopIndices(l.b, l.loc, 2);
    return args[1] + weigh(at[0], at[1]);
  });

  Dims sizes = tensor::getMixedSizes(l.b, l.loc, source);
  sizes[axis.dim] = size;
  SmallVector<AffineExpr> result;
  for (int64_t i = 0; i < rank; ++i)
    result.push_back(l.b.getAffineDimExpr(i));
  SmallVector<utils::IteratorType> iterators(rank, kParallel);
  iterators.push_back(kReduction);
  Operand init{l.fill(sizes, f32, 0), map(rank + 1, result)};
  Operand inputs[] = {{norm, map(rank + 1, result[axis.dim])}, {window, map(rank + 1, l.b.getAffineDimExpr(rank))}};
  Value sums = l.reduce(init, inputs, iterators, [&](ArrayRef<Scalar> args) {
    SmallVector<Scalar> at = loopIndices(l.b, l.loc, rank + 1);
    Scalar place = coordinate(axis, at[axis.dim]), tap = toFloat(at.back().get()) + (1 - toFloat(half));
    Scalar weight = filterWeight(axis, place, tap) / args[0];
    SmallVector<Value> from;
    at[axis.dim] = clampTap(axis, ceil(place) - 1 + tap);
    for (const Scalar &index : ArrayRef(at).drop_back())
      from.push_back(index.get());
    return args[2] + weight * l.scalar(tensor::ExtractOp::create(l.b, l.loc, source, from));
  });
  auto integer = dyn_cast<IntegerType>(l.elementOf(op.getX()));
  if (!integer)
    return sums;
  // ONNX Runtime keeps what lies between two axes in the tensor's own type: integers are rounded, and those of 8 bits saturate.
  double least = integer.isUnsigned() ? 0 : -128, greatest = integer.isUnsigned() ? 255 : 127;
  return l.elementwise(sizes, f32, {{sums, l.identity(rank)}}, [&](ArrayRef<Scalar> in) {
    Scalar rounded = select(in[0] < 0, ceil(in[0] - 0.5), floor(in[0] + 0.5));
    return integer.getWidth() == 8 ? clip(rounded, least, greatest) : rounded;
  });
}

Value Resampler::filter() {
  int64_t rank = l.rank(op.getX());
  Value tensor = l.elementwise(l.dims(op.getX()), f32, {{l.get(op.getX()), l.identity(rank)}}, [&](ArrayRef<Scalar> in) {
    return convert(Lowering::fromStorage(l.b, l.loc, in[0].get(), l.elementOf(op.getX())), f32);
  });
  for (const ResizedAxis &axis : llvm::reverse(axes))
    tensor = filterAlong(axis, tensor);
  return l.elementwise(dims, l.elementOf(op.getX()), {{tensor, l.identity(rank)}},
                       [&](ArrayRef<Scalar> in) { return finish(in[0], loopIndices(l.b, l.loc, rank)); });
}
