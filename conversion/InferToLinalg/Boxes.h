// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What non-maximum suppression means by a box, an overlap and a score that counts.
#ifndef TENON_CONVERSION_INFERTOLINALG_BOXES_H
#define TENON_CONVERSION_INFERTOLINALG_BOXES_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

struct Box {
  Scalar top, left, bottom, right, area;
};

/// The operands and results of a suppression, as infer names them; those that are optional may be null.
struct BoxSelection {
  mlir::Value boxes, scores, most, overlap, score, selected, count;
  bool isCentered; // boxes are centre, width and height, not corners
};

/// The box `index` of a batch.
Box readBox(Lowering &l, const BoxSelection &op, const Scalar &batch, const Scalar &index);

/// Whether intersection over union is above the threshold; boxes without area overlap nothing.
Scalar overlaps(const Box &x, const Box &y, const Scalar &threshold);

/// What the optional operands say.
struct BoxLimits {
  Scalar most;    // boxes per batch and class, an index
  Scalar overlap; // above which a box is suppressed
  std::optional<Scalar> score;

  /// Whether a box of that score may be chosen.
  Scalar admits(const Scalar &value) const;
};

BoxLimits readLimits(Lowering &l, const BoxSelection &op);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_BOXES_H
