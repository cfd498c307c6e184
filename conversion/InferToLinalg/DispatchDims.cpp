// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/DispatchDims.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Affine/Utils.h"

using namespace mlir;
using namespace tenon;
using infer::SymbolicDims;

DispatchDims::DispatchDims(func::FuncOp function, OpBuilder &builder, IRMapping &lowered)
    : ShapeScope(function.getContext(), function.getLoc()), builder(builder), lowered(lowered) {
  function.walk([&](infer::BindShapeOp bind) {
    SmallVector<AffineExpr> values;
    for (Value value : bind.getSymbols()) {
      values.push_back(scalar(value));
      if (auto symbol = dyn_cast<AffineSymbolExpr>(values.back()))
        sizes.insert(symbol.getPosition());
    }
    SymbolicDims dims;
    auto type = cast<RankedTensorType>(bind.getTensor().getType());
    for (auto [expr, size] : llvm::zip(bind.getShape().getResults(), type.getShape()))
      dims.push_back(ShapedType::isDynamic(size) ? expr.replaceSymbols(values) : constant(size));
    known[bind.getTensor()] = dims;
  });
}

AffineExpr DispatchDims::symbol(Value index) {
  auto [entry, isNew] = symbolOf.try_emplace(index, symbols.size());
  if (isNew)
    symbols.push_back(index);
  return getAffineSymbolExpr(entry->second, context);
}

AffineExpr DispatchDims::sizeSymbol(Value index) {
  AffineExpr expr = symbol(index);
  sizes.insert(cast<AffineSymbolExpr>(expr).getPosition());
  return expr;
}

bool DispatchDims::isNonNegative(AffineExpr a) {
  if (auto symbol = dyn_cast<AffineSymbolExpr>(a))
    return sizes.contains(symbol.getPosition());
  auto binary = dyn_cast<AffineBinaryOpExpr>(a);
  return binary ? isNonNegative(binary.getLHS()) && isNonNegative(binary.getRHS()) : ShapeScope::isNonNegative(a);
}

void DispatchDims::learn(Value original, Value tensor) {
  auto found = known.find(original);
  if (found == known.end())
    return;
  for (auto [axis, expr] : llvm::enumerate(found->second))
    if (!infer::constantValue(expr) && !valueOf(expr))
      expr = sizeSymbol(tensor::DimOp::create(builder, tensor.getLoc(), tensor, axis));
}

AffineExpr DispatchDims::unknown() {
  symbols.push_back(Value());
  return getAffineSymbolExpr(symbols.size() - 1, context);
}

SymbolicDims DispatchDims::dims(Value tensor) {
  if (auto found = known.find(tensor); found != known.end())
    return found->second;
  SymbolicDims dims = computeDims(tensor);
  return known[tensor] = dims;
}

FailureOr<SymbolicDims> DispatchDims::broadcastOperands(Operation *op) {
  SymbolicDims shape;
  for (Value operand : op->getOperands()) {
    FailureOr<SymbolicDims> joined = broadcast(shape, dims(operand));
    if (failed(joined))
      return failure();
    shape = *joined;
  }
  return shape;
}

SymbolicDims DispatchDims::computeDims(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<infer::ResultShape, 2> shapes;
  if (auto result = dyn_cast<OpResult>(tensor); result && !type.hasStaticShape()) {
    if (auto op = dyn_cast<infer::ShapeOpInterface>(result.getOwner()); op && failed(op.inferShapes(*this, shapes)))
      shapes.clear();
    if (isa<infer::ElementwiseOpInterface>(result.getOwner()) && shapes.empty())
      if (auto shape = broadcastOperands(result.getOwner()); succeeded(shape))
        shapes.push_back({type.getElementType(), *shape});
  }
  SymbolicDims dims;
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(size)) {
      dims.push_back(constant(size));
      continue;
    }
    AffineExpr expr;
    if (!shapes.empty())
      expr = shapes[cast<OpResult>(tensor).getResultNumber()].dims[axis];
    if (!expr) {
      Value source = loweredForm(tensor);
      expr = source ? sizeSymbol(tensor::DimOp::create(builder, tensor.getLoc(), source, axis)) : unknown();
    }
    dims.push_back(expr);
  }
  return dims;
}

AffineExpr DispatchDims::scalar(Value value) {
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number)) && number.getSignificantBits() <= 64)
    return constant(number.getSExtValue());
  if (auto cast = value.getDefiningOp<arith::IndexCastOp>())
    return scalar(cast.getIn());
  if (!value.getType().isIndex())
    value = arith::IndexCastOp::create(builder, value.getLoc(), builder.getIndexType(), value);
  return symbol(value);
}

/// The tensor that can be read; none for a result of the op that is being lowered.
Value DispatchDims::loweredForm(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  bool isPending = op && isa<infer::InferDialect>(op->getDialect());
  return isPending ? lowered.lookupOrNull(tensor) : lowered.lookupOrDefault(tensor);
}

Value DispatchDims::extractElement(Value tensor, int64_t flatIndex) {
  Value source = loweredForm(tensor);
  if (!source)
    return Value();
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> indices;
  for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
    indices.insert(indices.begin(), arith::ConstantIndexOp::create(builder, tensor.getLoc(), flatIndex % type.getDimSize(axis)));
    flatIndex /= type.getDimSize(axis);
  }
  Value element = tensor::ExtractOp::create(builder, tensor.getLoc(), source, indices);
  bool isUnsigned = type.getElementType().isUnsignedInteger() || type.getElementType().isInteger(1);
  if (isUnsigned)
    return arith::IndexCastUIOp::create(builder, tensor.getLoc(), builder.getIndexType(), element);
  return arith::IndexCastOp::create(builder, tensor.getLoc(), builder.getIndexType(), element);
}

/// What the op that makes a tensor says of its elements, if all of it can be computed here.
std::optional<SymbolicDims> DispatchDims::inferElements(Value tensor) {
  auto op = tensor.getDefiningOp<infer::ShapeOpInterface>();
  if (!op)
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
  std::optional<SymbolicDims> elements = op.inferElements(*this, cast<OpResult>(tensor).getResultNumber(), shape);
  if (!elements || !llvm::all_of(*elements, [&](AffineExpr expr) { return infer::constantValue(expr) || valueOf(expr); }))
    return std::nullopt;
  return elements;
}

std::optional<SymbolicDims> DispatchDims::elements(Value tensor) {
  if (auto found = knownElements.find(tensor); found != knownElements.end())
    return found->second;
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.getElementType().isInteger() || !type.hasStaticShape() || type.getNumElements() > infer::kMaxTrackedElements)
    return std::nullopt;
  SymbolicDims result;
  if (auto values = infer::constantIntegers(tensor)) {
    for (int64_t value : *values)
      result.push_back(constant(value));
  } else if (auto from = tensor.getDefiningOp<tensor::FromElementsOp>()) {
    for (Value element : from.getElements())
      result.push_back(scalar(element));
  } else if (std::optional<SymbolicDims> inferred = inferElements(tensor)) {
    result = *inferred;
  } else {
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      Value element = extractElement(tensor, i);
      result.push_back(element ? symbol(element) : unknown());
    }
  }
  return knownElements[tensor] = result;
}

AffineExpr DispatchDims::broadcast(AffineExpr a, AffineExpr b) {
  AffineExpr known = ShapeScope::broadcast(a, b);
  auto symbol = dyn_cast_or_null<AffineSymbolExpr>(known);
  if (!known || known == a || known == b || !symbol || symbols[symbol.getPosition()])
    return known;
  Value left = valueOf(a), right = valueOf(b);
  if (!left || !right)
    return known;
  Value one = arith::ConstantIndexOp::create(builder, builder.getUnknownLoc(), 1);
  Value isOne = arith::CmpIOp::create(builder, left.getLoc(), arith::CmpIPredicate::eq, left, one);
  return sizeSymbol(arith::SelectOp::create(builder, left.getLoc(), isOne, right, left));
}

AffineExpr DispatchDims::minimum(AffineExpr a, AffineExpr b) {
  Value left = valueOf(a), right = valueOf(b);
  if (a == b || !left || !right || (infer::constantValue(a) && infer::constantValue(b)))
    return ShapeScope::minimum(a, b);
  return symbol(arith::MinSIOp::create(builder, left.getLoc(), left, right));
}

AffineExpr DispatchDims::maximum(AffineExpr a, AffineExpr b) {
  Value left = valueOf(a), right = valueOf(b);
  if (a == b || !left || !right || (infer::constantValue(a) && infer::constantValue(b)))
    return ShapeScope::maximum(a, b);
  return symbol(arith::MaxSIOp::create(builder, left.getLoc(), left, right));
}

Value DispatchDims::valueOf(AffineExpr expr) {
  if (auto symbolExpr = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbolExpr.getPosition()];
  if (Value found = materialized.lookup(expr))
    return found;
  bool complete = true;
  expr.walk([&](AffineExpr part) {
    if (auto leaf = dyn_cast<AffineSymbolExpr>(part))
      complete &= static_cast<bool>(symbols[leaf.getPosition()]);
  });
  if (!complete)
    return Value();
  // Values of symbols that do not occur are never asked for, but all must be given.
  SmallVector<Value> values(symbols);
  for (Value &value : values)
    if (!value)
      value = symbols.front();
  Value value = affine::expandAffineExpr(builder, *loc, expr, {}, values);
  if (value)
    materialized[expr] = value;
  return value;
}

OpFoldResult DispatchDims::materialize(AffineExpr expr) {
  if (auto number = infer::constantValue(expr))
    return builder.getIndexAttr(*number);
  Value value = valueOf(expr);
  return value ? OpFoldResult(value) : OpFoldResult();
}
