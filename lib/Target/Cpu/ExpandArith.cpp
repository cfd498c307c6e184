// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic that the target has no instructions for -> arithmetic that it has. Unlike upstream's pass it keeps maximumf and minimumf
// whole: LLVM's vectoriser knows them as reductions, and not the comparisons they would become.
#include "lib/Target/Cpu/Passes.h"

#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace tenon::cpu {
#define GEN_PASS_DEF_EXPANDARITHPASS
#include "lib/Target/Cpu/Passes.h.inc"

namespace {
struct ExpandArith : impl::ExpandArithPassBase<ExpandArith> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
} // namespace tenon::cpu
