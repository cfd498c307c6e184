// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-round-weights: weights that tensor cores will read as tf32 -> the nearest numbers that it has.
//
// The cores cut what they read, which makes all products smaller, by as much again for each operand. Weights are rounded at build time
// instead; what the model computes is cut all the same.
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Infer/Transforms/Weights.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERROUNDWEIGHTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// The constant, which a transpose and zeros behind its rows may follow, if nothing else reads it: what does would need a copy as it was.
bool isOwnConstant(Value weights) {
  while (weights.hasOneUse() && isa_and_nonnull<TransposeOp, PadOp>(weights.getDefiningOp()))
    weights = weights.getDefiningOp()->getOperand(0);
  return weights.hasOneUse() && matchPattern(weights, m_Constant());
}

/// c - (c - w) with c = (2^13 + 1) w has 11 bits of w, rounded to nearest (Dekker, A floating-point technique for extending the available
/// precision, 1971). Numbers whose c may overflow stay.
Value round(OpBuilder &builder, Location loc, Value weights) {
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  auto constant = [&](float value) -> Value { return ConstantOp::create(builder, loc, scalar, DenseElementsAttr::get(scalar, value)); };
  Value large = MulOp::create(builder, loc, weights, constant(8193));
  Value rounded = SubOp::create(builder, loc, large, SubOp::create(builder, loc, large, weights));
  Value isSmall = LessOp::create(builder, loc, AbsOp::create(builder, loc, weights), constant(0x1p100f));
  return WhereOp::create(builder, loc, isSmall, rounded, weights);
}

// %y = gemm %x, %w {trans_b} : f32
// becomes
// %y = gemm %x, (round %w) {trans_b}
struct RoundWeights : tenon::infer::impl::InferRoundWeightsPassBase<RoundWeights> {
  void runOnOperation() override {
    getOperation().walk([](GemmOp op) {
      if (!elementType(op.getB()).isF32() || !isOwnConstant(op.getB()))
        return;
      OpBuilder builder(op);
      op.getBMutable().assign(round(builder, op.getLoc(), op.getB()));
    });
  }
};

} // namespace
