// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of lowering one resize: its dims and axes, and where a result coordinate lies in the source.
#ifndef TENON_CONVERSION_INFERTOLINALG_RESAMPLER_H
#define TENON_CONVERSION_INFERTOLINALG_RESAMPLER_H

#include "conversion/InferToLinalg/Lowering.h"
#include "dialects/Infer/IR/Infer.h"

namespace tenon {

/// One place in a source dim and its weight.
struct Tap {
  Scalar index, weight;
};

/// What is known of a resized dim before the loops: sizes and scale, and the region of interest.
struct ResizedAxis {
  int64_t dim;
  mlir::Value in, out; // index
  mlir::Value scale;   // f32
  mlir::Value start, end;
};

class Resampler {
public:
  Resampler(infer::ResizeOp op, Lowering &l) : op(op), l(l), f32(l.b.getF32Type()) {}

  mlir::LogicalResult run();

private:
  // Resize.cpp
  mlir::LogicalResult findCommonScale();
  void findAxes();
  Scalar toFloat(mlir::Value index);
  Scalar scaleOf(unsigned position, const ResizedAxis &axis);
  Scalar coordinate(const ResizedAxis &axis, const Scalar &index);
  llvm::SmallVector<Tap> taps(const ResizedAxis &axis, const Scalar &place);
  llvm::SmallVector<Tap> cubicTaps(const ResizedAxis &axis, const Scalar &place);
  Scalar clampTap(const ResizedAxis &axis, const Scalar &place);
  Scalar isOutside(llvm::ArrayRef<Scalar> at);
  Scalar sample(llvm::ArrayRef<Scalar> at);
  Scalar finish(const Scalar &sum, llvm::ArrayRef<Scalar> at);
  // Antialias.cpp
  mlir::Value filter();
  mlir::Value filterAlong(const ResizedAxis &axis, mlir::Value source);
  Scalar filterWeight(const ResizedAxis &axis, const Scalar &place, const Scalar &tap);

  infer::ResizeOp op;
  Lowering &l;
  mlir::Type f32;
  llvm::SmallVector<ResizedAxis> axes; // those that change
  Dims dims;                           // of the result
  std::optional<mlir::Value> common;   // the one scale of all dims where the aspect ratio is kept
};

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_RESAMPLER_H
