// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fusion regions -> dispatch functions: infer.fusion -> plan.dispatch of a private function, views -> plan.reshape.
//
// Two bodies that differ only in locations share one function: the first one outlined. Networks repeat their blocks, so this is
// what keeps compile time and code size in proportion to the distinct layers, not to the depth.
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OperationSupport.h"

namespace tenon::plan {
#define GEN_PASS_DEF_PLANOUTLINEDISPATCHESPASS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace tenon::plan

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

/// Hashes a body by its ops, types, attributes and use-def structure; equal bodies have equal hashes.
static llvm::hash_code hashBody(Block &body) {
  llvm::DenseMap<Value, unsigned> numbers;
  llvm::hash_code hash = llvm::hash_value(body.getNumArguments());
  auto number = [&](Value value) {
    hash = llvm::hash_combine(hash, value.getType().getAsOpaquePointer());
    numbers.try_emplace(value, numbers.size());
  };
  for (Value argument : body.getArguments())
    number(argument);
  body.walk<WalkOrder::PreOrder>([&](Operation *op) {
    hash = llvm::hash_combine(hash, op->getName().getAsOpaquePointer(), op->getAttrDictionary().getAsOpaquePointer());
    for (Value operand : op->getOperands())
      hash = llvm::hash_combine(hash, numbers.lookup(operand));
    for (Value result : op->getResults())
      number(result);
  });
  return hash;
}

namespace {
struct OutlineDispatches : tenon::plan::impl::PlanOutlineDispatchesPassBase<OutlineDispatches> {
  void runOnOperation() override;

  func::FuncOp functionFor(infer::FusionOp fusion);
  void noteInterface(func::FuncOp main);

  /// Functions outlined so far by the hash of their bodies.
  llvm::DenseMap<size_t, SmallVector<func::FuncOp>> known;
  unsigned count = 0;
};
} // namespace

/// Finds the function with this fusion's body, or makes it by moving the body out.
func::FuncOp OutlineDispatches::functionFor(infer::FusionOp fusion) {
  Operation *terminator = fusion.getBody().front().getTerminator();
  OpBuilder builder(terminator);
  func::ReturnOp::create(builder, terminator->getLoc(), terminator->getOperands());
  terminator->erase();

  SmallVector<func::FuncOp> &candidates = known[hashBody(fusion.getBody().front())];
  for (func::FuncOp candidate : candidates)
    if (OperationEquivalence::isRegionEquivalentTo(&candidate.getBody(), &fusion.getBody(), OperationEquivalence::IgnoreLocations))
      return candidate;

  auto module = getOperation();
  builder.setInsertionPointToEnd(module.getBody());
  auto type = builder.getFunctionType(fusion.getInputs().getTypes(), fusion.getResultTypes());
  auto function = func::FuncOp::create(builder, fusion.getLoc(), "dispatch_" + std::to_string(count++), type);
  function.setPrivate();
  function.getBody().takeBody(fusion.getBody());
  candidates.push_back(function);
  return function;
}

/// Writes what the caller of the engine sees, {name, type, dims}, before later passes change the signature.
void OutlineDispatches::noteInterface(func::FuncOp main) {
  Builder builder(main.getContext());
  auto describe = [&](Type type, DictionaryAttr attributes) -> Attribute {
    NamedAttrList entry(attributes);
    entry.append("type", TypeAttr::get(type));
    return entry.getDictionary(main.getContext());
  };
  // Of what versions give, dims that are equal are known.
  SmallVector<func::FuncOp, 2> versions = infer::versionsOf(getOperation());
  auto resultType = [&](unsigned i) -> Type {
    auto type = dyn_cast<RankedTensorType>(main.getResultTypes()[i]);
    if (!type)
      return main.getResultTypes()[i];
    SmallVector<int64_t> dims(type.getShape());
    for (func::FuncOp version : versions)
      for (auto [dim, other] : llvm::zip_equal(dims, cast<RankedTensorType>(version.getResultTypes()[i]).getShape()))
        dim = dim == other ? dim : ShapedType::kDynamic;
    return RankedTensorType::get(dims, type.getElementType());
  };
  SmallVector<Attribute> inputs, outputs;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    inputs.push_back(describe(main.getArgumentTypes()[i], main.getArgAttrDict(i)));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    outputs.push_back(describe(resultType(i), main.getResultAttrDict(i)));
  getOperation()->setAttr("plan.inputs", builder.getArrayAttr(inputs));
  getOperation()->setAttr("plan.outputs", builder.getArrayAttr(outputs));
}

/// For each dim of a squeeze's or unsqueeze's result the operand's dim that it is.
static SmallVector<int64_t> sourceDims(Operation *op) {
  ArrayRef<int64_t> axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  bool squeezes = op->getName().stripDialect() == "squeeze";
  SmallVector<int64_t> sources;
  int64_t rank = cast<RankedTensorType>((squeezes ? op->getOperand(0) : op->getResult(0)).getType()).getRank();
  for (int64_t axis = 0, next = 0; axis < rank; ++axis) {
    bool isOwn = llvm::is_contained(axes, axis);
    if (!squeezes)
      sources.push_back(isOwn ? -1 : next++);
    else if (!isOwn)
      sources.push_back(axis);
  }
  return sources;
}

/// Dynamic dims of a view: a reshape is given them (shape materialisation leaves no zeros or -1 there), the others take over their
/// operand's.
static LogicalResult dynamicDims(OpBuilder &builder, Operation *op, SmallVectorImpl<Value> &dims) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  bool isReshape = op->getName().stripDialect() == "reshape";
  SmallVector<int64_t> sources = isReshape ? SmallVector<int64_t>() : sourceDims(op);
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      continue;
    Value dim = isReshape ? infer::hostElement(builder, op->getOperand(1), axis)
                          : infer::dimValue(builder, op->getLoc(), op->getOperand(0), sources[axis]);
    if (!dim)
      return op->emitError("expected a reshape whose dims the host knows");
    dims.push_back(dim);
  }
  return success();
}

/// Replaces a view by plan.reshape, its dynamic dims as SSA values.
static LogicalResult replaceView(Operation *op) {
  OpBuilder builder(op);
  SmallVector<Value> dims;
  if (failed(dynamicDims(builder, op, dims)))
    return failure();
  auto view = ReshapeOp::create(builder, op->getLoc(), op->getResult(0).getType(), op->getOperand(0), dims);
  op->replaceAllUsesWith(view);
  op->erase();
  return success();
}

void OutlineDispatches::runOnOperation() {
  auto main = getOperation().lookupSymbol<func::FuncOp>("main");
  if (!main) {
    getOperation().emitError("expected a function named main");
    return signalPassFailure();
  }
  noteInterface(main);
  SmallVector<infer::FusionOp> fusions;
  SmallVector<Operation *> views;
  for (func::FuncOp version : infer::versionsOf(getOperation()))
    version.walk([&](Operation *op) {
      if (auto fusion = dyn_cast<infer::FusionOp>(op))
        fusions.push_back(fusion);
      else if (infer::isFreeView(op) && !op->getParentOfType<infer::FusionOp>())
        views.push_back(op);
    });
  for (infer::FusionOp fusion : fusions) {
    func::FuncOp function = functionFor(fusion);
    OpBuilder builder(fusion);
    auto dispatch = DispatchOp::create(builder, fusion.getLoc(), fusion.getResultTypes(), function.getName(), fusion.getInputs(),
                                       fusion.getResultDims());
    fusion.replaceAllUsesWith(dispatch);
    fusion.erase();
  }
  for (Operation *view : views)
    if (failed(replaceView(view)))
      return signalPassFailure();
}
