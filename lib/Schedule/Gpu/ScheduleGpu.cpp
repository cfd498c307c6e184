// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions over tensors -> scf.forall per launch, an iteration per thread block.
#include "lib/Schedule/Gpu/SplitProducts.h"
#include "lib/Schedule/Gpu/SplitSums.h"
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/PrepareTensors.h"
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULEGPUPASS
#include "lib/Schedule/Passes.h.inc"

namespace {
struct ScheduleGpu : impl::ScheduleGpuPassBase<ScheduleGpu> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isDispatchFunction(function))
      return;
    Machine machine;
    machine.hasThreadBlocks = true;
    IRRewriter rewriter(&getContext());
    if (failed(prepareTensors(function)))
      return signalPassFailure();
    splitProducts(rewriter, function);
    splitSums(rewriter, function);
    if (failed(scheduleGeneric(rewriter, function, machine)) || failed(cleanUp(function)))
      signalPassFailure();
  }
};
} // namespace
} // namespace tenon::schedule
