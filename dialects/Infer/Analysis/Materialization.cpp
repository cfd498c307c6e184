// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expressions as index values. Each value stands directly behind the last one that it needs, so it dominates every place where the
// expression makes sense, and is made once.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon::infer;

/// Of two values that are available at one place, the one defined later; null if neither can see the other.
static Value laterOf(Value a, Value b) {
  Block *x = a.getParentBlock(), *y = b.getParentBlock();
  if (x == y) {
    if (isa<BlockArgument>(a) || isa<BlockArgument>(b))
      return isa<BlockArgument>(a) ? b : a;
    return a.getDefiningOp()->isBeforeInBlock(b.getDefiningOp()) ? b : a;
  }
  if (x->findAncestorOpInBlock(*y->getParentOp()))
    return b;
  return y->findAncestorOpInBlock(*x->getParentOp()) ? a : Value();
}

static OpBuilder builderBehind(Value value) {
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  return builder;
}

Value SymbolicShapes::materialize(AffineExpr expr, Location loc) { return build(resolve(expr), loc, /*asWritten=*/false); }
Value SymbolicShapes::materializeAsWritten(AffineExpr expr, Location loc) { return build(expr, loc, /*asWritten=*/true); }

Value SymbolicShapes::build(AffineExpr expr, Location loc, bool asWritten) {
  if (Value known = built[asWritten].lookup(expr))
    return known;
  Value result;
  if (auto value = constantValue(expr)) {
    OpBuilder builder = OpBuilder::atBlockBegin(&root->getRegion(0).front());
    result = arith::ConstantIndexOp::create(builder, loc, *value);
  } else if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    result = symbolOf(expr) ? buildSymbol(symbol.getPosition(), loc, asWritten) : Value();
  } else if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr)) {
    // a + b * -1 is a - b.
    AffineExpr right = binary.getRHS();
    bool subtract = false;
    if (auto product = dyn_cast<AffineBinaryOpExpr>(right);
        expr.getKind() == AffineExprKind::Add && product && product.getKind() == AffineExprKind::Mul && product.getRHS() == constant(-1)) {
      subtract = true;
      right = product.getLHS();
    }
    Value a = build(binary.getLHS(), loc, asWritten), b = build(right, loc, asWritten);
    Value last = a && b ? laterOf(a, b) : Value();
    if (!last)
      return {};
    OpBuilder builder = builderBehind(last);
    bool plain = bounds(binary.getLHS()).low >= 0 && bounds(right).low > 0;
    if (subtract)
      result = arith::SubIOp::create(builder, loc, a, b);
    else if (expr.getKind() == AffineExprKind::Add)
      result = arith::AddIOp::create(builder, loc, a, b);
    else if (expr.getKind() == AffineExprKind::Mul)
      result = arith::MulIOp::create(builder, loc, a, b);
    else if (expr.getKind() == AffineExprKind::FloorDiv)
      result = plain ? Value(arith::DivSIOp::create(builder, loc, a, b)) : Value(arith::FloorDivSIOp::create(builder, loc, a, b));
    else if (expr.getKind() == AffineExprKind::Mod && plain)
      result = arith::RemSIOp::create(builder, loc, a, b);
  }
  if (!result)
    return {};
  if (!asWritten && !isa<BlockArgument>(result))
    knownScalars.try_emplace(result, expr);
  return built[asWritten][expr] = result;
}

Value SymbolicShapes::buildSymbol(unsigned position, Location loc, bool asWritten) {
  Symbol symbol = symbols[position];
  auto operand = [&](AffineExpr expr) { return build(asWritten ? expr : resolve(expr), loc, asWritten); };
  switch (symbol.kind) {
  case Kind::Declared:
  case Kind::Index: {
    if (symbol.value.getType().isIndex())
      return symbol.value;
    OpBuilder builder = builderBehind(symbol.value);
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), symbol.value);
  }
  case Kind::ArgumentDim:
  case Kind::InnerDim:
  case Kind::ResultDim: {
    Value axis = operand(constant(symbol.position));
    Value last = laterOf(symbol.value, axis);
    if (!last)
      return {};
    OpBuilder builder = builderBehind(last);
    return tensor::DimOp::create(builder, loc, symbol.value, axis);
  }
  case Kind::Element: {
    auto type = cast<RankedTensorType>(symbol.value.getType());
    if (!type.getElementType().isSignlessInteger() && !type.getElementType().isIndex())
      return {};
    SmallVector<Value> indices;
    // The analysis may know a size that the type leaves open.
    int64_t rest = symbol.position;
    for (AffineExpr dim : llvm::reverse(dims(symbol.value))) {
      int64_t size = constantValue(dim).value_or(1);
      indices.insert(indices.begin(), operand(constant(rest % size)));
      rest /= size;
    }
    Value last = symbol.value;
    for (Value index : indices)
      last = last ? laterOf(last, index) : Value();
    if (!last)
      return {};
    OpBuilder builder = builderBehind(last);
    Value element = tensor::ExtractOp::create(builder, loc, symbol.value, indices);
    if (type.getElementType().isIndex())
      return element;
    if (type.getElementType().isInteger(1))
      return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), element);
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
  }
  case Kind::Minimum:
  case Kind::Maximum:
  case Kind::Broadcast: {
    Value a = operand(symbol.a), b = operand(symbol.b), last = a && b ? laterOf(a, b) : Value();
    if (!last)
      return {};
    if (symbol.kind != Kind::Broadcast) {
      OpBuilder builder = builderBehind(last);
      return symbol.kind == Kind::Minimum ? Value(arith::MinSIOp::create(builder, loc, a, b))
                                          : Value(arith::MaxSIOp::create(builder, loc, a, b));
    }
    Value one = operand(constant(1));
    last = laterOf(last, one);
    OpBuilder builder = builderBehind(last);
    Value gives = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, one);
    return arith::SelectOp::create(builder, loc, gives, b, a);
  }
  case Kind::Fresh:
    return {};
  }
  return {};
}
