// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements of elementwise results: the op's scalar body, run on expressions instead of numbers. Comparisons are decided by bounds, and so
// is whether a short integer holds a value: what may wrap is unknown.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Bounds.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Scalar.h"
#include "dialects/Infer/IR/ShapeFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::infer;

namespace {
/// Runs the integer part of the arith dialect on expressions. What it does not know is unknown.
class BodyInterpreter {
public:
  BodyInterpreter(ShapeScope &scope) : scope(scope) {}
  llvm::DenseMap<Value, AffineExpr> values;

  AffineExpr get(Value value) {
    auto it = values.find(value);
    return it == values.end() ? scope.unknown() : it->second;
  }
  void run(Operation &op) {
    if (op.getNumResults() != 1 || !op.getResult(0).getType().isIntOrIndex())
      return;
    AffineExpr result = evaluate(op);
    unsigned width = op.getResult(0).getType().isIndex() ? 64 : op.getResult(0).getType().getIntOrFloatBitWidth();
    // A constant takes the value that the type's width leaves of it.
    if (auto value = result ? constantValue(result) : std::nullopt; value && width < 64) {
      APInt wrapped(width, static_cast<uint64_t>(*value), /*isSigned=*/false, /*implicitTrunc=*/true);
      result = scope.constant(width == 1 ? static_cast<int64_t>(wrapped.getZExtValue()) : wrapped.getSExtValue());
    } else if (result && width > 1 && !fitsWidth(scope, result, width)) {
      result = {};
    }
    values[op.getResult(0)] = result ? result : scope.unknown();
  }

private:
  AffineExpr evaluate(Operation &op) {
    APInt integer;
    if (matchPattern(op.getResult(0), m_ConstantInt(&integer)))
      return integer.getSignificantBits() <= 64 ? scope.constant(integer.getSExtValue()) : AffineExpr();
    if (isa<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op) && !op.getOperand(0).getType().isInteger(1))
      return get(op.getOperand(0));
    if (auto extend = dyn_cast<arith::ExtUIOp>(op)) {
      AffineExpr a = get(extend.getIn());
      return scope.isNonNegative(a) ? a : AffineExpr();
    }
    if (auto select = dyn_cast<arith::SelectOp>(op)) {
      auto condition = constantValue(get(select.getCondition()));
      AffineExpr a = get(select.getTrueValue()), b = get(select.getFalseValue());
      return condition ? (*condition ? a : b) : a == b ? a : AffineExpr();
    }
    if (op.getNumOperands() != 2 || !op.getOperand(0).getType().isIntOrIndex())
      return {};
    AffineExpr a = get(op.getOperand(0)), b = get(op.getOperand(1));
    if (auto compare = dyn_cast<arith::CmpIOp>(op))
      return decide(compare.getPredicate(), a, b);
    bool division = scope.isNonNegative(a) && scope.isNonNegative(scope.add(b, -1));
    return llvm::TypeSwitch<Operation *, AffineExpr>(&op)
        .Case([&](arith::AddIOp) { return scope.add(a, b); })
        .Case([&](arith::SubIOp) { return scope.sub(a, b); })
        .Case([&](arith::MulIOp) { return scope.mul(a, b); })
        .Case([&](arith::MaxSIOp) { return scope.maximum(a, b); })
        .Case([&](arith::MinSIOp) { return scope.minimum(a, b); })
        .Case([&](arith::DivSIOp) { return division ? scope.floorDiv(a, b) : truncated(a, b); })
        .Case<arith::DivUIOp, arith::FloorDivSIOp>([&](auto) { return division ? scope.floorDiv(a, b) : AffineExpr(); })
        .Case<arith::RemSIOp, arith::RemUIOp>([&](auto) { return division ? scope.mod(a, b) : AffineExpr(); })
        .Case<arith::AndIOp, arith::OrIOp, arith::XOrIOp>([&](auto) { return logic(op, a, b); })
        .Default([](Operation *) { return AffineExpr(); });
  }

  /// Division of constants that rounds to zero. A divisor of 0 never reaches the result of a total body.
  AffineExpr truncated(AffineExpr a, AffineExpr b) {
    auto x = constantValue(a), y = constantValue(b);
    return x && y && *y != 0 && *y != -1 ? scope.constant(*x / *y) : AffineExpr();
  }

  AffineExpr logic(Operation &op, AffineExpr a, AffineExpr b) {
    auto x = constantValue(a), y = constantValue(b);
    if (x && y)
      return scope.constant(isa<arith::AndIOp>(op) ? *x & *y : isa<arith::OrIOp>(op) ? *x | *y : *x ^ *y);
    bool isBool = op.getResult(0).getType().isInteger(1);
    if (isa<arith::XOrIOp>(op) || (!x && !y))
      return a == b && !isa<arith::XOrIOp>(op) ? a : AffineExpr();
    int64_t known = x ? *x : *y;
    AffineExpr other = x ? b : a;
    if (isa<arith::AndIOp>(op))
      return known == 0 ? scope.constant(0) : isBool ? other : AffineExpr();
    return known == 0 ? other : isBool ? scope.constant(1) : AffineExpr();
  }

  AffineExpr decide(arith::CmpIPredicate predicate, AffineExpr a, AffineExpr b) {
    using P = arith::CmpIPredicate;
    bool isSigned = predicate == P::slt || predicate == P::sle || predicate == P::sgt || predicate == P::sge;
    if (!isSigned && predicate != P::eq && predicate != P::ne && !(scope.isNonNegative(a) && scope.isNonNegative(b)))
      return {};
    AffineExpr less = scope.sub(b, a), greater = scope.sub(a, b);
    bool isLess = scope.isNonNegative(scope.add(less, -1)), isGreater = scope.isNonNegative(scope.add(greater, -1));
    bool isEqual = a == b, notGreater = isLess || isEqual || scope.isNonNegative(less),
         notLess = isGreater || isEqual || scope.isNonNegative(greater);
    auto answer = [&](bool yes, bool no) { return yes ? scope.constant(1) : no ? scope.constant(0) : AffineExpr(); };
    switch (predicate) {
    case P::eq:
      return answer(isEqual, isLess || isGreater);
    case P::ne:
      return answer(isLess || isGreater, isEqual);
    case P::slt:
    case P::ult:
      return answer(isLess, notLess);
    case P::sle:
    case P::ule:
      return answer(notGreater, isGreater);
    case P::sgt:
    case P::ugt:
      return answer(isGreater, notGreater);
    default:
      return answer(notLess, isLess);
    }
  }

  ShapeScope &scope;
};
} // namespace

std::optional<SymbolicDims> tenon::infer::elementwiseElements(ShapeScope &scope, Operation *op, ArrayRef<int64_t> dims) {
  auto isTracked = [](Type type) {
    auto element = cast<RankedTensorType>(type).getElementType();
    return element.isInteger() && element.getIntOrFloatBitWidth() <= 64;
  };
  if (!llvm::all_of(op->getOperandTypes(), isTracked) || !llvm::all_of(op->getResultTypes(), isTracked))
    return std::nullopt;
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim; // the caller follows small tensors only
  SmallVector<SymbolicDims> operands;
  for (Value operand : op->getOperands()) {
    auto elements = scope.elements(operand);
    if (!elements || (elements->empty() && count != 0))
      return std::nullopt;
    SmallVector<int64_t> shape;
    for (AffineExpr dim : scope.dims(operand))
      shape.push_back(constantValue(dim).value_or(1)); // an operand of unknown size has no elements
    operands.push_back(spreadElements(*elements, shape, dims));
  }
  Block body;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&body);
  for (Value operand : op->getOperands())
    body.addArgument(getSignlessType(elementType(operand)), op->getLoc());
  Value result = cast<ElementwiseOpInterface>(op).buildScalar(builder, op->getLoc(), body.getArguments());
  SymbolicDims results;
  for (int64_t i = 0; i < count; ++i) {
    BodyInterpreter interpreter(scope);
    for (auto [argument, elements] : llvm::zip(body.getArguments(), operands))
      interpreter.values[argument] = elements[i];
    for (Operation &inner : body)
      interpreter.run(inner);
    results.push_back(interpreter.get(result));
  }
  return results;
}
