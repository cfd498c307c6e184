// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels with linalg ops on buffers -> kernels of one thread each of a block, and launches with the scratch that these need.
#include "lib/Schedule/Gpu/Distribute.h"
#include "lib/Schedule/Gpu/VectorVersion.h"
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/Product.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_DISTRIBUTEKERNELSPASS
#include "lib/Schedule/Passes.h.inc"

namespace {

/// True if all that is made of `memory` are views whose type can follow its memory space.
bool isOnlyViewed(Value memory) {
  return llvm::all_of(memory.getUsers(), [](Operation *user) {
    if (user->hasTrait<OpTrait::IsTerminator>() || isa<RegionBranchOpInterface>(user))
      return false;
    return llvm::all_of(user->getResults(), [&](Value result) {
      return !isa<MemRefType>(result.getType()) || (isa<ViewLikeOpInterface>(user) && isOnlyViewed(result));
    });
  });
}

void setMemorySpace(Value memory, Attribute space) {
  memory.setType(MemRefType::Builder(cast<MemRefType>(memory.getType())).setMemorySpace(space));
  for (Operation *user : memory.getUsers())
    for (Value result : user->getResults())
      if (isa<MemRefType>(result.getType()))
        setMemorySpace(result, space);
}

struct DistributeKernels : impl::DistributeKernelsPassBase<DistributeKernels> {
  using DistributeKernelsPassBase::DistributeKernelsPassBase;

  void runOnOperation() override;
  struct Distributed {
    ThreadBlock::Scratch scratch;
    bool needsShared, isShared;
  };
  LogicalResult distribute(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches);
  FailureOr<Distributed> distribute(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches, bool isShared);
  LogicalResult distributeVersions(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches);
  bool fitsSharedMemory(ArrayRef<plan::LaunchOp> launches, ThreadBlock::Scratch needed);
};

/// Whether the scratch of all launches is known to be small enough.
bool DistributeKernels::fitsSharedMemory(ArrayRef<plan::LaunchOp> launches, ThreadBlock::Scratch needed) {
  return !launches.empty() && llvm::all_of(launches, [&](plan::LaunchOp launch) {
    std::optional<int64_t> before = needed.isStatic ? 0 : getConstantIntValue(launch.getScratch());
    return before && *before + needed.bytes <= sharedBytes;
  });
}

LogicalResult DistributeKernels::distribute(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches) {
  OwningOpRef<func::FuncOp> original;
  if (holdsProduct(kernel))
    original = kernel.clone();
  FailureOr<Distributed> done = distribute(kernel, launches, /*isShared=*/true);
  // Only now it is known how much memory there is. Code that cannot do without shared memory is written anew.
  if (succeeded(done) && done->needsShared && !done->isShared) {
    kernel.getBody().takeBody(original->getBody());
    kernel->setAttrs(original->getOperation()->getAttrDictionary());
    done = distribute(kernel, launches, /*isShared=*/false);
  }
  if (failed(done))
    return failure();
  IRRewriter rewriter(&getContext());
  for (plan::LaunchOp launch : launches) {
    rewriter.setInsertionPoint(launch);
    Value bytes = arith::ConstantIndexOp::create(rewriter, launch.getLoc(), done->scratch.bytes);
    if (!done->scratch.isStatic)
      bytes = rewriter.createOrFold<arith::AddIOp>(launch.getLoc(), launch.getScratch(), bytes);
    launch.getScratchMutable().assign(bytes);
  }
  if (done->isShared) {
    setMemorySpace(kernel.getArguments().back(), gpu::AddressSpaceAttr::get(&getContext(), gpu::AddressSpace::Workgroup));
    kernel.setFunctionType(rewriter.getFunctionType(kernel.getBody().front().getArgumentTypes(), {}));
  }
  kernel->setAttr("gpu.known_block_size", rewriter.getDenseI32ArrayAttr({static_cast<int32_t>(threads), 1, 1}));
  return success();
}

FailureOr<DistributeKernels::Distributed> DistributeKernels::distribute(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches,
                                                                        bool isShared) {
  IRRewriter rewriter(&getContext());
  ThreadBlock block(kernel, threads, isShared);
  if (failed(distributeKernel(rewriter, kernel, block)))
    return failure();
  ThreadBlock::Scratch scratch = block.finish();
  return Distributed{scratch, block.needsShared(), fitsSharedMemory(launches, scratch) && isOnlyViewed(kernel.getArguments().back())};
}

LogicalResult DistributeKernels::distributeVersions(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches) {
  std::optional<VectorVersion> version = VectorVersion::create(kernel, launches);
  if (failed(distribute(kernel, launches)))
    return failure();
  if (!version)
    return success();
  if (failed(distribute(version->getKernel(), version->getLaunches())))
    return failure();
  version->settle();
  return success();
}

void DistributeKernels::runOnOperation() {
  llvm::StringMap<SmallVector<plan::LaunchOp>> launches;
  getOperation().walk([&](plan::LaunchOp launch) { launches[launch.getKernel()].push_back(launch); });
  for (auto kernels : getOperation().getOps<ModuleOp>())
    for (auto kernel : llvm::make_early_inc_range(kernels.getOps<func::FuncOp>()))
      if (!kernel.isExternal() && failed(distributeVersions(kernel, launches.lookup(kernel.getName()))))
        return signalPassFailure();
}

} // namespace
} // namespace tenon::schedule
