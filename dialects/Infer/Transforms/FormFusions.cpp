// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups ops into dispatches: infer ops -> infer.fusion regions.
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Infer/Transforms/Passes.h"
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

namespace {
struct FormFusions : tenon::infer::impl::InferFormFusionsPassBase<FormFusions> {
  void runOnOperation() override {
    SmallVector<FusionGroup> groups;
    getOperation()->walk([&](Operation *op) {
      if (op->getParentOfType<FusionOp>())
        return;
      if (isDeviceOp(op))
        groups.push_back({{op}});
    });
    for (const FusionGroup &group : groups)
      if (failed(buildFusion(group, dimOf)))
        return signalPassFailure();
  }
};
} // namespace
