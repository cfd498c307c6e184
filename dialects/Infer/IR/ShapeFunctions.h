// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts that shape functions share. A diagnostic names what was expected and what was found.
#ifndef TENON_DIALECTS_INFER_IR_SHAPEFUNCTIONS_H
#define TENON_DIALECTS_INFER_IR_SHAPEFUNCTIONS_H

#include "dialects/Infer/IR/Infer.h"

namespace tenon::infer {

/// Fails unless a and b can be equal; `what` names the pair.
llvm::LogicalResult expectEqual(ShapeScope &scope, mlir::AffineExpr a, mlir::AffineExpr b, llvm::StringRef what);
llvm::LogicalResult expectAxis(ShapeScope &scope, int64_t axis, int64_t rank);
/// Axes are distinct and lie in [0, rank).
llvm::LogicalResult expectAxes(ShapeScope &scope, llvm::ArrayRef<int64_t> axes, int64_t rank);
llvm::LogicalResult expectRank(ShapeScope &scope, mlir::Value tensor, int64_t rank, llvm::StringRef what);
llvm::LogicalResult expectMinRank(ShapeScope &scope, mlir::Value tensor, int64_t rank, llvm::StringRef what);
/// All values have one element type; null values are left out.
llvm::LogicalResult expectSameElementType(ShapeScope &scope, mlir::ValueRange values);
/// The tensor, if there is one, has one element.
llvm::LogicalResult expectOneElement(ShapeScope &scope, mlir::Value tensor, llvm::StringRef what);
/// `operand` broadcasts to `shape` and does not enlarge it.
llvm::LogicalResult expectBroadcastsTo(ShapeScope &scope, mlir::Value operand, llvm::ArrayRef<mlir::AffineExpr> shape,
                                       llvm::StringRef what);
/// The elements of a shape operand; unknown ones if they are not followed. Fails unless it has rank 1 and a static size, or a
/// dynamic one where the op says how many elements there must be.
llvm::FailureOr<SymbolicDims> shapeOperand(ShapeScope &scope, mlir::Value tensor, llvm::StringRef what, int64_t count = -1);

/// A sliding window over spatial dimensions.
struct Window {
  llvm::ArrayRef<int64_t> strides, pads, dilations;
  llvm::StringRef autoPad;
  bool ceilMode = false;
};
/// Checks sizes and signs of the window's attributes for `spatial` dimensions.
llvm::LogicalResult expectWindow(ShapeScope &scope, const Window &window, int64_t spatial);
/// Number of positions of the window along spatial dimension i.
llvm::FailureOr<mlir::AffineExpr> windowPositions(ShapeScope &scope, const Window &window, int64_t i, int64_t spatial,
                                                  mlir::AffineExpr input, mlir::AffineExpr kernel);

llvm::LogicalResult sameShape(ShapeScope &scope, mlir::Value x, ResultShapes &results);
llvm::LogicalResult sameShapeAlongAxis(ShapeScope &scope, mlir::Value x, int64_t axis, ResultShapes &results);
llvm::LogicalResult reduceShape(ShapeScope &scope, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keepdims, ResultShapes &results);
llvm::LogicalResult argReduceShape(ShapeScope &scope, mlir::Value x, int64_t axis, bool keepdims, ResultShapes &results);
llvm::LogicalResult poolShape(ShapeScope &scope, mlir::Value x, llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
                              llvm::ArrayRef<int64_t> pads, llvm::ArrayRef<int64_t> dilations, bool ceilMode, llvm::StringRef autoPad,
                              bool withIndices, ResultShapes &results);

/// Elements broadcast, or repeated, from the shape `from` to the shape `to`; all dims are static.
SymbolicDims spreadElements(llvm::ArrayRef<mlir::AffineExpr> elements, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// What the recurrent layers have in common.
struct Recurrent {
  mlir::Value x, w, r, b, sequenceLens, initialH, initialC, p;
  int64_t gates, hiddenSize, layout;
  llvm::StringRef direction;
  mlir::ArrayAttr activations;
};
llvm::LogicalResult recurrentShape(ShapeScope &scope, const Recurrent &layer, ResultShapes &results);
template <typename Adaptor> llvm::LogicalResult recurrentShape(ShapeScope &scope, Adaptor op, int64_t gates, ResultShapes &results) {
  Recurrent layer{op.getX(),
                  op.getW(),
                  op.getR(),
                  op.getB(),
                  op.getSequenceLens(),
                  op.getInitialH(),
                  {},
                  {},
                  gates,
                  static_cast<int64_t>(op.getHiddenSize()),
                  static_cast<int64_t>(op.getLayout()),
                  op.getDirection(),
                  op.getActivations().value_or(mlir::ArrayAttr())};
  if constexpr (std::is_same_v<Adaptor, LSTMOp::Adaptor>) {
    layer.initialC = op.getInitialC();
    layer.p = op.getP();
  }
  return recurrentShape(scope, layer, results);
}

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_SHAPEFUNCTIONS_H
