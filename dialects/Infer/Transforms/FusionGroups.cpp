// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a group of ops becomes an `infer.fusion`.
//
// Tensors come in as operands. What the host knows (index arithmetic, small shape constants, tensors made of host integers) is cloned into
// the region instead, down to index scalars, so that kernels get numbers and not memory.
#include "dialects/Infer/Transforms/FusionGroups.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace tenon::infer;

bool tenon::infer::isFreeView(Operation *op) {
  if (!isa_and_nonnull<InferDialect>(op->getDialect()))
    return false;
  return llvm::StringSwitch<bool>(op->getName().stripDialect()).Cases({"reshape", "squeeze", "unsqueeze"}, true).Default(false);
}

bool tenon::infer::isDeviceOp(Operation *op) {
  if (isa<ElementwiseOpInterface>(op)) // of any dialect
    return true;
  if (!isa_and_nonnull<InferDialect>(op->getDialect()) || isFreeView(op))
    return false;
  return !isa<ConstantOp, SymbolicDimOp, BindShapeOp, FusionOp, YieldOp>(op) && op->getNumRegions() == 0;
}

/// True for a constant that is part of an op's meaning (axes, pads, a scalar) rather than data to load.
static bool isCheapConstant(Operation *op) {
  auto constant = dyn_cast<ConstantOp>(op);
  if (!constant)
    return op->hasTrait<OpTrait::ConstantLike>();
  auto type = cast<RankedTensorType>(constant.getType());
  if (!isa<DenseElementsAttr>(constant.getValue()))
    return false;
  return type.getNumElements() == 1 || (type.getElementType().isInteger(64) && type.getRank() <= 1 && type.getNumElements() <= 16);
}

/// True for the scales or the region of a resize: its kernel has the taps of dims that change only, if it knows which.
static bool isScale(OpOperand &use) {
  auto constant = use.get().getDefiningOp<ConstantOp>();
  return constant && isa<ResizeOp>(use.getOwner()) && use.getOperandNumber() > 0 && isa<DenseElementsAttr>(constant.getValue());
}

/// True if `use` reads a value that the host knows as part of the op's meaning (a scalar, axes, sizes), so that it may be cloned beside the
/// op.
static bool isMeaning(OpOperand &use) {
  if (isScale(use))
    return true;
  Operation *def = use.get().getDefiningOp();
  if (!def || !(isCheapConstant(def) || isa<tensor::FromElementsOp>(def)))
    return false;
  Operation *op = use.getOwner();
  if (isa<ElementwiseOpInterface>(op))
    return true;
  // Of these, every operand is data that kernels load.
  bool allData = llvm::StringSwitch<bool>(op->getName().stripDialect())
                     .Cases({"concat", "mat_mul", "gemm", "conv", "scatter_elements", "scatter_nd"}, true)
                     .Default(false);
  return !allData && use.getOperandNumber() > 0;
}

namespace {
/// Copies a group into the region of a new fusion; `inputs` grows with what comes from outside.
class FusionBuilder {
public:
  FusionBuilder(const FusionGroup &group, FusionDims &dims)
      : group(group), dims(dims), inside(group.ops.begin(), group.ops.end()), outer(group.ops.back()), inner(outer.getContext()) {}

  void run();

private:
  Value lookup(Value outerValue);
  Value addInput(Value outerValue);
  void bindShape(Value tensor);
  SmallVector<Value> escapingResults();

  const FusionGroup &group;
  FusionDims &dims;
  llvm::SmallDenseSet<Operation *> inside;
  OpBuilder outer;
  OpBuilder inner;
  Block body;
  IRMapping map;
  SmallVector<Value> inputs;
};
} // namespace

/// Gives the value inside the region that stands for `outerValue`.
Value FusionBuilder::lookup(Value outerValue) {
  if (Value known = map.lookupOrNull(outerValue))
    return known;
  Operation *def = outerValue.getDefiningOp();
  bool scalar = !isa<RankedTensorType>(outerValue.getType());
  // Constants that are data have been made inputs before.
  bool cloneable =
      def && (isa<ConstantOp>(def) || isCheapConstant(def) || isa<tensor::FromElementsOp>(def) || (scalar && isa<arith::IndexCastOp>(def)));
  if (cloneable) {
    for (Value operand : def->getOperands())
      lookup(operand);
    inner.clone(*def, map);
    return map.lookup(outerValue);
  }
  if (!scalar || isa<IndexType>(outerValue.getType()))
    return addInput(outerValue);
  // Other integers travel as index: kernels take 64-bit scalars only.
  Value asIndex = arith::IndexCastOp::create(outer, outerValue.getLoc(), outer.getIndexType(), outerValue);
  Value back = arith::IndexCastOp::create(inner, outerValue.getLoc(), outerValue.getType(), addInput(asIndex));
  map.map(outerValue, back);
  return back;
}

Value FusionBuilder::addInput(Value outerValue) {
  inputs.push_back(outerValue);
  Value argument = body.addArgument(outerValue.getType(), outerValue.getLoc());
  map.map(outerValue, argument);
  return argument;
}

/// States the dims of a dynamic tensor inside the region in terms of index arguments.
void FusionBuilder::bindShape(Value tensor) {
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type || type.hasStaticShape())
    return;
  SmallVector<AffineExpr> shapeExprs;
  SmallVector<Value> symbols;
  ArrayRef<Value> dynamic = dims.dynamicDims(tensor);
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      shapeExprs.push_back(inner.getAffineConstantExpr(size));
      continue;
    }
    Value symbol = map.lookupOrNull(dynamic.front());
    if (!symbol)
      symbol = addInput(dynamic.front());
    dynamic = dynamic.drop_front();
    shapeExprs.push_back(inner.getAffineSymbolExpr(symbols.size()));
    symbols.push_back(symbol);
  }
  auto shape = AffineMap::get(0, symbols.size(), shapeExprs, inner.getContext());
  BindShapeOp::create(inner, tensor.getLoc(), map.lookup(tensor), symbols, shape);
}

SmallVector<Value> FusionBuilder::escapingResults() {
  SmallVector<Value> results;
  for (Operation *op : group.ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(op->getBlock()->findAncestorOpInBlock(*user)); }))
        results.push_back(result);
  return results;
}

void FusionBuilder::run() {
  // Arguments first, so that bind_shape can stand before every user.
  for (Operation *op : group.ops)
    for (OpOperand &use : op->getOpOperands()) {
      Operation *def = use.get().getDefiningOp();
      bool local = (def && inside.contains(def)) || isMeaning(use) || map.contains(use.get());
      if (isa<RankedTensorType>(use.get().getType()) && !local)
        addInput(use.get());
    }
  inner.setInsertionPointToStart(&body);
  for (Value tensor : llvm::to_vector(inputs))
    bindShape(tensor);
  SmallVector<Location> locations;
  for (Operation *op : group.ops) {
    for (Value operand : op->getOperands())
      lookup(operand);
    inner.clone(*op, map);
    for (Value result : op->getResults())
      bindShape(result);
    locations.push_back(op->getLoc());
  }

  SmallVector<Value> results = escapingResults(), yielded, resultDims;
  for (Value result : results) {
    yielded.push_back(map.lookup(result));
    llvm::append_range(resultDims, dims.dynamicDims(result));
  }
  Location location = outer.getFusedLoc(locations);
  YieldOp::create(inner, location, yielded);
  auto fusion = FusionOp::create(outer, location, TypeRange(ValueRange(results)), inputs, resultDims);
  fusion.getBody().push_back(new Block());
  Block &block = fusion.getBody().front();
  for (BlockArgument argument : body.getArguments())
    argument.replaceAllUsesWith(block.addArgument(argument.getType(), argument.getLoc()));
  block.getOperations().splice(block.end(), body.getOperations());
  for (auto [before, after] : llvm::zip_equal(results, fusion.getResults()))
    before.replaceAllUsesWith(after), dims.replace(before, after);
  for (Operation *op : llvm::reverse(group.ops))
    op->erase();
}

void tenon::infer::buildFusion(const FusionGroup &group, FusionDims &dims) { FusionBuilder(group, dims).run(); }
