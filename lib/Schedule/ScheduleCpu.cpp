// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions over tensors -> scf.forall per launch.
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/PrepareTensors.h"
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULECPUPASS
#include "lib/Schedule/Passes.h.inc"

namespace {
struct ScheduleCpu : impl::ScheduleCpuPassBase<ScheduleCpu> {
  using ScheduleCpuPassBase::ScheduleCpuPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isDispatchFunction(function))
      return;
    IRRewriter rewriter(&getContext());
    if (failed(prepareTensors(function)) || failed(scheduleGeneric(rewriter, function, Machine{{vectorBytes, vectorRegisters}})) ||
        failed(cleanUp(function)))
      signalPassFailure();
  }
};
} // namespace
} // namespace tenon::schedule
