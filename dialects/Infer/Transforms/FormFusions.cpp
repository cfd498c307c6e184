// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups ops into dispatches: infer ops -> infer.fusion regions.
#include "dialects/Infer/Transforms/FusionGrouping.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::infer {
#define GEN_PASS_DEF_INFERFORMFUSIONSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

using namespace mlir;
using namespace tenon::infer;

namespace {
struct FormFusions : tenon::infer::impl::InferFormFusionsPassBase<FormFusions> {
  void runOnOperation() override {
    SmallVector<std::pair<Block *, SmallVector<FusionGroup>>> work;
    FusionDims dims;
    {
      // Everything is asked of the analysis before the first op changes.
      SymbolicShapes shapes(getOperation());
      auto sameShape = [&](Value a, Value b) { return shapes.haveEqualDims(a, b); };
      getOperation()->walk([&](Block *block) {
        if (!isa<FusionOp>(block->getParentOp()))
          work.emplace_back(block, formGroups(*block, sameShape));
      });
      for (auto &[block, groups] : work)
        if (failed(dims.collect(shapes, groups)))
          return signalPassFailure();
    }
    for (auto &[block, groups] : work) {
      for (const FusionGroup &group : groups)
        buildFusion(group, dims);
      // A fusion stands where its last op stood, which may be after a user of an earlier op of it.
      if (!sortTopologically(block)) {
        block->getParentOp()->emitError("expected fusions without cycles");
        return signalPassFailure();
      }
    }
  }
};
} // namespace
