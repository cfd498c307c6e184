// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies between global and shared memory: one instruction a box.
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace tenon::tile {
namespace {

/// One box of a tile: its place in the tile, and where in the tensor it lies.
struct Box {
  int64_t panel;
  Value row;
  SmallVector<Value> coordinates;
};

/// The boxes of a tile, or of one part of its rows.
SmallVector<Box> boxesOf(Emitter &emit, SmemType tiles, DescriptorType descriptor, Value part, ValueRange coordinates) {
  SmallVector<Box> boxes;
  int64_t parts = part ? 1 : tiles.getRows() / descriptor.getRows();
  for (int64_t panel = 0; panel < tiles.getPanels(); ++panel) {
    for (int64_t index = 0; index < parts; ++index) {
      Box box;
      box.panel = panel;
      box.row = emit.multiply(part ? part : emit.constant(index), descriptor.getRows());
      box.coordinates.assign(coordinates.begin(), coordinates.end());
      box.coordinates[0] = emit.add(box.coordinates[0], panel * tiles.getPanelColumns());
      if (!descriptor.getIm2col())
        box.coordinates[1] = emit.add(box.coordinates[1], box.row);
      boxes.push_back(box);
    }
  }
  return boxes;
}

/// Where a box lies in shared memory.
Value addressOf(Emitter &emit, const Box &box, SmemType tiles, Value tile) {
  return emit.move(emit.move(tile, box.panel * tiles.getPanelBytes()), emit.multiply(box.row, tiles.getPitch()));
}

/// The policy of a copy as the instruction takes it, null for the normal one. The words are what createpolicy.fractional makes of the whole
/// range (PTX ISA, "createpolicy"), so that no instruction is spent on it.
Value cachePolicy(Emitter &emit, Keep keep) {
  if (keep == Keep::normal)
    return Value();
  return arith::ConstantIntOp::create(emit.builder, emit.loc, keep == Keep::shortly ? 0x12F0000000000000 : 0x14F0000000000000, 64);
}

/// Whether this CTA is the one of its cluster that brings the whole tile of use number `count`.
Value isTurnOf(Emitter &emit, Value count, int64_t cluster) {
  Value rank = NVVM::BlockInClusterIdXOp::create(emit.builder, emit.loc, emit.builder.getI32Type());
  return arith::CmpIOp::create(emit.builder, emit.loc, arith::CmpIPredicate::eq, emit.remainder(count, cluster), rank);
}

struct LowerLoad : OpConversionPattern<LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(LoadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    SmemType tiles = op.getTiles().getType();
    DescriptorType descriptor = op.getDescriptor().getType();
    auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
    auto cluster = kernel ? kernel->getAttrOfType<DenseI32ArrayAttr>(NVVM::NVVMDialect::getClusterDimAttrName()) : DenseI32ArrayAttr();
    Value mask, isTurn;
    if (op.getMulticast() && cluster) {
      mask = arith::ConstantIntOp::create(rewriter, loc, (int64_t(1) << cluster[0]) - 1, 16);
      isTurn = op.getPart() ? Value() : isTurnOf(emit, adaptor.getCount(), cluster[0]);
    }
    SmallVector<Value> offsets;
    for (Value offset : adaptor.getOffsets())
      offsets.push_back(arith::TruncIOp::create(rewriter, loc, rewriter.getI16Type(), offset));
    Value barrier = emit.barrierAt(op.getBarriers().getType(), adaptor.getBarriers(), adaptor.getCount());
    Value tile = emit.tileAt(tiles, adaptor.getTiles(), adaptor.getCount());
    auto clusterSpace = LLVM::LLVMPointerType::get(getContext(), static_cast<unsigned>(NVVM::NVVMMemorySpace::SharedCluster));
    Value policy = cachePolicy(emit, op.getKeep());
    for (Box &box : boxesOf(emit, tiles, descriptor, adaptor.getPart(), adaptor.getCoordinates())) {
      Value address = LLVM::AddrSpaceCastOp::create(rewriter, loc, clusterSpace, addressOf(emit, box, tiles, tile));
      NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
          rewriter, loc, address, adaptor.getDescriptor(), box.coordinates, barrier, offsets, mask, policy,
          descriptor.getIm2col() ? NVVM::TMALoadMode::IM2COL : NVVM::TMALoadMode::TILE, false, NVVM::CTAGroupKindAttr(), isTurn);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerStore : OpConversionPattern<StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(StoreOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    SmemType tiles = op.getTiles().getType();
    Value tile = emit.tileAt(tiles, adaptor.getTiles(), adaptor.getCount());
    Value policy = cachePolicy(emit, op.getKeep());
    for (Box &box : boxesOf(emit, tiles, op.getDescriptor().getType(), adaptor.getPart(), adaptor.getCoordinates()))
      NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(rewriter, op.getLoc(), adaptor.getDescriptor(), addressOf(emit, box, tiles, tile),
                                                         box.coordinates, policy, NVVM::TMAStoreMode::TILE, Value());
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerPrefetch : OpConversionPattern<PrefetchOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(PrefetchOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter(rewriter, op.getLoc()).ptx({}, "prefetch.tensormap [$0];", "l", adaptor.getDescriptor());
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerPrefetchTile : OpConversionPattern<PrefetchTileOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(PrefetchTileOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    Value policy = cachePolicy(emit, op.getKeep());
    for (Box &box : boxesOf(emit, op.getTileType(), op.getDescriptor().getType(), adaptor.getPart(), adaptor.getCoordinates()))
      NVVM::CpAsyncBulkTensorPrefetchOp::create(rewriter, op.getLoc(), adaptor.getDescriptor(), box.coordinates, ValueRange(),
                                                NVVM::TMALoadMode::TILE, policy);
    rewriter.eraseOp(op);
    return success();
  }
};

/// Ops without operands that are one instruction.
template <typename From, typename To, auto... arguments> struct LowerInstruction : OpConversionPattern<From> {
  using OpConversionPattern<From>::OpConversionPattern;
  LogicalResult matchAndRewrite(From op, typename From::Adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<To>(op, arguments...);
    return success();
  }
};

struct LowerWaitStores : OpConversionPattern<WaitStoresOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WaitStoresOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncBulkWaitGroupOp>(op, op.getPendingAttr(), op.getReadAttr());
    return success();
  }
};

struct LowerFence : OpConversionPattern<FenceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(FenceOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::FenceProxyOp>(op, NVVM::ProxyKindAttr::get(getContext(), NVVM::ProxyKind::async_shared),
                                                    NVVM::SharedSpaceAttr::get(getContext(), NVVM::SharedSpace::shared_cta));
    return success();
  }
};

} // namespace

void populateCopyPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerLoad, LowerStore, LowerPrefetch, LowerPrefetchTile, LowerWaitStores, LowerFence,
               LowerInstruction<CommitStoresOp, NVVM::CpAsyncBulkCommitGroupOp>,
               LowerInstruction<WaitDependencyOp, NVVM::GriddepcontrolOp, NVVM::GridDepActionKind::wait>,
               LowerInstruction<LaunchDependentsOp, NVVM::GriddepcontrolOp, NVVM::GridDepActionKind::launch_dependents>>(
      types, patterns.getContext());
}

} // namespace tenon::tile
