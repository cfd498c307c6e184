// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Device code of bufferized dispatch functions -> kernels and launches of them.
//
//   %t = memref.alloc()                               %t = plan.alloc %bytes
//   scf.forall (%i) = (0) to (%n) step (16) {...}  -> plan.launch @kernel_0 grid(%g, 1, 1) ...
//   memref.store ...                                  plan.launch @kernel_1 grid(1, 1, 1) ...
//
// Ops between two loops that touch memory run together as one workgroup. If their values reach the host or another launch, the whole
// function becomes one kernel: slower, but every function has kernels. An scf.for around loops over workgroups stays on the host.
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelBuilder.h"
#include "dialects/Plan/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"

namespace tenon::plan {
#define GEN_PASS_DEF_PLANOUTLINEKERNELSPASS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace tenon::plan

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

namespace {

using Run = SmallVector<Operation *>;

/// Equal code has equal hashes; order of use is left to the exact comparison.
size_t hashKernel(func::FuncOp kernel) {
  llvm::hash_code hash = llvm::hash_value(kernel.getFunctionType().getAsOpaquePointer());
  kernel.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(hash, op->getName().getAsOpaquePointer(), op->getAttrDictionary().getAsOpaquePointer());
  });
  return hash;
}

/// The kernels of the program so far; equal ones are one.
class KernelLibrary {
public:
  explicit KernelLibrary(ModuleOp program) : program(program), kernels(program.lookupSymbol<ModuleOp>("kernels")) {}

  StringRef add(func::FuncOp kernel) {
    SmallVector<func::FuncOp> &candidates = known[hashKernel(kernel)];
    for (func::FuncOp candidate : candidates)
      if (candidate.getFunctionType() == kernel.getFunctionType() &&
          OperationEquivalence::isRegionEquivalentTo(&candidate.getBody(), &kernel.getBody(), OperationEquivalence::IgnoreLocations)) {
        kernel.erase();
        return candidate.getName();
      }
    if (!kernels) {
      auto builder = OpBuilder::atBlockEnd(program.getBody());
      kernels = ModuleOp::create(builder, program.getLoc(), "kernels");
    }
    kernel.setName("kernel_" + std::to_string(count++));
    kernels.push_back(kernel);
    candidates.push_back(kernel);
    return kernel.getName();
  }

private:
  ModuleOp program, kernels;
  llvm::DenseMap<size_t, SmallVector<func::FuncOp>> known;
  unsigned count = 0;
};

/// A loop whose steps are launches: it carries nothing but numbers of the host.
bool isHostLoop(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  return loop && llvm::any_of(*loop.getBody(), [](Operation &inner) { return isa<scf::ForallOp>(inner); }) &&
         llvm::all_of(loop.getResultTypes(), [](Type type) { return type.isIntOrIndex(); });
}

/// The device ops of `block` and of the host's loops in it: a loop over workgroups alone, or other ops with what stands between them and
/// needs them.
SmallVector<Run> findRuns(Block &block) {
  SmallVector<Run> runs;
  Run current;
  llvm::SmallPtrSet<Operation *, 16> members;
  auto finish = [&] {
    // Host ops after the last device op stay on the host.
    while (!current.empty() && isHostOp(current.back()))
      current.pop_back();
    if (!current.empty())
      runs.push_back(std::exchange(current, {}));
    members.clear();
  };
  for (Operation &op : block.without_terminator()) {
    if (isHostLoop(&op)) {
      finish();
      llvm::append_range(runs, findRuns(*cast<scf::ForOp>(op).getBody()));
      continue;
    }
    if (isa<scf::ForallOp>(op)) {
      finish();
      runs.push_back({&op});
      continue;
    }
    bool needsRun = llvm::any_of(op.getOperands(), [&](Value v) { return v.getDefiningOp() && members.contains(v.getDefiningOp()); });
    if (!isHostOp(&op) || needsRun) {
      current.push_back(&op);
      members.insert(&op);
    }
  }
  finish();
  return runs;
}

/// True if a value computed by one of `run` is used by an op outside of it.
bool escapes(const Run &run) {
  return llvm::any_of(run, [&](Operation *op) {
    return llvm::any_of(op->getUsers(),
                        [&](Operation *user) { return llvm::none_of(run, [&](Operation *member) { return member->isAncestor(user); }); });
  });
}

struct OutlineKernels : tenon::plan::impl::PlanOutlineKernelsPassBase<OutlineKernels> {
  using PlanOutlineKernelsPassBase::PlanOutlineKernelsPassBase;

  void runOnOperation() override;
  LogicalResult outlineFunction(func::FuncOp function, KernelLibrary &library);
  LogicalResult launch(Run &run, KernelLibrary &library);
};

} // namespace

/// Moves host ops that stand between the ops of `run` before it: their operands are host values, so they do not depend on it.
static void hoistHostOps(const Run &run) {
  if (run.size() == 1)
    return;
  llvm::SmallPtrSet<Operation *, 16> members(run.begin(), run.end());
  for (Operation *op = run.front()->getNextNode(); op && op != run.back();) {
    Operation *next = op->getNextNode();
    if (!members.contains(op))
      op->moveBefore(run.front());
    op = next;
  }
}

LogicalResult OutlineKernels::launch(Run &run, KernelLibrary &library) {
  hoistHostOps(run);
  OpBuilder host(run.front());
  FailureOr<OutlinedKernel> kernel = outlineKernel(host, run, flatGrid);
  if (failed(kernel))
    return failure();
  Location loc = kernel->function.getLoc();
  StringRef name = library.add(kernel->function);
  LaunchOp::create(host, loc, name, kernel->grid[0], kernel->grid[1], kernel->grid[2], kernel->scratch, kernel->buffers, kernel->scalars,
                   /*map_values=*/ValueRange(), kernel->writes, /*maps=*/ArrayAttr());
  for (Operation *op : llvm::reverse(run))
    op->erase();
  kernel->placeholder->erase();
  return success();
}

/// Makes loops over workgroups sequential: those inside of device code, or all of them.
static LogicalResult makeSequential(func::FuncOp function, bool all) {
  IRRewriter rewriter(function.getContext());
  SmallVector<scf::ForallOp> loops;
  function.walk([&](scf::ForallOp loop) {
    Operation *parent = loop->getParentOp();
    while (isHostLoop(parent))
      parent = parent->getParentOp();
    if (all || parent != function)
      loops.push_back(loop);
  });
  for (scf::ForallOp loop : loops) {
    rewriter.setInsertionPoint(loop);
    if (failed(scf::forallToForLoop(rewriter, loop)))
      return loop.emitError("expected a loop that can be made sequential");
  }
  return success();
}

/// One run of the whole body.
static FailureOr<Run> mergeAll(func::FuncOp function) {
  if (failed(makeSequential(function, /*all=*/true)))
    return failure();
  Run run;
  for (Operation &op : function.getBody().front().without_terminator())
    run.push_back(&op);
  return run;
}

namespace {
/// memref.dim (memref.collapse_shape %m), i  ->  product of the dims of %m that were collapsed
struct ResolveCollapsedDim : OpRewritePattern<memref::DimOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::DimOp dim, PatternRewriter &rewriter) const override {
    auto collapse = dim.getSource().getDefiningOp<memref::CollapseShapeOp>();
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!collapse || !index || *index >= collapse.getResultType().getRank())
      return rewriter.notifyMatchFailure(dim, "expected a constant dim of a collapsed memref");
    Value product = arith::ConstantIndexOp::create(rewriter, dim.getLoc(), 1);
    for (int64_t source : collapse.getReassociationIndices()[*index]) {
      Value size = memref::DimOp::create(rewriter, dim.getLoc(), collapse.getSrc(), source);
      product = arith::MulIOp::create(rewriter, dim.getLoc(), product, size);
    }
    rewriter.replaceOp(dim, product);
    return success();
  }
};
} // namespace

/// Expresses dims of views and allocations by dims of arguments, and drops the views, which only kernels need.
static LogicalResult resolveDims(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  memref::DimOp::getCanonicalizationPatterns(patterns, function.getContext());
  patterns.add<ResolveCollapsedDim>(function.getContext());
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  IRRewriter rewriter(function.getContext());
  (void)runRegionDCE(rewriter, function->getRegions());
  return success();
}

/// memref.alloc -> plan.alloc of its bytes. Dims of it are its operands.
static void lowerAllocs(func::FuncOp function) {
  SmallVector<memref::AllocOp> allocs(function.getOps<memref::AllocOp>());
  for (memref::AllocOp alloc : allocs) {
    OpBuilder host(alloc);
    Value bytes = multiplyBytes(host, alloc.getLoc(), alloc.getMixedSizes(), elementBytes(alloc.getType().getElementType()));
    Value buffer = AllocOp::create(host, alloc.getLoc(), BufferType::get(function.getContext()), bytes, nullptr);
    for (OpOperand &use : llvm::make_early_inc_range(alloc->getUses()))
      if (isa<LaunchOp>(use.getOwner()))
        use.set(buffer);
      else if (isa<memref::DeallocOp>(use.getOwner()))
        use.getOwner()->erase();
    if (alloc->use_empty())
      alloc.erase();
  }
}

LogicalResult OutlineKernels::outlineFunction(func::FuncOp function, KernelLibrary &library) {
  Block &body = function.getBody().front();
  if (failed(makeSequential(function, /*all=*/false)))
    return failure();
  SmallVector<Run> runs = findRuns(body);
  if (llvm::any_of(runs, escapes)) {
    FailureOr<Run> all = mergeAll(function);
    if (failed(all))
      return failure();
    runs.assign(1, *all);
  }
  for (Run &run : runs)
    if (!run.empty() && failed(launch(run, library)))
      return failure();
  if (failed(resolveDims(function)))
    return failure();
  lowerAllocs(function);
  WalkResult result = function.walk([](Operation *op) {
    if (!isa<memref::AllocOp>(op) && (!op->getDialect() || op->getDialect()->getNamespace() != "linalg"))
      return WalkResult::advance();
    op->emitError("expected device code only inside kernels");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

void OutlineKernels::runOnOperation() {
  KernelLibrary library(getOperation());
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    if (function.isExternal() || !function.isPrivate() || !function.getBody().hasOneBlock())
      continue;
    // A host program, or a function that a schedule has made a launch of.
    auto isHost = [](Operation *op) { return isa<DispatchOp, LaunchOp>(op) ? WalkResult::interrupt() : WalkResult::advance(); };
    if (!function.walk(isHost).wasInterrupted() && failed(outlineFunction(function, library)))
      return signalPassFailure();
  }
}
