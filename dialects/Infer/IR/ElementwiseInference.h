// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types of elementwise results: numpy broadcasting of shapes that may be dynamic, and the element rules of the family.
#ifndef TENON_DIALECTS_INFER_IR_ELEMENTWISEINFERENCE_H
#define TENON_DIALECTS_INFER_IR_ELEMENTWISEINFERENCE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ValueRange.h"

namespace tenon::infer {

/// Where an inference error is reported: nowhere if there is no location.
struct InferenceSite {
  mlir::MLIRContext *context;
  std::optional<mlir::Location> location;
  llvm::StringRef opName;

  template <typename... Args> mlir::LogicalResult error(Args &&...args) const {
    if (!location)
      return mlir::failure();
    mlir::InFlightDiagnostic diagnostic = mlir::emitError(*location) << "'" << opName << "' op ";
    (diagnostic << ... << std::forward<Args>(args));
    return diagnostic;
  }
};

/// Broadcasts `shape` into `result`, aligned at the last dim: 1 gives way, unknown against n > 1 is n, unknown against unknown stays
/// unknown. Fails if two known dims differ and neither is 1.
mlir::LogicalResult broadcastShape(llvm::SmallVectorImpl<int64_t> &result, llvm::ArrayRef<int64_t> shape);

/// The one element type of `operands`; an error if they differ.
mlir::FailureOr<mlir::Type> commonElement(const InferenceSite &site, mlir::ValueRange operands);
/// i1, if `operands` have one element type.
mlir::FailureOr<mlir::Type> boolElement(const InferenceSite &site, mlir::ValueRange operands);
/// The element type of the first operand.
mlir::FailureOr<mlir::Type> firstElement(mlir::ValueRange operands);

/// Appends the tensor type of the operands' broadcast shape and of `element`.
mlir::LogicalResult inferElementwiseType(const InferenceSite &site, mlir::ValueRange operands, mlir::FailureOr<mlir::Type> element,
                                         llvm::SmallVectorImpl<mlir::Type> &types);

/// Equal element types and shapes that do not contradict: a result may be more or less static than inference alone finds.
bool areCompatibleTensorTypes(mlir::TypeRange inferred, mlir::TypeRange actual);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_ELEMENTWISEINFERENCE_H
