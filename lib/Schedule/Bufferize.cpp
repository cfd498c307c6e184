// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions over tensors -> over memrefs, results as arguments that are written in place.
//
//   func @f(%x: tensor<8xf32>) -> tensor<8xf32>    ->    func @f(%x: memref<8xf32>, %out: memref<8xf32>)
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/Product.h"

#include "dialects/Plan/IR/Reuse.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_BUFFERIZEDISPATCHPASS
#include "lib/Schedule/Passes.h.inc"

namespace {

/// `out`, memory for the result of a reshape, in the shape of the reshape's source; null for other ops.
Value viewAsSource(OpBuilder &builder, Operation *reshape, Value out) {
  Location loc = reshape->getLoc();
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape))
    return memref::CollapseShapeOp::create(builder, loc, out, expand.getReassociationIndices());
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(reshape);
  if (!collapse)
    return {};
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, collapse.getSrc());
  return memref::ExpandShapeOp::create(builder, loc, collapse.getSrcType().getShape(), out, collapse.getReassociationIndices(), sizes);
}

/// Rewrites the signature; the body still works on tensors, between to_tensor and materialize_in_destination.
void bufferizeSignature(func::FuncOp function) {
  Block &body = function.getBody().front();
  OpBuilder builder(&body, body.begin());
  Value reused; // holds the only result
  for (BlockArgument argument : body.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    argument.setType(toMemref(type));
    bool isReused = static_cast<bool>(function.getArgAttr(argument.getArgNumber(), plan::kReused));
    if (isReused)
      reused = argument;
    auto tensor = bufferization::ToTensorOp::create(builder, function.getLoc(), type, argument, /*restrict=*/true, /*writable=*/isReused);
    argument.replaceAllUsesExcept(tensor, tensor);
  }
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  builder.setInsertionPoint(terminator);
  for (Value result : terminator.getOperands()) {
    Value out = body.addArgument(toMemref(result.getType()), result.getLoc());
    if (reused)
      out = reused;
    // A reshaped result is written in the shape it is computed in.
    while (Operation *reshape = result.getDefiningOp()) {
      Value source = viewAsSource(builder, reshape, out);
      if (!source)
        break;
      out = source;
      result = reshape->getOperand(0);
    }
    auto written = bufferization::MaterializeInDestinationOp::create(builder, result.getLoc(), Type(), result, out);
    written.setRestrict(true);
    written.setWritable(true);
  }
  terminator->setOperands(ValueRange{});
  function.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
  function.setResAttrsAttr(ArrayAttr());
  function.setArgAttrsAttr(ArrayAttr());
  if (reused)
    function.setArgAttr(cast<BlockArgument>(reused).getArgNumber(), plan::kReused, builder.getUnitAttr());
}

bufferization::OneShotBufferizationOptions getOptions() {
  bufferization::OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = true;
  options.bufferAlignment = plan::kBufferAlignment;
  options.unknownTypeConverterFn = [](TensorType type, Attribute space, const bufferization::BufferizationOptions &) {
    return bufferization::getMemRefTypeWithStaticIdentityLayout(type, space);
  };
  options.allocationFn = [](OpBuilder &b, Location loc, MemRefType type, ValueRange dims, unsigned alignment) -> FailureOr<Value> {
    return memref::AllocOp::create(b, loc, type, dims, b.getI64IntegerAttr(alignment)).getResult();
  };
  return options;
}

/// Drops copies of memory to itself, which writing in place leaves behind, and makes the others linalg ops: those between launches are
/// then tiled, those inside kernels become loops.
LogicalResult lowerCopies(RewriterBase &rewriter, func::FuncOp function) {
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
  RewritePatternSet patterns(function.getContext());
  memref::CopyOp::getCanonicalizationPatterns(patterns, function.getContext());
  memref::SubViewOp::getCanonicalizationPatterns(patterns, function.getContext());
  // What a loop carries in place is the same memory before, in and after it.
  scf::ForOp::getCanonicalizationPatterns(patterns, function.getContext());
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  function.walk([&](memref::CopyOp copy) {
    rewriter.setInsertionPoint(copy);
    rewriter.replaceOpWithNewOp<linalg::CopyOp>(copy, copy.getSource(), copy.getTarget());
  });
  return success();
}

/// The loops of the host: those with launches inside.
SmallVector<scf::ForOp> findHostLoops(func::FuncOp function) {
  SmallVector<scf::ForOp> loops;
  for (auto loop : function.getBody().front().getOps<scf::ForOp>())
    if (loop.getBody()->getOps<scf::ForallOp>().begin() != loop.getBody()->getOps<scf::ForallOp>().end())
      loops.push_back(loop);
  return loops;
}

/// Temporaries of the host's loops -> one allocation before the loop: each step writes all of what it reads of them.
void hoistAllocations(func::FuncOp function) {
  for (scf::ForOp loop : findHostLoops(function)) {
    moveLoopInvariantCode(loop);
    for (auto alloc : llvm::make_early_inc_range(loop.getBody()->getOps<memref::AllocOp>()))
      if (llvm::all_of(alloc->getOperands(), [&](Value size) { return loop.isDefinedOutsideOfLoop(size); }))
        alloc->moveBefore(loop);
  }
}

/// Gives ops on buffers that stand between launches, copies above all, a launch of their own size.
LogicalResult tileHostOps(RewriterBase &rewriter, func::FuncOp function, const Machine &machine) {
  SmallVector<linalg::LinalgOp> ops;
  auto collect = [&](Block &block) {
    for (auto op : block.getOps<linalg::LinalgOp>())
      if (op.hasPureBufferSemantics() && op.getNumParallelLoops() > 0)
        ops.push_back(op);
  };
  collect(function.getBody().front());
  for (scf::ForOp loop : findHostLoops(function))
    collect(*loop.getBody());
  for (linalg::LinalgOp op : ops) {
    rewriter.setInsertionPoint(op);
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    scf::SCFTilingOptions options;
    SmallVector<OpFoldResult> sizes = chooseTileSizes(rewriter, op, parallel, machine);
    if (llvm::all_of(sizes, isZeroInteger))
      continue;
    options.setTileSizes(sizes);
    options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
    if (succeeded(scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()), options)))
      rewriter.eraseOp(op);
  }
  return success();
}

struct BufferizeDispatch : impl::BufferizeDispatchPassBase<BufferizeDispatch> {
  using BufferizeDispatchPassBase::BufferizeDispatchPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isDispatchFunction(function))
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitError("expected a dispatch function of one block");
      return signalPassFailure();
    }
    bufferizeSignature(function);
    IRRewriter rewriter(&getContext());
    bufferization::BufferizationState state;
    Machine machine{{vectorBytes, vectorRegisters}, threadBlocks};
    if (failed(bufferization::eliminateEmptyTensors(rewriter, function)) ||
        failed(bufferization::runOneShotBufferize(function, getOptions(), state)) || failed(lowerCopies(rewriter, function)))
      return signalPassFailure();
    hoistAllocations(function);
    if ((!threadBlocks && failed(lowerProducts(rewriter, function, machine.unit))) || failed(tileHostOps(rewriter, function, machine)))
      signalPassFailure();
  }
};

} // namespace
} // namespace tenon::schedule
