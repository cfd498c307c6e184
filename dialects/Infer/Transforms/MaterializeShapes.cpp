// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-materialize-shapes: chains of Shape, Gather, Concat and their kin become constants and index arithmetic on the host.
//
// Three steps on one analysis: guards for what it assumed, small integer tensors whose elements are known without asking the device,
// and the shape operands that are left, which are read back. With %x of tensor<?x4x2xf32>:
//
//   %0 = infer.shape %x                          %d = tensor.dim %x, %c0
//   %1 = infer.gather %0, %zero                  %n = arith.index_cast %d
//   %2 = infer.concat %1, %minus_one       ->    %s = tensor.from_elements %n, %c8
//   %3 = infer.reshape %x, %2                    %3 = infer.reshape %x, %s {allowzero = true}
//
//   %z = infer.add %x, %y                  ->    cf.assert that their dims broadcast; %z = infer.add %x, %y
//
//   %y = infer.tile %x, %r                 ->    %e = tensor.extract %r[%c0]          // only the device knows %r: it is read back
//                                                %s = tensor.from_elements %e
//                                                %y = infer.tile %x, %s
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Infer/Transforms/ShapeGuards.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERMATERIALIZESHAPESPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

bool isHostTensor(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (op->hasTrait<OpTrait::ConstantLike>() || isa<tensor::FromElementsOp>(op));
}

/// A dense constant of integers; null if one does not fit the element type.
Value createConstant(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<AffineExpr> elements) {
  unsigned width = type.getElementType().getIntOrFloatBitWidth();
  SmallVector<APInt> values;
  for (AffineExpr element : elements) {
    int64_t value = *constantValue(element);
    APInt integer(width, static_cast<uint64_t>(value), /*isSigned=*/false, /*implicitTrunc=*/true);
    if (width < 64 && integer.getSExtValue() != value && static_cast<int64_t>(integer.getZExtValue()) != value)
      return {};
    values.push_back(integer);
  }
  return ConstantOp::create(builder, loc, type, DenseIntElementsAttr::get(type, values));
}

/// A tensor of the elements, made where `at` can use it; null if one of them cannot be made there.
Value createElements(SymbolicShapes &shapes, Operation *at, RankedTensorType type, ArrayRef<AffineExpr> elements) {
  OpBuilder builder(at);
  if (type.getRank() == 1) // the analysis may know a size that the type leaves open
    type = type.clone({static_cast<int64_t>(elements.size())});
  if (llvm::all_of(elements, [](AffineExpr element) { return isa<AffineConstantExpr>(element); }))
    return createConstant(builder, at->getLoc(), type, elements);
  if (!type.getElementType().isSignlessInteger(32) && !type.getElementType().isSignlessInteger(64))
    return {};
  SmallVector<Value> scalars;
  for (AffineExpr element : elements) {
    if (auto value = constantValue(element)) {
      scalars.push_back(arith::ConstantIntOp::create(builder, at->getLoc(), type.getElementType(), *value));
      continue;
    }
    Value index = shapes.materialize(element, at->getLoc());
    if (!index)
      return {};
    scalars.push_back(arith::IndexCastOp::create(builder, at->getLoc(), type.getElementType(), index));
  }
  return tensor::FromElementsOp::create(builder, at->getLoc(), type, scalars);
}

struct MaterializeShapes : tenon::infer::impl::InferMaterializeShapesPassBase<MaterializeShapes> {
  using InferMaterializeShapesPassBase::InferMaterializeShapesPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration())
      return;
    SymbolicShapes shapes(function);
    if (guards)
      createShapeGuards(shapes);
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) {
      if (isa<ShapeOpInterface, ElementwiseOpInterface>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      for (Value result : op->getResults())
        replaceResult(shapes, result);
    for (Operation *op : ops)
      replaceOperands(shapes, op);
    eraseDeadOps(function);
  }

  void replaceResult(SymbolicShapes &shapes, Value result) {
    auto type = cast<RankedTensorType>(result.getType());
    if (result.use_empty() || isHostTensor(result) || !type.getElementType().isInteger() || !type.hasStaticShape() ||
        type.getNumElements() > kMaxTrackedElements)
      return;
    auto elements = shapes.elements(result);
    if (!elements || shapes.isMeasured(result, *elements) ||
        llvm::any_of(*elements, [&](AffineExpr element) { return shapes.needsReadBack(element); }))
      return;
    Operation *next = result.getDefiningOp()->getNextNode();
    if (Value replacement = createElements(shapes, next, type, *elements))
      result.replaceAllUsesWith(replacement);
  }

  void replaceOperands(SymbolicShapes &shapes, Operation *op) {
    // Reshape and expand are given their result dims: no -1 and no 0 that copies.
    if (auto reshape = dyn_cast<ReshapeOp>(op)) {
      if (replaceByDims(shapes, op, reshape.getShapeMutable(), reshape.getReshaped()) || replaceByRule(shapes, reshape))
        reshape.setAllowzero(true);
      return;
    }
    if (auto expand = dyn_cast<ExpandOp>(op); expand &&
                                              rankOf(expand.getY()) == cast<RankedTensorType>(expand.getShape().getType()).getDimSize(0) &&
                                              replaceByDims(shapes, op, expand.getShapeMutable(), expand.getY()))
      return;
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand.get().getType());
      if (!type || isHostTensor(operand.get()) || !llvm::is_contained(shapes.shapeOperands(op), operand.get()))
        continue;
      auto elements = shapes.elements(operand.get());
      if (Value replacement = elements ? createElements(shapes, op, type, *elements) : Value())
        operand.set(replacement);
    }
  }

  /// False if a dim is known only once the op has run.
  bool replaceByDims(SymbolicShapes &shapes, Operation *op, OpOperand &shape, Value result) {
    SymbolicDims dims = shapes.dims(result);
    for (auto [i, dim] : llvm::enumerate(dims))
      if (shapes.isDimOf(dim, result))
        return false;
    Value replacement = createElements(shapes, op, cast<RankedTensorType>(shape.get().getType()), dims);
    if (replacement)
      shape.set(replacement);
    return static_cast<bool>(replacement);
  }

  /// A shape of which only the run tells whether it holds a 0 or a -1: the host does what ONNX says of them. A shape of another number of
  /// elements fails there.
  bool replaceByRule(SymbolicShapes &shapes, ReshapeOp op) {
    auto type = cast<RankedTensorType>(op.getShape().getType()), from = cast<RankedTensorType>(op.getData().getType());
    auto elements = shapes.elements(op.getShape());
    if (!elements || (op.getAllowzero() && isHostTensor(op.getShape())))
      return false;
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto number = [&](int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); };
    auto isEqual = [&](Value a, int64_t b) { return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, number(b)); };
    SmallVector<Value> dims, sizes;
    Value total = number(1), known = number(1), product = number(1), least = number(0);
    for (int64_t axis = 0; axis < from.getRank(); ++axis) {
      sizes.push_back(dimValue(builder, loc, op.getData(), axis));
      total = arith::MulIOp::create(builder, loc, total, sizes.back());
    }
    for (auto [i, element] : llvm::enumerate(*elements)) {
      Value dim = shapes.materialize(element, loc);
      if (!dim)
        return false;
      if (!op.getAllowzero() && i < sizes.size())
        dim = arith::SelectOp::create(builder, loc, isEqual(dim, 0), sizes[i], dim);
      known = arith::MulIOp::create(builder, loc, known, arith::SelectOp::create(builder, loc, isEqual(dim, -1), number(1), dim));
      dims.push_back(dim);
    }
    Value rest = arith::DivSIOp::create(builder, loc, total, arith::MaxSIOp::create(builder, loc, known, number(1)));
    SmallVector<Value> scalars;
    for (Value &dim : dims) {
      dim = arith::SelectOp::create(builder, loc, isEqual(dim, -1), rest, dim);
      product = arith::MulIOp::create(builder, loc, product, dim);
      least = arith::MinSIOp::create(builder, loc, least, dim);
      scalars.push_back(arith::IndexCastOp::create(builder, loc, type.getElementType(), dim));
    }
    Value fits = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, product, total);
    fits = arith::AndIOp::create(builder, loc, fits, isEqual(least, 0));
    cf::AssertOp::create(builder, loc, fits, "expected a shape of as many elements at infer.reshape");
    op.getShapeMutable().set(tensor::FromElementsOp::create(
        builder, loc, RankedTensorType::get({static_cast<int64_t>(dims.size())}, type.getElementType()), scalars));
    return true;
  }

  void eraseDeadOps(func::FuncOp function) {
    SmallVector<Operation *> ops;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : llvm::reverse(ops))
      if (op != function && isOpTriviallyDead(op))
        op->erase();
  }
};

} // namespace
