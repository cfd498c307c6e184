// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A pass, and the entry that `tenon-opt --load-pass-plugin` looks for: extra-square-to-mul says extra.square by a product,
// and drops one that nothing reads.
#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

namespace {
struct SquareToMul : PassWrapper<SquareToMul, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SquareToMul)
  StringRef getArgument() const final { return "extra-square-to-mul"; }
  StringRef getDescription() const final { return "Say extra.square by infer.mul"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<tenon::infer::InferDialect>(); }

  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      if (op->getName().getStringRef() != "extra.square")
        return;
      OpBuilder builder(op);
      Value x = op->getOperand(0);
      if (!op->use_empty())
        op->replaceAllUsesWith(ValueRange(tenon::infer::MulOp::create(builder, op->getLoc(), op->getResult(0).getType(), x, x)));
      op->erase();
    });
  }
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "extra", "0.1", [] { PassRegistration<SquareToMul>(); }};
}
