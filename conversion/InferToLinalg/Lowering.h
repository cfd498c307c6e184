// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lowerings of all families are written with: operands in lowered form, dims, and the few shapes of linalg op that they make.
//
// The common form is `map`: a linalg.generic without inputs whose body computes one element from its indices, reading other tensors by
// tensor.extract. It needs no affine structure, tiles and fuses like any other elementwise op, and bounds its own reads.
#ifndef TENON_CONVERSION_INFERTOLINALG_LOWERING_H
#define TENON_CONVERSION_INFERTOLINALG_LOWERING_H

#include "conversion/InferToLinalg/DispatchDims.h"
#include "dialects/Infer/IR/Scalar.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

namespace tenon {

using infer::Scalar;

/// Mixed sizes or offsets.
using Dims = llvm::SmallVector<mlir::OpFoldResult>;
/// One linalg operand: a tensor and how loops index it.
struct Operand {
  mlir::Value tensor;
  mlir::AffineMap map;
};
/// Computes an element from the elements of the inputs; linalg.index is available.
using ElementFn = llvm::function_ref<Scalar(llvm::ArrayRef<Scalar>)>;
/// Computes an element from its indices.
using IndexFn = llvm::function_ref<Scalar(llvm::ArrayRef<Scalar>)>;
constexpr auto kParallel = mlir::utils::IteratorType::parallel;
constexpr auto kReduction = mlir::utils::IteratorType::reduction;

/// The element type of a tensor in memory: bool is i8, unsigned integers are signless.
mlir::Type storageType(mlir::Type element);
/// The same tensor with its element type in memory; other types are themselves.
mlir::Type storageTensorType(mlir::Type type);
/// The type that sums of `element` are kept in: f32 for shorter floats.
mlir::Type accumulatorType(mlir::Type element);

/// The lowering of one op.
class Lowering {
public:
  Lowering(mlir::OpBuilder &builder, mlir::Operation *op, DispatchDims &shapes, mlir::IRMapping &lowered, bool threadBlocks)
      : b(builder), loc(op->getLoc()), op(op), threadBlocks(threadBlocks), shapes(shapes), lowered(lowered) {}

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Operation *op;
  /// Thousands of threads wait for work: what a few threads do best in one serial pass becomes passes of independent elements.
  const bool threadBlocks;

  // --- operands and results, named by their values in infer form ---
  /// The lowered tensor; null for a null value.
  mlir::Value get(mlir::Value original) { return original ? lowered.lookupOrDefault(original) : original; }
  void replace(mlir::Value original, mlir::Value tensor);
  /// Element type in infer form: ui8, i1 ...
  mlir::Type elementOf(mlir::Value original) { return infer::elementType(original); }
  int64_t rank(mlir::Value original) { return infer::rankOf(original); }
  /// Dim of a tensor in infer form. Reports an error once if it cannot be known here.
  mlir::OpFoldResult dim(mlir::Value original, int64_t axis);
  Dims dims(mlir::Value original);
  /// The dim if it can be known before the op is lowered, else null.
  mlir::OpFoldResult dimIfKnown(mlir::Value original, int64_t axis) { return shapes.materialize(shapes.dims(original)[axis]); }
  mlir::Value dimValue(mlir::Value original, int64_t axis) { return value(dim(original, axis)); }
  llvm::SmallVector<mlir::Value> dimValues(mlir::Value original);
  /// Whether two dims are provably equal.
  bool equal(mlir::Value a, int64_t axisA, mlir::Value b, int64_t axisB);
  /// The dims as expressions that compare by identity, and their product.
  infer::SymbolicDims exprs(mlir::Value original) { return shapes.dims(original); }
  mlir::AffineExpr multiply(mlir::AffineExpr x, mlir::AffineExpr y) { return shapes.mul(x, y); }
  bool isOne(mlir::Value original, int64_t axis);
  /// The i64 or i32 elements of a small tensor of static size, as index values or attributes.
  std::optional<Dims> integers(mlir::Value original);
  bool failedOnce() const { return failed; }

  // --- arithmetic on sizes, folded where they are static ---
  /// `expr` over dims d0, d1 ... given by `operands`.
  mlir::OpFoldResult apply(mlir::AffineExpr expr, llvm::ArrayRef<mlir::OpFoldResult> operands);
  mlir::OpFoldResult atLeastZero(mlir::OpFoldResult size);

  // --- scalars ---
  mlir::Value value(mlir::OpFoldResult number);
  mlir::Value index(int64_t number);
  Scalar scalar(mlir::Value value, bool isUnsigned = false) { return Scalar(b, loc, value, isUnsigned); }
  Scalar number(mlir::Type element, double value);
  /// The least or greatest value of `type` (in infer form), in storage form; infinities for floats.
  Scalar extreme(mlir::Type type, bool least);
  /// The element that `original` holds at `indices` (bool comes as i1). For use in bodies: `builder` is the body's.
  Scalar read(mlir::OpBuilder &builder, mlir::Value original, llvm::ArrayRef<Scalar> indices);
  /// The only element of a one-element tensor, read at the current place.
  Scalar readOnly(mlir::Value original);
  /// What memory keeps of a scalar: i1 as i8.
  static mlir::Value toStorage(const Scalar &scalar);
  /// A scalar of what memory keeps; `element` is the type in infer form.
  static Scalar fromStorage(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value stored, mlir::Type element);

  // --- tensors (element types are storage types) ---
  mlir::Value empty(const Dims &dims, mlir::Type element);
  mlir::Value fill(const Dims &dims, mlir::Type element, double number);
  mlir::Value fill(const Dims &dims, Scalar number);
  /// Zeros that products of `element` are summed into, of the accumulator's type.
  mlir::Value zeros(const Dims &dims, mlir::Type element) { return fill(dims, accumulatorType(element), 0); }
  /// Constant padding; the tensor itself if nothing is added.
  mlir::Value pad(mlir::Value tensor, const Dims &low, const Dims &high, Scalar value);
  mlir::AffineMap identity(int64_t rank) { return b.getMultiDimIdentityMap(rank); }
  /// Element of the result from its indices.
  mlir::Value map(const Dims &dims, mlir::Type element, IndexFn body);
  /// Elements of several results of equal dims from their indices, written over `inits`, whose old elements the body gets too. It may read
  /// no other element of these.
  using UpdateFn = llvm::function_ref<llvm::SmallVector<Scalar>(llvm::ArrayRef<Scalar> index, llvm::ArrayRef<Scalar> old)>;
  llvm::SmallVector<mlir::Value> update(mlir::ValueRange inits, UpdateFn body);
  /// Elementwise op over `inputs`, whose elements come in storage form; `element` is the result's type in infer form.
  mlir::Value elementwise(const Dims &dims, mlir::Type element, llvm::ArrayRef<Operand> inputs, ElementFn body);
  /// Reduction into `init`, whose element comes as the last argument of `body`. No sign is known: elements are in storage form.
  mlir::Value reduce(Operand init, llvm::ArrayRef<Operand> inputs, llvm::ArrayRef<mlir::utils::IteratorType> iterators, ElementFn body);
  /// Converts elements (f32 accumulators to f16 ...); the tensor itself if there is nothing to do.
  mlir::Value convertElements(mlir::Value tensor, mlir::Type element);

  // --- broadcasting ---
  /// How loops of the (broadcast) dims of `result` index `original`, aligned at the last dim; none where a dim may be 1 at run time.
  std::optional<mlir::AffineMap> broadcastMap(mlir::Value original, mlir::Value result);
  /// Reads `original` at the broadcast `indices` of the result, whatever its dims are.
  struct BroadcastReader {
    mlir::Value original;
    llvm::SmallVector<mlir::Value> strides; // 0 or 1 per dim, null for 1
  };
  BroadcastReader broadcastReader(mlir::Value original, mlir::Value result);
  Scalar read(mlir::OpBuilder &builder, const BroadcastReader &reader, llvm::ArrayRef<Scalar> indices);

private:
  DispatchDims &shapes;
  mlir::IRMapping &lowered;
  bool failed = false;
};

llvm::SmallVector<mlir::Value> toValues(llvm::ArrayRef<Scalar> scalars);

/// linalg.index of every loop.
llvm::SmallVector<Scalar> loopIndices(mlir::OpBuilder &builder, mlir::Location loc, int64_t count);

/// `index` wrapped once if negative, then clamped to [0, size): what every index that a model computes goes through.
Scalar wrapIndex(const Scalar &index, const Scalar &size);
Scalar clampIndex(const Scalar &index, const Scalar &size);
Scalar toIndex(const Scalar &integer);
/// Integer division of index values that are not negative.
Scalar divide(const Scalar &x, const Scalar &y);
Scalar modulus(const Scalar &x, const Scalar &y);
/// Where element `flat` of a row-major tensor of `sizes` is.
llvm::SmallVector<Scalar> delinearize(Scalar flat, llvm::ArrayRef<mlir::Value> sizes);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_LOWERING_H
