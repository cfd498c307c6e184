// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise dispatches that write into the memory of an operand: the argument of the function is marked `plan.reused`.
//
//   %1 = plan.dispatch @exp(%0)            ->    %1 = plan.dispatch @exp_in_0(%0)     // %0 is needed no more
//   func @exp(%a)                                func @exp(%a), func @exp_in_0(%a {plan.reused})
//
// Kernels are compiled with the knowledge that what they write is no other operand's memory, so a function that reuses one is another
// function than the same body that does not.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Plan/IR/Reuse.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

namespace tenon::plan {
#define GEN_PASS_DEF_PLANREUSEOPERANDSPASS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace tenon::plan

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

namespace {
struct ReuseOperands : tenon::plan::impl::PlanReuseOperandsPassBase<ReuseOperands> {
  void runOnOperation() override;
  void visit(DispatchOp dispatch, func::FuncOp callee);
  func::FuncOp variantOf(func::FuncOp callee, unsigned argument);

  llvm::DenseMap<std::pair<Operation *, unsigned>, func::FuncOp> variants;
};
} // namespace

/// True for a function of elementwise ops with one result: every op of it runs over the result's dims, or over what broadcasts to them.
static bool isElementwise(func::FuncOp function) {
  if (function.isExternal() || function.getNumResults() != 1)
    return false;
  return llvm::all_of(function.getBody().front().without_terminator(), [](Operation &op) {
    return isa<infer::ElementwiseOpInterface, infer::ConstantOp, infer::BindShapeOp, tensor::FromElementsOp, arith::ConstantOp,
               arith::IndexCastOp>(op);
  });
}

/// The values of a tensor's dynamic dims, if the op that gives it names them.
static std::optional<ValueRange> dynamicDims(Value tensor) {
  if (auto reshape = tensor.getDefiningOp<ReshapeOp>())
    return reshape.getResultDims();
  auto dispatch = tensor.getDefiningOp<DispatchOp>();
  if (!dispatch)
    return std::nullopt;
  ValueRange dims = dispatch.getResultDims();
  for (Value result : dispatch.getResults()) {
    int64_t count = cast<RankedTensorType>(result.getType()).getNumDynamicDims();
    if (result == tensor)
      return dims.take_front(count);
    dims = dims.drop_front(count);
  }
  return std::nullopt;
}

/// True for the value of a result of the program or a part of a join: its place is there.
static bool hasPlace(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (isTensorView(user))
      return hasPlace(user->getResult(0));
    return isa<func::ReturnOp, JoinOp>(user);
  });
}

/// Why operand number `index` cannot hold the result; empty if it can.
static StringRef refuse(DispatchOp dispatch, unsigned index) {
  Value operand = dispatch.getInputs()[index];
  std::optional<ValueRange> dims = dynamicDims(operand);
  if (StringRef reason = whyNotFree(dispatch, index); !reason.empty())
    return reason;
  if (!dims || *dims != dispatch.getResultDims())
    return "the dims are not known to be equal";
  return {};
}

/// The function that makes its result in the memory of `argument`.
func::FuncOp ReuseOperands::variantOf(func::FuncOp callee, unsigned argument) {
  func::FuncOp &variant = variants[{callee, argument}];
  if (!variant) {
    OpBuilder builder(callee);
    builder.setInsertionPointAfter(callee);
    variant = cast<func::FuncOp>(builder.clone(*callee));
    variant.setName((callee.getName() + "_in_" + Twine(argument)).str());
    variant.setArgAttr(argument, kReused, builder.getUnitAttr());
  }
  return variant;
}

void ReuseOperands::visit(DispatchOp dispatch, func::FuncOp callee) {
  StringRef reason; // for the first operand that could have been it
  bool placed = hasPlace(dispatch.getResult(0));
  for (auto [index, operand] : llvm::enumerate(dispatch.getInputs())) {
    if (operand.getType() != dispatch.getResult(0).getType())
      continue;
    StringRef refusal = placed ? StringRef("the result has a place of its own") : refuse(dispatch, index);
    if (!refusal.empty()) {
      reason = reason.empty() ? refusal : reason;
      continue;
    }
    dispatch.setCallee(variantOf(callee, index).getName());
    remark::passed(dispatch.getLoc(), remark::RemarkOpts::name("Reused").category("memory"))
        << remark::metric("Operand", Twine(index).str());
    return;
  }
  remark::missed(dispatch.getLoc(), remark::RemarkOpts::name("NotReused").category("memory"))
      << remark::metric("Reason", reason.empty() ? "no operand has the result's type" : reason.str());
}

void ReuseOperands::runOnOperation() {
  SymbolTableCollection symbols;
  SmallVector<std::pair<DispatchOp, func::FuncOp>> dispatches;
  getOperation().walk([&](DispatchOp dispatch) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(dispatch, dispatch.getCalleeAttr());
    if (callee && isElementwise(callee))
      dispatches.emplace_back(dispatch, callee);
  });
  for (auto [dispatch, callee] : dispatches)
    visit(dispatch, callee);
  // What every caller runs in place is not needed as it was.
  llvm::SetVector<func::FuncOp> callees;
  for (auto [dispatch, callee] : dispatches)
    callees.insert(callee);
  for (func::FuncOp callee : callees)
    if (SymbolTable::symbolKnownUseEmpty(callee, getOperation()))
      callee.erase();
}
