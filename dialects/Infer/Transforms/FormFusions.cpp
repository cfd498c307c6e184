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

/// Gives dimension `axis` of `tensor`: its constant, or what tensor.dim says.
static Value dimOf(OpBuilder &builder, Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return arith::ConstantIndexOp::create(builder, tensor.getLoc(), type.getDimSize(axis));
  return tensor::DimOp::create(builder, tensor.getLoc(), tensor, axis);
}

static bool sameShape(Value a, Value b) {
  auto first = cast<RankedTensorType>(a.getType()), second = cast<RankedTensorType>(b.getType());
  return first.getShape() == second.getShape() && first.hasStaticShape();
}

namespace {
struct FormFusions : tenon::infer::impl::InferFormFusionsPassBase<FormFusions> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      if (!isa<FusionOp>(block->getParentOp()))
        blocks.push_back(block);
    });
    for (Block *block : blocks) {
      SmallVector<FusionGroup> groups = formGroups(*block, sameShape);
      for (const FusionGroup &group : groups)
        if (failed(buildFusion(group, dimOf)))
          return signalPassFailure();
      // A fusion stands where its last op stood, which may be after a user of an earlier op of it.
      if (!sortTopologically(block)) {
        block->getParentOp()->emitError("expected fusions without cycles");
        return signalPassFailure();
      }
    }
  }
};
} // namespace
