// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Control ops over tensors -> host control flow: the condition is read back, the branches stay as they are.
//
//   %y = infer.if %c { infer.yield %a } else { infer.yield %b }
//   ->  %p = tensor.extract %c[]
//       %y = scf.if %p { scf.yield %a } else { scf.yield %b }
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::infer {
#define GEN_PASS_DEF_INFERLOWERCONTROLPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

using namespace mlir;
using namespace tenon::infer;

/// Moves the body of `from` into `to`; its yield gives values of the types of `results`.
static void moveBranch(Region &from, Region &to, TypeRange results) {
  to.takeBody(from);
  Operation *yield = to.front().getTerminator();
  OpBuilder builder(yield);
  SmallVector<Value> values;
  for (auto [value, type] : llvm::zip_equal(yield->getOperands(), results))
    values.push_back(value.getType() == type ? value : tensor::CastOp::create(builder, yield->getLoc(), type, value).getResult());
  scf::YieldOp::create(builder, yield->getLoc(), values);
  yield->erase();
}

namespace {
struct LowerControl : tenon::infer::impl::InferLowerControlPassBase<LowerControl> {
  void runOnOperation() override {
    SmallVector<IfOp> branches;
    getOperation()->walk([&](IfOp op) { branches.push_back(op); });
    for (IfOp op : branches) {
      OpBuilder builder(op);
      auto type = cast<RankedTensorType>(op.getCond().getType());
      SmallVector<Value> zeros(type.getRank(), arith::ConstantIndexOp::create(builder, op.getLoc(), 0));
      Value condition = tensor::ExtractOp::create(builder, op.getLoc(), op.getCond(), zeros);
      auto branch = scf::IfOp::create(builder, op.getLoc(), op.getResultTypes(), condition, /*addThenBlock=*/false, /*addElseBlock=*/false);
      moveBranch(op.getThenBranch(), branch.getThenRegion(), op.getResultTypes());
      moveBranch(op.getElseBranch(), branch.getElseRegion(), op.getResultTypes());
      op.replaceAllUsesWith(branch.getResults());
      op.erase();
    }
  }
};
} // namespace
