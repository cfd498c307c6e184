// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mbarriers: the count of uses so far becomes an address and a parity.
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tenon::tile {
namespace {

/// The hardware suspends a waiting thread for at most this long, in nanoseconds, before the loop around asks again.
constexpr int64_t kSuspend = 10000000;

struct LowerInit : OpConversionPattern<InitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(InitOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    Value isFirst = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, emit.thread(), emit.constant(0));
    auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto branch = scf::IfOp::create(rewriter, loc, isFirst, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPoint(branch.thenBlock()->getTerminator());
      for (auto [barriers, ring] : llvm::zip_equal(op.getBarriers(), adaptor.getBarriers())) {
        auto type = cast<BarriersType>(barriers.getType());
        for (int64_t stage = 0; stage < type.getStages(); ++stage)
          NVVM::MBarrierInitOp::create(rewriter, loc, emit.move(ring, 8 * stage), emit.constant(type.getArrivals()), Value());
      }
      NVVM::FenceMbarrierInitOp::create(rewriter, loc);
    }
    if (kernel && kernel->hasAttr(NVVM::NVVMDialect::getClusterDimAttrName())) {
      // The fence has released what counts: an arrival that releases waits for all memory of the GPU.
      NVVM::ClusterArriveRelaxedOp::create(rewriter, loc, UnitAttr::get(getContext()));
      NVVM::ClusterWaitOp::create(rewriter, loc, UnitAttr::get(getContext()));
    } else {
      SyncOp::create(rewriter, loc, Scope::cta);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerExpect : OpConversionPattern<ExpectOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ExpectOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    Value barrier = emit.barrierAt(op.getBarriers().getType(), adaptor.getBarriers(), adaptor.getCount());
    NVVM::MBarrierArriveExpectTxOp::create(rewriter, op.getLoc(), TypeRange(), barrier, emit.constant(op.getBytes()),
                                           NVVM::MemScopeKind::CTA, false, Value());
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerArrive : OpConversionPattern<ArriveOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ArriveOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    Value barrier = emit.barrierAt(op.getBarriers().getType(), adaptor.getBarriers(), adaptor.getCount());
    auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto cluster = function ? function->getAttrOfType<DenseI32ArrayAttr>(NVVM::NVVMDialect::getClusterDimAttrName()) : DenseI32ArrayAttr();
    if (!op.getCluster() || !cluster) {
      NVVM::MBarrierArriveOp::create(rewriter, op.getLoc(), rewriter.getI64Type(), barrier, Value());
    } else {
      Value address = LLVM::PtrToIntOp::create(rewriter, op.getLoc(), rewriter.getI32Type(), barrier);
      for (int32_t rank = 0; rank < cluster[0]; ++rank)
        emit.ptx({}, "{ .reg .b32 remote; mapa.shared::cluster.u32 remote, $0, $1; mbarrier.arrive.shared::cluster.b64 _, [remote]; }",
                 "r,r", {address, emit.constant(rank)});
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerWait : OpConversionPattern<WaitOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WaitOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    BarriersType type = op.getBarriers().getType();
    Value barrier = emit.barrierAt(type, adaptor.getBarriers(), adaptor.getCount());
    Value parity = emit.parityOf(type, adaptor.getCount());
    // A fresh barrier counts the phase before its first as complete, which is what the first round of a producer asks for.
    if (op.getPrevious())
      parity = emit.bitXor(parity, emit.constant(1));
    NVVM::MBarrierTryWaitParityOp::create(rewriter, op.getLoc(), barrier, parity, emit.constant(kSuspend));
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerDrain : OpConversionPattern<DrainOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(DrainOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    for (int64_t stage = 0; stage < op.getBarriers().getType().getStages(); ++stage)
      WaitOp::create(rewriter, op.getLoc(), op.getBarriers(), emit.add(adaptor.getCount(), stage), /*previous=*/true);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateBarrierPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerInit, LowerExpect, LowerArrive, LowerWait, LowerDrain>(types, patterns.getContext());
}

} // namespace tenon::tile
