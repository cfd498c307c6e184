// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constant folding by the rules that ops already have: element functions move constants, scalar bodies compute them.
#include "dialects/Infer/IR/Folding.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Scalar.h"
#include "dialects/Infer/IR/ShapeFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon::infer;

namespace {

/// Number of elements if the type is static and small enough to fold.
std::optional<int64_t> foldableCount(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat())
    return std::nullopt;
  int64_t bytes = std::max<int64_t>(1, tensor.getElementTypeBitWidth() / 8), count = 1;
  for (int64_t dim : tensor.getShape()) {
    if (dim > kMaxFoldedBytes)
      return std::nullopt;
    count *= dim;
    if (count > kMaxFoldedBytes / bytes)
      return std::nullopt;
  }
  return count;
}

/// Constants as expressions: integers are themselves, other elements are symbols that number them.
class ConstantScope : public ShapeScope {
public:
  ConstantScope(Operation *op, ArrayRef<Attribute> operands) : ShapeScope(op->getContext(), std::nullopt), op(op), attributes(operands) {}

  std::optional<SymbolicDims> elements(Value tensor) override {
    for (auto [operand, attribute] : llvm::zip(op->getOperands(), attributes)) {
      auto dense = dyn_cast_or_null<DenseElementsAttr>(attribute);
      if (operand != tensor || !dense || !foldableCount(dense.getType()))
        continue;
      if (auto integers = constantIntegers(tensor)) {
        SymbolicDims result;
        for (int64_t value : *integers)
          result.push_back(constant(value));
        return result;
      }
      auto [it, isNew] = first.try_emplace(tensor, moved.size());
      if (isNew)
        llvm::append_range(moved, dense.getValues<Attribute>());
      SymbolicDims result;
      for (int64_t i = 0, e = dense.getNumElements(); i < e; ++i)
        result.push_back(getAffineSymbolExpr(it->second + i, context));
      return result;
    }
    return std::nullopt;
  }
  /// No expression of operands holds it, so no result with it is a constant.
  AffineExpr unknown() override { return getAffineSymbolExpr(std::numeric_limits<unsigned>::max() / 2, context); }

  SmallVector<Attribute> moved;

private:
  Operation *op;
  ArrayRef<Attribute> attributes;
  llvm::DenseMap<Value, unsigned> first;
};

/// Runs a scalar body on attributes with the folders of its ops; null if one of them does not fold.
Attribute evaluate(Block &body, Value result, ArrayRef<Attribute> arguments) {
  llvm::DenseMap<Value, Attribute> values;
  for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
    values[argument] = value;
  for (Operation &op : body) {
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    SmallVector<OpFoldResult> folded;
    if (failed(op.fold(operands, folded)) || folded.size() != op.getNumResults())
      return {};
    for (auto [value, fold] : llvm::zip(op.getResults(), folded))
      values[value] = isa<Attribute>(fold) ? cast<Attribute>(fold) : values.lookup(cast<Value>(fold));
  }
  return values.lookup(result);
}

/// Ops of scalar bodies whose folders give the same bits on every host: no libm.
bool isExact(Operation &op) {
  return isa<arith::ArithDialect>(op.getDialect()) ||
         isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp, math::RoundEvenOp, math::TruncOp, math::SqrtOp>(op);
}

} // namespace

Attribute tenon::infer::foldElements(Operation *op, unsigned result, ArrayRef<Attribute> operands) {
  auto shaped = dyn_cast<ShapeOpInterface>(op);
  auto count = foldableCount(op->getResult(result).getType());
  if (!shaped || !count)
    return {};
  auto type = cast<RankedTensorType>(op->getResult(result).getType());
  ConstantScope scope(op, operands);
  auto elements = shaped.inferElements(scope, result, type.getShape());
  if (!elements || static_cast<int64_t>(elements->size()) != *count)
    return {};
  SmallVector<Attribute> values;
  for (AffineExpr element : *elements) {
    if (auto number = constantValue(element); number && type.getElementType().isInteger()) {
      unsigned width = type.getElementType().getIntOrFloatBitWidth();
      values.push_back(
          IntegerAttr::get(type.getElementType(), APInt(width, static_cast<uint64_t>(*number), false, /*implicitTrunc=*/true)));
      continue;
    }
    auto symbol = dyn_cast<AffineSymbolExpr>(element);
    if (!symbol || symbol.getPosition() >= scope.moved.size())
      return {};
    values.push_back(scope.moved[symbol.getPosition()]);
  }
  return DenseElementsAttr::get(type, values);
}

OpFoldResult tenon::infer::foldElements(Operation *op, ArrayRef<Attribute> operands) { return foldElements(op, 0, operands); }

OpFoldResult tenon::infer::foldElementwise(Operation *op, ArrayRef<Attribute> operands) {
  if (op->getNumResults() != 1 || operands.empty())
    return {};
  auto count = foldableCount(op->getResult(0).getType());
  if (!count || !llvm::all_of(operands, [](Attribute a) { return isa_and_nonnull<DenseElementsAttr>(a); }))
    return {};
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Block body;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&body);
  for (Value operand : op->getOperands())
    body.addArgument(getSignlessType(elementType(operand)), op->getLoc());
  Value result = cast<ElementwiseOpInterface>(op).buildScalar(builder, op->getLoc(), body.getArguments());
  if (!result || !llvm::all_of(body, isExact))
    return {};
  // Element i of the result reads element positions[k][i] of operand k.
  SmallVector<SmallVector<Attribute>> columns;
  for (Attribute attribute : operands) {
    auto dense = cast<DenseElementsAttr>(attribute);
    if (!foldableCount(dense.getType()) || (dense.getNumElements() == 0 && *count != 0))
      return {};
    SymbolicDims identity;
    for (int64_t i = 0, e = dense.getNumElements(); i < e; ++i)
      identity.push_back(getAffineConstantExpr(i, op->getContext()));
    Type signless = getSignlessType(dense.getElementType());
    SmallVector<Attribute> values(dense.getValues<Attribute>()), column;
    for (AffineExpr position : spreadElements(identity, cast<RankedTensorType>(dense.getType()).getShape(), type.getShape())) {
      Attribute value = values[*constantValue(position)];
      if (auto integer = dyn_cast<IntegerAttr>(value))
        value = IntegerAttr::get(signless, integer.getValue());
      column.push_back(value);
    }
    columns.push_back(column);
  }
  SmallVector<Attribute> results;
  for (int64_t i = 0; i < *count; ++i) {
    SmallVector<Attribute> arguments;
    for (ArrayRef<Attribute> column : columns)
      arguments.push_back(column[i]);
    Attribute value = evaluate(body, result, arguments);
    if (auto integer = dyn_cast_or_null<IntegerAttr>(value))
      value = IntegerAttr::get(type.getElementType(), integer.getValue());
    auto typed = dyn_cast_or_null<TypedAttr>(value);
    if (!typed || typed.getType() != type.getElementType())
      return {};
    results.push_back(value);
  }
  return DenseElementsAttr::get(type, results);
}
