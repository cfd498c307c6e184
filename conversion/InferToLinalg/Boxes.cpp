// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/Boxes.h"

using namespace mlir;
using namespace tenon;

Box tenon::readBox(Lowering &l, const BoxSelection &op, const Scalar &batch, const Scalar &index) {
  auto coordinate = [&](int64_t i) { return l.read(l.b, op.boxes, {batch, index, l.scalar(l.index(i))}); };
  Scalar a = coordinate(0), b = coordinate(1), c = coordinate(2), d = coordinate(3);
  if (op.isCentered) { // x, y of the centre, width, height
    Scalar halfWidth = c / 2, halfHeight = d / 2;
    Scalar top = b - halfHeight, bottom = b + halfHeight, left = a - halfWidth, right = a + halfWidth;
    return {top, left, bottom, right, (bottom - top) * (right - left)};
  }
  Scalar top = min(a, c), bottom = max(a, c), left = min(b, d), right = max(b, d);
  return {top, left, bottom, right, (bottom - top) * (right - left)};
}

Scalar tenon::overlaps(const Box &x, const Box &y, const Scalar &threshold) {
  Scalar height = min(x.bottom, y.bottom) - max(x.top, y.top), width = min(x.right, y.right) - max(x.left, y.left);
  Scalar area = max(height, height.constant(0)) * max(width, width.constant(0)), all = x.area + y.area - area;
  return (area > 0) & (x.area > 0) & (y.area > 0) & (all > 0) & (area / all > threshold);
}

Scalar BoxLimits::admits(const Scalar &value) const { return score ? (value == value) & (value > *score) : value == value; }

BoxLimits tenon::readLimits(Lowering &l, const BoxSelection &op) {
  BoxLimits limits{op.most ? toIndex(l.readOnly(op.most)) : l.scalar(l.index(0)),
                   op.overlap ? l.readOnly(op.overlap) : l.number(l.b.getF32Type(), 0), std::nullopt};
  if (op.score)
    limits.score = l.readOnly(op.score);
  return limits;
}
