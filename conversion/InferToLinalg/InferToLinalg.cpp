// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions over infer ops -> functions over linalg, tensor and scf. One walk, op by op in program order: an op's lowering is looked up in
// a table, reads the lowered form of its operands and registers that of its results; the infer ops are erased at the end.
#include "conversion/InferToLinalg/Passes.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace tenon {
#define GEN_PASS_DEF_CONVERTINFERTOLINALGPASS
#include "conversion/InferToLinalg/Passes.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon;

/// The same elements as memory holds them: bools as bytes, unsigned integers without sign. Large constants keep their blob.
static ElementsAttr toStorage(ElementsAttr value) {
  auto type = cast<ShapedType>(storageTensorType(value.getType()));
  if (type == value.getType())
    return value;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return {};
  if (value.getElementType().isInteger(1))
    return cast<DenseIntElementsAttr>(dense).mapValues(type.getElementType(), [](const APInt &bit) { return bit.zext(8); });
  return dense.bitcast(type.getElementType());
}

namespace {
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, const LoweringTable &table, bool threadBlocks)
      : function(function), table(table), threadBlocks(threadBlocks),
        builder(&function.getBody().front(), function.getBody().front().begin()), shapes(function, builder, lowered) {}

  LogicalResult run();

private:
  void convertArguments();
  LogicalResult lower(Operation *op);
  LogicalResult lowerConstant(infer::ConstantOp op);
  void keep(Operation *op);
  void convertReturn(func::ReturnOp op);

  func::FuncOp function;
  const LoweringTable &table;
  bool threadBlocks;
  OpBuilder builder;
  IRMapping lowered;
  DispatchDims shapes;
  SmallVector<Operation *> dead;
};
} // namespace

/// Arguments whose type changes get a twin; the old ones stay until the ops that use them are gone, because ops are lowered by their types.
void FunctionLowering::convertArguments() {
  Block &body = function.getBody().front();
  for (unsigned i = 0; i < body.getNumArguments(); ++i) {
    BlockArgument argument = body.getArgument(i);
    Type type = storageTensorType(argument.getType());
    if (type != argument.getType())
      lowered.map(argument, body.insertArgument(++i, type, argument.getLoc()));
  }
}

LogicalResult FunctionLowering::lowerConstant(infer::ConstantOp op) {
  ElementsAttr value = toStorage(op.getValue());
  if (!value)
    return op.emitError("expected a dense constant, got ") << op.getValue().getType();
  lowered.map(op.getResult(), arith::ConstantOp::create(builder, op.getLoc(), value).getResult());
  return success();
}

/// Leaves an op as it is, on lowered operands: in place, so that dims that name its results stay valid, unless a result's type changes.
void FunctionLowering::keep(Operation *op) {
  if (llvm::all_of(op->getResultTypes(), [](Type type) { return storageTensorType(type) == type; }) &&
      !isa<infer::InferDialect>(op->getDialect())) {
    for (OpOperand &operand : op->getOpOperands())
      operand.set(lowered.lookupOrDefault(operand.get()));
    return;
  }
  Operation *copy = builder.clone(*op, lowered);
  for (auto [before, after] : llvm::zip_equal(op->getResults(), copy->getResults())) {
    after.setType(storageTensorType(after.getType()));
    lowered.map(before, after);
  }
  dead.push_back(op);
}

void FunctionLowering::convertReturn(func::ReturnOp op) {
  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    Value value = lowered.lookupOrDefault(operand);
    Type type = storageTensorType(operand.getType());
    if (value.getType() != type)
      value = tensor::CastOp::create(builder, op.getLoc(), type, value);
    operands.push_back(value);
  }
  op->setOperands(operands);
}

LogicalResult FunctionLowering::lower(Operation *op) {
  builder.setInsertionPoint(op);
  if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
    convertReturn(terminator);
    return success();
  }
  if (!isa<infer::InferDialect>(op->getDialect()) && !isa<infer::ElementwiseOpInterface>(op)) {
    keep(op);
    return success();
  }
  dead.push_back(op);
  if (isa<infer::BindShapeOp>(op))
    return success();
  if (auto constant = dyn_cast<infer::ConstantOp>(op))
    return lowerConstant(constant);
  Lowering lowering(builder, op, shapes, lowered, threadBlocks);
  if (isa<infer::ElementwiseOpInterface>(op))
    return success(succeeded(lowerElementwise(lowering)) && !lowering.failedOnce());
  if (LowerFn function = table.lookup(op))
    return function(lowering);
  return op->emitError("expected an op with a lowering to linalg, got '") << op->getName() << "'";
}

LogicalResult FunctionLowering::run() {
  Block &body = function.getBody().front();
  convertArguments();
  for (Operation &op : llvm::make_early_inc_range(body))
    if (failed(lower(&op)))
      return failure();
  for (Operation *op : llvm::reverse(dead))
    op->erase();
  for (unsigned i = body.getNumArguments(); i-- > 0;)
    if (lowered.contains(body.getArgument(i)))
      body.eraseArgument(i);
  SmallVector<Type> results;
  for (Type type : function.getResultTypes())
    results.push_back(storageTensorType(type));
  function.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), results));
  return success();
}

/// Changes the types of a host function in place; its ops do not compute on elements.
static LogicalResult convertTypes(func::FuncOp function) {
  auto convert = [](ValueRange values) {
    for (Value value : values)
      value.setType(storageTensorType(value.getType()));
  };
  WalkResult result = function.walk([&](Operation *op) {
    convert(op->getResults());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        convert(block.getArguments());
    auto constant = dyn_cast<infer::ConstantOp>(op);
    if (!constant)
      return WalkResult::advance();
    ElementsAttr value = toStorage(constant.getValue());
    if (!value)
      return constant.emitError("expected a dense constant"), WalkResult::interrupt();
    constant.setValueAttr(value);
    return WalkResult::advance();
  });
  SmallVector<Type> inputs, results;
  for (Type type : function.getArgumentTypes())
    inputs.push_back(storageTensorType(type));
  for (Type type : function.getResultTypes())
    results.push_back(storageTensorType(type));
  function.setFunctionType(FunctionType::get(function.getContext(), inputs, results));
  return failure(result.wasInterrupted());
}

/// A function of the host calls dispatches; it has no ops to lower. Once dispatches are outlined, @main is one even if it has none.
static bool isHostFunction(func::FuncOp function) {
  bool isVersion = function.getName() == "main" || function.getName() == infer::kGeneralName;
  bool isOutlined = function->getParentOp()->hasAttr("plan.inputs") && isVersion;
  if (function.isExternal() || isOutlined)
    return true;
  return function
      .walk([](Operation *op) {
        bool host = op->getDialect() && op->getDialect()->getNamespace() == "plan";
        return host ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {
struct ConvertInferToLinalg : tenon::impl::ConvertInferToLinalgPassBase<ConvertInferToLinalg> {
  using ConvertInferToLinalgPassBase::ConvertInferToLinalgPassBase;

  void runOnOperation() override {
    LoweringTable table;
    addContractionLowerings(table);
    addIndexingLowerings(table);
    addNormalizationLowerings(table);
    addPoolingLowerings(table);
    addRecurrentLowerings(table);
    addReductionLowerings(table);
    addResizeLowerings(table);
    addScatterLowerings(table);
    addSelectionLowerings(table);
    addShapeLowerings(table);
    addViewLowerings(table);
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      bool host = isHostFunction(function);
      if (!host && !function.getBody().hasOneBlock()) {
        function.emitError("expected a dispatch function of one block");
        return signalPassFailure();
      }
      if (failed(host ? convertTypes(function) : FunctionLowering(function, table, threadBlocks).run()))
        return signalPassFailure();
    }
  }
};
} // namespace
