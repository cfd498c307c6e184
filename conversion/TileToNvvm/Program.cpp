// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels, roles and their synchronisation.
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tenon::tile {
namespace {

/// Dynamic shared memory of every kernel of the module; aligned for the widest swizzle.
constexpr StringLiteral kSharedName = "tile_shared";

LLVM::GlobalOp sharedMemory(OpBuilder &builder, Operation *op) {
  auto module = op->getParentOfType<ModuleOp>();
  if (auto known = module.lookupSymbol<LLVM::GlobalOp>(kSharedName))
    return known;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  return LLVM::GlobalOp::create(builder, op->getLoc(), type, /*isConstant=*/false, LLVM::Linkage::External, kSharedName, Attribute(),
                                /*alignment=*/1024, static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared));
}

/// Attributes of a descriptor argument: the 128 bytes lie in parameter space and their address is taken there, without a copy.
DictionaryAttr descriptorAttributes(Builder &builder) {
  return builder.getDictionaryAttr(
      {builder.getNamedAttr(LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(LLVM::LLVMArrayType::get(builder.getI8Type(), 128))),
       builder.getNamedAttr(LLVM::LLVMDialect::getAlignAttrName(), builder.getI64IntegerAttr(64)),
       builder.getNamedAttr(NVVM::NVVMDialect::getGridConstantAttrName(), builder.getUnitAttr())});
}

struct LowerKernel : OpConversionPattern<KernelOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(KernelOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    TypeConverter::SignatureConversion signature(op.getNumArguments());
    if (failed(getTypeConverter()->convertSignatureArgs(op.getArgumentTypes(), signature)))
      return rewriter.notifyMatchFailure(op, "expected arguments that a kernel can take");
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), signature.getConvertedTypes());
    auto function = LLVM::LLVMFuncOp::create(rewriter, op.getLoc(), op.getName(), type);
    for (NamedAttribute attribute : op->getDiscardableAttrs())
      function->setAttr(attribute.getName(), attribute.getValue());
    int32_t threads = op.getThreads(), cluster = op.getCluster();
    function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), rewriter.getUnitAttr());
    function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(), rewriter.getDenseI32ArrayAttr({threads, 1, 1}));
    function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), rewriter.getI32IntegerAttr(1));
    if (cluster > 1)
      function->setAttr(NVVM::NVVMDialect::getClusterDimAttrName(), rewriter.getDenseI32ArrayAttr({cluster, 1, 1}));
    for (auto [i, argument] : llvm::enumerate(op.getArgumentTypes()))
      if (isa<DescriptorType>(argument))
        function.setArgAttrs(i, descriptorAttributes(rewriter));
    rewriter.inlineRegionBefore(op.getBody(), function.getBody(), function.end());
    if (failed(rewriter.convertRegionTypes(&function.getBody(), *getTypeConverter(), &signature)))
      return failure();
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerReturn : OpConversionPattern<ReturnOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReturnOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, ValueRange());
    return success();
  }
};

/// Moves a body that ends in tile.yield to where the rewriter stands.
void inlineBody(ConversionPatternRewriter &rewriter, Block &body, ValueRange arguments) {
  rewriter.eraseOp(body.getTerminator());
  rewriter.inlineBlockBefore(&body, rewriter.getInsertionBlock(), rewriter.getInsertionPoint(), arguments);
}

void setRegisters(ConversionPatternRewriter &rewriter, RoleOp role, int64_t atLaunch) {
  int64_t registers = role.getRegisters().value_or(atLaunch);
  if (registers != atLaunch)
    NVVM::SetMaxRegisterOp::create(rewriter, role.getLoc(), registers,
                                   registers < atLaunch ? NVVM::SetMaxRegisterAction::decrease : NVVM::SetMaxRegisterAction::increase);
}

/// Barrier 0 is the CTA's, the next are those of up to eight warpgroups.
constexpr int64_t kFirstRoleBarrier = 9;

/// tile.sync role -> barrier.sync: the role that it stands in is known only here.
void lowerRoleSyncs(ConversionPatternRewriter &rewriter, RoleOp role, int64_t number) {
  SmallVector<SyncOp> syncs;
  role.walk([&](SyncOp sync) {
    if (sync.getScope() == Scope::role)
      syncs.push_back(sync);
  });
  for (SyncOp sync : syncs) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(sync);
    if (role.getWarpgroups() == 1) {
      rewriter.replaceOpWithNewOp<SyncOp>(sync, Scope::warpgroup);
      continue;
    }
    Emitter emit(rewriter, sync.getLoc());
    NVVM::BarrierOp::create(rewriter, sync.getLoc(), TypeRange(), emit.constant(kFirstRoleBarrier + number),
                            emit.constant(role.getWarpgroups() * kWarpgroup), {}, Value());
    rewriter.eraseOp(sync);
  }
}

/// tile.roles { a, b } -> if warpgroup < a's end { a } else { b }. One chain of branches: ptxas heeds setmaxnreg in no other form.
struct LowerRoles : OpConversionPattern<RolesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(RolesOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    SmallVector<RoleOp> roles(op.getBody().front().getOps<RoleOp>());
    int64_t warpgroups = 0, first = 0;
    for (RoleOp role : roles)
      warpgroups += role.getWarpgroups();
    int64_t atLaunch = registersAtLaunch(warpgroups * kWarpgroup);
    Value warpgroup = emit.warpgroup();
    OpBuilder::InsertionGuard guard(rewriter);
    for (auto [number, role] : llvm::enumerate(roles)) {
      scf::IfOp branch;
      if (role != roles.back()) {
        Value isMember = emit.isLess(warpgroup, emit.constant(first + role.getWarpgroups()));
        branch = scf::IfOp::create(rewriter, op.getLoc(), isMember, /*withElseRegion=*/true);
        rewriter.setInsertionPoint(branch.thenBlock()->getTerminator());
      }
      setRegisters(rewriter, role, atLaunch);
      lowerRoleSyncs(rewriter, role, number);
      inlineBody(rewriter, role.getBody().front(), emit.subtract(warpgroup, first));
      first += role.getWarpgroups();
      if (branch)
        rewriter.setInsertionPoint(branch.elseBlock()->getTerminator());
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerElect : OpConversionPattern<ElectOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ElectOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    Value isFirst = arith::CmpIOp::create(rewriter, op.getLoc(), arith::CmpIPredicate::eq, emit.threadInWarpgroup(), emit.constant(0));
    auto branch = scf::IfOp::create(rewriter, op.getLoc(), isFirst, /*withElseRegion=*/false);
    rewriter.setInsertionPoint(branch.thenBlock()->getTerminator());
    inlineBody(rewriter, op.getBody().front(), {});
    rewriter.eraseOp(op);
    return success();
  }
};

struct LowerSync : OpConversionPattern<SyncOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SyncOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    switch (op.getScope()) {
    case Scope::warpgroup: // barrier 0 is the CTA's
      NVVM::BarrierOp::create(rewriter, op.getLoc(), TypeRange(), emit.add(emit.warpgroup(), 1), emit.constant(kWarpgroup), {}, Value());
      break;
    case Scope::role: // lowered with its role
      return failure();
    case Scope::cta:
      NVVM::Barrier0Op::create(rewriter, op.getLoc());
      break;
    case Scope::cluster:
      NVVM::ClusterArriveOp::create(rewriter, op.getLoc(), rewriter.getUnitAttr());
      NVVM::ClusterWaitOp::create(rewriter, op.getLoc(), rewriter.getUnitAttr());
      break;
    }
    rewriter.eraseOp(op);
    return success();
  }
};

template <typename Op> struct LowerAlloc : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!op.getOffset())
      return op.emitOpError("expected an offset: run tile-place-shared before");
    Emitter emit(rewriter, op.getLoc());
    Value base = LLVM::AddressOfOp::create(rewriter, op.getLoc(), sharedMemory(rewriter, op));
    rewriter.replaceOp(op, emit.move(base, *op.getOffset()));
    return success();
  }
};

} // namespace

void populateProgramPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerKernel, LowerReturn, LowerRoles, LowerElect, LowerSync, LowerAlloc<AllocOp>, LowerAlloc<AllocBarriersOp>>(
      types, patterns.getContext());
}

} // namespace tenon::tile
