// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a shape function may ask and say. Each op has one shape function, written over affine expressions of symbols; it serves
// the inference of result types (every unknown dim is a fresh symbol) and the symbolic shape analysis (symbols have meaning).
#ifndef TENON_DIALECTS_INFER_IR_SHAPESCOPE_H
#define TENON_DIALECTS_INFER_IR_SHAPESCOPE_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OpDefinition.h"
#include <optional>

namespace tenon::infer {

/// Dims of a tensor, or the elements of a small integer tensor.
using SymbolicDims = llvm::SmallVector<mlir::AffineExpr, 4>;

/// Element type and dims that a shape function gives to a result.
struct ResultShape {
  mlir::Type element;
  SymbolicDims dims;
};
using ResultShapes = llvm::SmallVectorImpl<ResultShape>;

/// Largest integer tensor whose elements are followed one by one.
constexpr int64_t kMaxTrackedElements = 64;

/// The world in which a shape function runs. The base class knows types and constants only.
class ShapeScope {
public:
  ShapeScope(mlir::MLIRContext *context, std::optional<mlir::Location> loc) : context(context), loc(loc) {}
  virtual ~ShapeScope() = default;

  /// The dims of a ranked tensor.
  virtual SymbolicDims dims(mlir::Value tensor);
  /// The elements of an integer tensor of static size up to kMaxTrackedElements, row-major; none if they are not followed.
  virtual std::optional<SymbolicDims> elements(mlir::Value tensor);
  /// The value of an index or integer scalar.
  virtual mlir::AffineExpr scalar(mlir::Value value);
  /// A dim or element of which nothing is known.
  virtual mlir::AffineExpr unknown();
  /// States that a valid program has a == b. False if that is impossible.
  virtual bool equate(mlir::AffineExpr a, mlir::AffineExpr b);
  /// States that a valid program has a <= b. False if that is impossible.
  virtual bool limit(mlir::AffineExpr a, mlir::AffineExpr b);
  /// The dim that a and b broadcast to; null if they cannot.
  virtual mlir::AffineExpr broadcast(mlir::AffineExpr a, mlir::AffineExpr b);
  /// Whether the value cannot be negative.
  virtual bool isNonNegative(mlir::AffineExpr a);
  /// The least or the greatest of two values.
  virtual mlir::AffineExpr minimum(mlir::AffineExpr a, mlir::AffineExpr b);
  virtual mlir::AffineExpr maximum(mlir::AffineExpr a, mlir::AffineExpr b);

  /// Arithmetic that gives unknown() instead of overflowing or growing without bound. Division rounds towards minus infinity.
  mlir::AffineExpr constant(int64_t value) { return mlir::getAffineConstantExpr(value, context); }
  mlir::AffineExpr add(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr sub(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr mul(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr floorDiv(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr ceilDiv(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr mod(mlir::AffineExpr a, mlir::AffineExpr b);
  mlir::AffineExpr add(mlir::AffineExpr a, int64_t b) { return add(a, constant(b)); }
  mlir::AffineExpr mul(mlir::AffineExpr a, int64_t b) { return mul(a, constant(b)); }
  mlir::AffineExpr product(llvm::ArrayRef<mlir::AffineExpr> factors);

  /// Broadcast of whole shapes as numpy does; fails with a diagnostic.
  llvm::FailureOr<SymbolicDims> broadcast(llvm::ArrayRef<mlir::AffineExpr> a, llvm::ArrayRef<mlir::AffineExpr> b);

  /// Reports why the op has no result type, where a location was given.
  template <typename... Args> llvm::LogicalResult error(Args &&...args) {
    return mlir::emitOptionalError(loc, std::forward<Args>(args)...);
  }

  mlir::MLIRContext *context;
  std::optional<mlir::Location> loc;

private:
  unsigned nextSymbol = 0;
};

/// The value of a constant expression.
std::optional<int64_t> constantValue(mlir::AffineExpr expr);
/// Elements of a constant tensor of at most `limit` integers (or bools); looks at the defining op only.
std::optional<llvm::SmallVector<int64_t>> constantIntegers(mlir::Value tensor, int64_t limit = 4096);
/// Elements of a constant tensor of at most `limit` floats.
std::optional<llvm::SmallVector<double>> constantFloats(mlir::Value tensor, int64_t limit = 4096);
/// The element type of a tensor value.
mlir::Type elementType(mlir::Value tensor);
/// Of the floats of 8 bits those that products are made of: e4m3fn and e5m2.
inline bool isFloat8(mlir::Type type) { return mlir::isa<mlir::Float8E4M3FNType, mlir::Float8E5M2Type>(type); }
int64_t rankOf(mlir::Value tensor);
/// Whether two lists of types have pairwise equal element types and compatible shapes.
bool areCompatibleTensors(mlir::TypeRange a, mlir::TypeRange b);
/// Result types of shapes: constant dims are static. Fails if a dim is negative or the number of elements does not fit 63 bits.
llvm::LogicalResult toTypes(ShapeScope &scope, llvm::ArrayRef<ResultShape> shapes, llvm::SmallVectorImpl<mlir::Type> &types);

namespace detail {
template <typename OpTy, size_t... N> bool hasOperands(size_t count, std::index_sequence<N...>) {
  bool ok = true;
  ((ok &= !OpTy::template hasTrait<mlir::OpTrait::NOperands<N + 2>::template Impl>() || count == N + 2), ...);
  ((ok &= !OpTy::template hasTrait<mlir::OpTrait::AtLeastNOperands<N + 1>::template Impl>() || count >= N + 1), ...);
  if (OpTy::template hasTrait<mlir::OpTrait::OneOperand>())
    ok &= count == 1;
  if (OpTy::template hasTrait<mlir::OpTrait::ZeroOperands>())
    ok &= count == 0;
  return ok;
}
} // namespace detail

/// Result types of an op by its shape function. Survives operands and attributes that no verifier has seen.
template <typename OpTy>
llvm::LogicalResult inferTypes(mlir::MLIRContext *context, std::optional<mlir::Location> loc, typename OpTy::Adaptor op,
                               llvm::SmallVectorImpl<mlir::Type> &types) {
  ShapeScope scope(context, loc);
  size_t count = op.getOperands().size();
  bool counted = detail::hasOperands<OpTy>(count, std::make_index_sequence<8>());
  if constexpr (OpTy::template hasTrait<mlir::OpTrait::AttrSizedOperandSegments>()) {
    int64_t sum = 0;
    for (int32_t size : op.getProperties().operandSegmentSizes)
      sum += size < 0 ? static_cast<int64_t>(count) + 1 : size;
    counted &= sum == static_cast<int64_t>(count);
  }
  if (!counted)
    return scope.error("wrong number of operands: ", count);
  if (failed(op.verify(loc.value_or(mlir::UnknownLoc::get(context)))))
    return mlir::failure();
  llvm::SmallVector<ResultShape, 2> shapes;
  if (failed(OpTy::inferShapes(scope, op, shapes)))
    return mlir::failure();
  return toTypes(scope, shapes, types);
}

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_SHAPESCOPE_H
