// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// plan-form-host-calls: an op of HostOpInterface -> plan.host_dispatch, before what is left becomes kernels.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace tenon;

namespace tenon::plan {
#define GEN_PASS_DEF_PLANFORMHOSTCALLSPASS
#include "dialects/Plan/Transforms/Passes.h.inc"

namespace {
struct FormHostCalls : impl::PlanFormHostCallsPassBase<FormHostCalls> {
  void runOnOperation() override {
    getOperation().walk([](infer::HostOpInterface op) {
      OpBuilder builder(op);
      infer::HostCall call = op.buildHostCall(builder);
      SmallVector<Value> tensors =
          llvm::filter_to_vector(op->getOperands(), [](Value operand) { return isa<RankedTensorType>(operand.getType()); });
      auto dispatch = HostDispatchOp::create(builder, op.getLoc(), op->getResultTypes(), call.function, tensors, call.scalars,
                                             call.elementType, call.resultDims);
      op->replaceAllUsesWith(dispatch.getResults());
      op->erase();
    });
  }
};
} // namespace
} // namespace tenon::plan
