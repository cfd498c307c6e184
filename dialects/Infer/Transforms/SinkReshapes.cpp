// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-sink-reshapes: elementwise ops behind a reshape of a product move in front of it, where the product's kernel can take them along.
//
// Exporters flatten [batch, rows, columns] to [batch * rows, columns] for a Gemm and undo it afterwards; a fusion never spans a view.
// What is decided asks the shape analysis, so all is decided before any op changes.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERSINKRESHAPESPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Is `value` a product, or computed from one element by element?
bool comesFromProduct(Value value, int64_t most = 16) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<GemmOp, MatMulOp>(op))
    return true;
  return most > 0 && isa_and_nonnull<ElementwiseOpInterface>(op) && llvm::any_of(op->getOperands(), [&](Value operand) {
           auto type = dyn_cast<RankedTensorType>(operand.getType());
           return type && type.getShape() == typeOf(value).getShape() && comesFromProduct(operand, most - 1);
         });
}

class Sinker {
public:
  explicit Sinker(func::FuncOp function) : shapes(function) {}
  void decide(Operation *op);
  void move();

private:
  bool fits(Value operand, ReshapeOp reshape);
  Value inFront(Value operand, ReshapeOp reshape, OpBuilder &builder);

  SymbolicShapes shapes;
  DenseMap<Value, ReshapeOp> reshapeOf;                     // the reshape in front of which a value can be computed
  SmallVector<std::pair<Operation *, ReshapeOp>> decisions; // in program order
  DenseMap<Value, Value> moved;                             // values behind a reshape to the same before it
};

/// Dims at the end that a reshape leaves as they are.
int64_t commonDims(RankedTensorType before, RankedTensorType after) {
  int64_t count = 0;
  while (count < std::min(before.getRank(), after.getRank())) {
    int64_t dim = before.getDimSize(before.getRank() - 1 - count);
    if (ShapedType::isDynamic(dim) || dim != after.getDimSize(after.getRank() - 1 - count))
      break;
    ++count;
  }
  return count;
}

/// Does an elementwise op mean the same of such an operand on both sides of `reshape`? Of a scalar, and of what broadcasts along the dims
/// that stay.
bool isSameInFront(RankedTensorType type, ReshapeOp reshape) {
  RankedTensorType before = typeOf(reshape.getData());
  bool isOne = type.hasStaticShape() && type.getNumElements() == 1;
  return (isOne && type.getRank() <= before.getRank()) || type.getRank() <= commonDims(before, typeOf(reshape));
}

} // namespace

/// Can an elementwise op read `operand` in the shape that `reshape` reads?
bool Sinker::fits(Value operand, ReshapeOp reshape) {
  RankedTensorType type = typeOf(operand), before = typeOf(reshape.getData());
  if (ReshapeOp other = reshapeOf.lookup(operand))
    return shapes.haveEqualDims(other.getData(), reshape.getData());
  return isSameInFront(type, reshape) || (shapes.haveEqualDims(operand, reshape) && before.getNumDynamicDims() <= 1);
}

void Sinker::decide(Operation *op) {
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    if (comesFromProduct(reshape.getData()))
      reshapeOf[reshape] = reshape;
    return;
  }
  // Attributes may name dims.
  if (!isa<ElementwiseOpInterface>(op) || op->getNumResults() != 1 || op->hasAttr("axis"))
    return;
  auto *found = llvm::find_if(op->getOpOperands(), [&](OpOperand &operand) { return reshapeOf.contains(operand.get()); });
  if (found == op->getOpOperands().end())
    return;
  ReshapeOp reshape = reshapeOf[found->get()];
  if (!shapes.haveEqualDims(op->getResult(0), reshape) ||
      !llvm::all_of(op->getOperands(), [&](Value operand) { return fits(operand, reshape); }))
    return;
  reshapeOf[op->getResult(0)] = reshape;
  decisions.emplace_back(op, reshape);
}

Value Sinker::inFront(Value operand, ReshapeOp reshape, OpBuilder &builder) {
  if (Value before = moved.lookup(operand))
    return before;
  if (operand.getDefiningOp<ReshapeOp>() && reshapeOf.contains(operand))
    return operand.getDefiningOp<ReshapeOp>().getData();
  RankedTensorType type = typeOf(operand), before = typeOf(reshape.getData());
  if (isSameInFront(type, reshape))
    return operand;
  SmallVector<int64_t> dims(before.getShape());
  llvm::replace(dims, ShapedType::kDynamic, int64_t(-1));
  auto shape = RankedTensorType::get({before.getRank()}, builder.getI64Type());
  Value constant = ConstantOp::create(builder, reshape.getLoc(), shape, DenseElementsAttr::get(shape, ArrayRef(dims)));
  return ReshapeOp::create(builder, reshape.getLoc(), before.clone(type.getElementType()), operand, constant, /*allowzero=*/false);
}

void Sinker::move() {
  for (auto [op, reshape] : decisions) {
    OpBuilder builder(op);
    IRMapping map;
    for (Value operand : op->getOperands())
      map.map(operand, inFront(operand, reshape, builder));
    Operation *before = builder.clone(*op, map);
    Type element = typeOf(op->getResult(0)).getElementType();
    before->getResult(0).setType(typeOf(reshape.getData()).clone(element));
    // Uses that cannot move see the result as it was.
    Value after = ReshapeOp::create(builder, reshape.getLoc(), op->getResult(0).getType(), before->getResult(0), reshape.getShape(),
                                    reshape.getAllowzero());
    moved[after] = before->getResult(0);
    op->getResult(0).replaceAllUsesWith(after);
    op->erase();
  }
}

namespace {
struct SinkReshapes : tenon::infer::impl::InferSinkReshapesPassBase<SinkReshapes> {
  void runOnOperation() override {
    if (getOperation().isDeclaration())
      return;
    Sinker sinker(getOperation());
    getOperation().walk([&](Operation *op) { sinker.decide(op); });
    sinker.move();
  }
};
} // namespace
