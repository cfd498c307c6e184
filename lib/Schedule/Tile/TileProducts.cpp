// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions that are products -> launches of tensor-core kernels.
//
//   func @d(%a: tensor<?x768xf16>, %w: tensor<768x64xf16>, %n: index) -> tensor<?x64xf16> { infer.mat_mul }
//   ->
//   func @d(%a: memref<?x768xf16>, %w: memref<768x64xf16>, %n: index, %c: memref<?x64xf16>) { plan.launch @product_0 ... maps [a, w, c] }
//   module @kernels { tile.kernel @product_0 }
//
// Kernels know no sizes, so equal problems of any size share them. Where all sizes are known, one kernel is named, by a table of measured
// schedules or else by the cost model; where not, the host chooses among a few by the same model when shapes are bound.
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Tile/PadRows.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Schedule/Tile/ProductHost.h"
#include "lib/Schedule/Tile/TunedTable.h"
#include "lib/Schedule/Tile/TurnRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

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
  using Base::Base;
  TileProducts(std::shared_ptr<const TunedTable> tuned, bool tf32) : tuned(std::move(tuned)) { this->tf32 = tf32; }

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;
  SmallVector<GemmChoice> choose(const ProductDispatch &product);
  LogicalResult complete(KernelOp kernel);
  FailureOr<KernelOp> getKernel(const ProductDispatch &product, const AnyGemmSchedule &schedule);
  FailureOr<KernelOp> getShared(KernelOp &kernel, function_ref<KernelOp(OpBuilder &)> build);
  FailureOr<KernelOp> getPadding(const ProductDispatch &product, PaddedOperands padded);
  FailureOr<KernelOp> getTurning(const ProductDispatch &product, PaddedOperands padded);
  FailureOr<KernelOp> getMeasuredKernel(const ProductDispatch &product, const GemmChoice &choice);
  LogicalResult rewrite(const ProductDispatch &product);
  void missed(func::FuncOp function, StringRef reason);

  std::shared_ptr<const TunedTable> tuned; // null: none
  ModuleOp kernels;
  SmallVector<KernelOp> known;
  std::array<KernelOp, 2> paddings; // for one matrix and for two; null: not there yet
  std::array<KernelOp, 2> turnings; // of bytes and of words
};

} // namespace

LogicalResult TileProducts::initialize(MLIRContext *context) {
  const std::string &path = table.getValue();
  if (path.empty())
    return success();
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return emitError(UnknownLoc::get(context), "cannot read '") << path << "': " << file.getError().message();
  llvm::Expected<TunedTable> read = TunedTable::parse((*file)->getBuffer(), path);
  if (!read)
    return emitError(UnknownLoc::get(context), llvm::toString(read.takeError()));
  tuned = std::make_shared<const TunedTable>(std::move(*read));
  return success();
}

/// What was measured comes first: the one schedule for a known M, or ranges beside the cost model's choices, which serve the rest. None:
/// the generic schedule is better.
SmallVector<GemmChoice> TileProducts::choose(const ProductDispatch &product) {
  auto [sizes, open] = product.getSizes();
  ProductKey key = ProductKey::get(product.problem, sizes);
  auto choiceOf = [&, sizes = sizes, open = open](const TunedEntry &entry) {
    GemmChoice choice{entry.schedule, entry.mostRows, {}};
    GemmSizes measured = sizes;
    if (open.rows)
      measured.m = entry.mostRows;
    // Rows of a transposed A have a length that only the run knows.
    if (!open.rows || !product.problem.transposeA)
      choice.padded = choosePadding(product.problem, measured);
    if (auto *large = std::get_if<GemmSchedule>(&choice.schedule))
      fitStrides(product.problem, sizes, *large, choice.padded);
    choice.measured = &entry;
    return choice;
  };
  bool isAsked = tuned && !open.batch && !open.columns && !open.sums;
  const TunedEntry *exact = isAsked && !open.rows ? tuned->find(key, sizes.m) : nullptr;
  if (exact)
    return {choiceOf(*exact)};
  if (isBetterGeneric(product.problem, sizes, open))
    return {};
  SmallVector<GemmChoice> choices = chooseGemms(product.problem, sizes, open);
  if (isAsked && open.rows)
    for (const TunedEntry *entry : tuned->findRanges(key))
      choices.push_back(choiceOf(*entry));
  return choices;
}

/// Gives a kernel what lib/Target/Cuda asks about it.
LogicalResult TileProducts::complete(KernelOp kernel) {
  Builder builder(&getContext());
  kernel->setDiscardableAttr("gpu.known_block_size", builder.getDenseI32ArrayAttr({static_cast<int32_t>(kernel.getThreads()), 1, 1}));
  kernel->setDiscardableAttr("cuda.scratch", builder.getStringAttr("shared"));
  OpPassManager place(KernelOp::getOperationName());
  place.addPass(tile::createTilePlaceSharedPass());
  return runPipeline(place, kernel);
}

/// A kernel that products share: `build` writes it where it is not there yet.
FailureOr<KernelOp> TileProducts::getShared(KernelOp &kernel, function_ref<KernelOp(OpBuilder &)> build) {
  if (kernel)
    return kernel;
  auto builder = OpBuilder::atBlockEnd(kernels.getBody());
  kernel = build(builder);
  if (failed(complete(kernel)))
    return failure();
  return kernel;
}

/// The kernel that pads so many operands: products of all types share it.
FailureOr<KernelOp> TileProducts::getPadding(const ProductDispatch &product, PaddedOperands padded) {
  PaddedOperands turned = turnedOf(product.problem, padded);
  int64_t matrices = padded.count() - turned.count();
  if (matrices == 0)
    return KernelOp();
  return getShared(paddings[matrices - 1], [&](OpBuilder &builder) {
    return buildPadRows(builder, product.root->getLoc(), matrices == 1 ? "pad_rows" : "pad_rows_of_two", matrices);
  });
}

/// The kernel that turns operands of the product's elements.
FailureOr<KernelOp> TileProducts::getTurning(const ProductDispatch &product, PaddedOperands padded) {
  if (!turnedOf(product.problem, padded).any())
    return KernelOp();
  int64_t bytes = tile::elementBytes(product.problem.element);
  return getShared(turnings[bytes != 1], [&](OpBuilder &builder) {
    return buildTurnRows(builder, product.root->getLoc(), bytes == 1 ? "turn_rows_of_bytes" : "turn_rows_of_words", bytes);
  });
}

/// A kernel for the problem: one that is there already, or a new one.
FailureOr<KernelOp> TileProducts::getKernel(const ProductDispatch &product, const AnyGemmSchedule &schedule) {
  auto builder = OpBuilder::atBlockEnd(kernels.getBody());
  std::string name = "product_" + std::to_string(known.size());
  FailureOr<KernelOp> kernel = buildAnyGemm(builder, product.root->getLoc(), name, product.problem, schedule);
  if (failed(kernel))
    return failure();
  adaptProductParameters(*kernel, product.problem);
  // Of who reads several CTAs on a multiprocessor hide each other's waiting.
  if (auto *large = std::get_if<GemmSchedule>(&schedule); large && !large->reads())
    (*kernel)->setDiscardableAttr("cuda.persistent", builder.getUnitAttr());
  if (failed(complete(*kernel)))
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

/// An entry that does not fit its product is an error, which names its line: who measures a schedule must know that it is the one that ran.
FailureOr<KernelOp> TileProducts::getMeasuredKernel(const ProductDispatch &product, const GemmChoice &choice) {
  std::string reason;
  FailureOr<KernelOp> kernel = [&] {
    ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
      if (reason.empty())
        reason = diagnostic.str();
      return success();
    });
    return getKernel(product, choice.schedule);
  }();
  if (failed(kernel))
    emitError(product.root->getLoc()) << tuned->placeOf(*choice.measured) << ": " << reason;
  return kernel;
}

/// Leaves the product as it is if that is better.
LogicalResult TileProducts::rewrite(const ProductDispatch &product) {
  SmallVector<ProductKernel> chosen;
  SmallVector<std::string> kernelNames, places;
  SmallVector<GemmChoice> choices = choose(product);
  if (choices.empty()) {
    missed(product.function, "expected operands that the copy engine takes as they lie, or more to compute");
    return success();
  }
  if (!kernels) {
    auto builder = OpBuilder::atBlockEnd(getOperation().getBody());
    kernels = ModuleOp::create(builder, getOperation().getLoc(), "kernels");
  }
  for (const GemmChoice &choice : choices) {
    FailureOr<KernelOp> kernel = choice.measured ? getMeasuredKernel(product, choice) : getKernel(product, choice.schedule);
    FailureOr<KernelOp> padding = getPadding(product, choice.padded), turning = getTurning(product, choice.padded);
    if (failed(kernel) || failed(padding) || failed(turning))
      return failure();
    chosen.push_back({*kernel, choice, *padding, *turning});
    kernelNames.push_back(describeSchedule(choice.schedule) + (choice.padded.any() ? "_pads" : "") + (choice.padded.a ? "a" : "") +
                          (choice.padded.b ? "b" : ""));
    std::string place = choice.measured ? tuned->placeOf(*choice.measured) : "cost model";
    if (!llvm::is_contained(places, place))
      places.push_back(place);
  }
  auto [sizes, open] = product.getSizes();
  int64_t rows = open.rows ? 0 : sizes.m;
  if (open.columns)
    sizes.n = 0;
  if (open.sums)
    sizes.k = 0;
  remark::passed(product.root->getLoc(), remark::RemarkOpts::name("TensorCores").category("schedule"))
      << remark::metric("Product", describeProduct(ProductKey::get(product.problem, sizes), rows, rows))
      << remark::metric("Schedule", llvm::join(kernelNames, " ")) << remark::metric("By", llvm::join(places, " "));
  writeProductHost(product, chosen);
  return success();
}

void TileProducts::missed(func::FuncOp function, StringRef reason) {
  remark::missed(function.getLoc(), remark::RemarkOpts::name("NoTensorCores").category("schedule")) << remark::metric("Reason", reason);
}

void TileProducts::runOnOperation() {
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    std::string reason;
    FailureOr<ProductDispatch> product = matchProductDispatch(function, tf32, reason);
    if (failed(product)) {
      if (!reason.empty())
        missed(function, reason);
      continue;
    }
    if (failed(rewrite(*product)))
      return signalPassFailure();
  }
}

std::unique_ptr<Pass> tenon::schedule::createTileProductsPass(std::shared_ptr<const TunedTable> table, bool tf32) {
  return std::make_unique<TileProducts>(std::move(table), tf32);
}
