// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions that are products -> launches of tensor-core kernels.
//
//   func @d(%a: tensor<?x768xf16>, %w: tensor<768x64xf16>, %n: index) -> tensor<?x64xf16> { infer.mat_mul }
//   ->
//   func @d(%a: memref<?x768xf16>, %w: memref<768x64xf16>, %n: index, %c: memref<?x64xf16>) { plan.launch @product_0 ... maps [a, w, c] }
//   module @kernels { tile.kernel @product_0 }
//
// Kernels know no sizes, so equal problems of any size share them. Where M is known the cost model names one kernel; where not, the host
// chooses among a few by the same model when shapes are bound.
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Schedule/Tile/ProductHost.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULETILEPRODUCTSPASS
#include "lib/Schedule/Tile/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using tile::KernelOp;

namespace {

struct TileProducts : tenon::schedule::impl::ScheduleTileProductsPassBase<TileProducts> {
  void runOnOperation() override;
  FailureOr<KernelOp> getKernel(const ProductDispatch &product, const AnyGemmSchedule &schedule);
  LogicalResult rewrite(const ProductDispatch &product);

  ModuleOp kernels;
  SmallVector<KernelOp> known;
};

} // namespace

/// A kernel for the problem: one that is there already, or a new one.
FailureOr<KernelOp> TileProducts::getKernel(const ProductDispatch &product, const AnyGemmSchedule &schedule) {
  auto builder = OpBuilder::atBlockEnd(kernels.getBody());
  std::string name = "product_" + std::to_string(known.size());
  FailureOr<KernelOp> kernel = buildAnyGemm(builder, product.root->getLoc(), name, product.problem, schedule);
  if (failed(kernel))
    return failure();
  adaptProductParameters(*kernel, product.problem);
  // What lib/Target/Cuda asks about a kernel.
  (*kernel)->setDiscardableAttr("gpu.known_block_size", builder.getDenseI32ArrayAttr({static_cast<int32_t>(kernel->getThreads()), 1, 1}));
  (*kernel)->setDiscardableAttr("cuda.scratch", builder.getStringAttr("shared"));
  if (std::holds_alternative<GemmSchedule>(schedule))
    (*kernel)->setDiscardableAttr("cuda.persistent", builder.getUnitAttr());
  OpPassManager place(KernelOp::getOperationName());
  place.addPass(tile::createTilePlaceSharedPass());
  if (failed(runPipeline(place, *kernel)))
    return failure();
  for (KernelOp other : known)
    if (other.getFunctionType() == kernel->getFunctionType() && other.getThreads() == kernel->getThreads() &&
        other.getCluster() == kernel->getCluster() &&
        OperationEquivalence::isRegionEquivalentTo(&other.getBody(), &kernel->getBody(), OperationEquivalence::IgnoreLocations)) {
      kernel->erase();
      return other;
    }
  known.push_back(*kernel);
  return kernel;
}

LogicalResult TileProducts::rewrite(const ProductDispatch &product) {
  auto [sizes, open] = product.getSizes();
  SmallVector<ProductKernel> chosen;
  for (const GemmChoice &choice : chooseGemms(product.problem, sizes, open)) {
    FailureOr<KernelOp> kernel = getKernel(product, choice.schedule);
    if (failed(kernel))
      return failure();
    chosen.push_back({*kernel, choice});
  }
  writeProductHost(product, chosen);
  return success();
}

void TileProducts::runOnOperation() {
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    std::string reason;
    FailureOr<ProductDispatch> product = matchProductDispatch(function, reason);
    if (failed(product)) {
      if (!reason.empty())
        remark::missed(function.getLoc(), remark::RemarkOpts::name("NoTensorCores").category("schedule"))
            << remark::metric("Reason", reason);
      continue;
    }
    if (!kernels) {
      auto builder = OpBuilder::atBlockEnd(getOperation().getBody());
      kernels = ModuleOp::create(builder, getOperation().getLoc(), "kernels");
    }
    if (failed(rewrite(*product)))
      return signalPassFailure();
  }
}
