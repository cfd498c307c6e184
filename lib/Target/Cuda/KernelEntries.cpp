// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel functions over memrefs -> functions with the parameters of runtime/engine/KernelAbi.h.
//
//   func.func @k(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {body}
//   ->
//   func.func @k(%a: !llvm.ptr<1>, %workgroups: i64, %scratch: !llvm.ptr, %stride: i64) {
//     scf.while (%w = ctaid.x) {body for x = %w; again while %w + nctaid.x < %workgroups} do {gpu.barrier}
//   }
//
// Pointers stay parameters of the kernel, where `noalias` lets the code generator read through the read-only cache what is never written.
#include "dialects/Plan/IR/Plan.h"
#include "lib/Target/Cuda/Passes.h"

#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace tenon::cuda {
#define GEN_PASS_DEF_ADDKERNELENTRIESPASS
#include "lib/Target/Cuda/Passes.h.inc"

namespace {

/// Workgroup ids and scratch come after the buffers and scalars.
constexpr unsigned kTrailingArguments = 4;
constexpr int64_t kBufferAlignment = 64;
/// Of the dynamic shared memory, in bytes: what asynchronous copies into swizzled tiles need most.
constexpr int64_t kSharedAlignment = 1024;
constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;
constexpr StringLiteral kSharedName = "shared_scratch";

LogicalResult verifyKernel(func::FuncOp kernel) {
  ArrayRef<Type> types = kernel.getArgumentTypes();
  auto scratch = types.empty() ? MemRefType() : dyn_cast<MemRefType>(types.back());
  if (types.size() < kTrailingArguments || kernel.getNumResults() != 0 || !scratch)
    return kernel.emitError("expected a kernel that takes workgroup ids and scratch and returns nothing");
  if (!kernel.getBody().hasOneBlock())
    return kernel.emitError("expected a kernel of structured control flow");
  int64_t numDynamic = 0, numScalars = -3;
  for (Type type : types.drop_back()) {
    auto memref = dyn_cast<MemRefType>(type);
    if (memref ? !memref.getLayout().isIdentity() || memref.getMemorySpace() : !type.isIndex())
      return kernel.emitError("expected memref arguments of identity layout and index arguments, got ") << type;
    memref ? numDynamic += memref.getNumDynamicDims() : ++numScalars;
  }
  if (numScalars < numDynamic)
    return kernel.emitError("expected an index argument for each of ") << numDynamic << " dynamic dims, got " << numScalars;
  if (scratch.getMemorySpace() && !gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(scratch))
    return kernel.emitError("expected scratch in generic or workgroup memory, got ") << scratch;
  auto block = kernel->getAttrOfType<DenseI32ArrayAttr>("gpu.known_block_size");
  if (!block || block.size() != 3 || block[0] < 32 || block[0] > 1024 || block[0] % 32 != 0 || block[1] != 1 || block[2] != 1)
    return kernel.emitError("expected gpu.known_block_size of a multiple of 32 threads, at most 1024, in one dim");
  return success();
}

/// True if every byte offset in `type` is known to fit 31 bits. Elements of type index have 64 bits in memory and so in registers.
bool isSmall(MemRefType type) {
  if (!type.getElementType().isIntOrFloat())
    return false;
  if (gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(type))
    return true; // 227 KiB at most
  std::optional<int64_t> bytes = llvm::divideCeil(std::max(type.getElementTypeBitWidth(), 8u), 8u);
  for (int64_t dim : type.getShape())
    bytes = bytes && !ShapedType::isDynamic(dim) ? llvm::checkedMul(*bytes, dim) : std::nullopt;
  return bytes && *bytes <= plan::kMostSmallBytes;
}

/// True for a small memref, which all buffers are if the host has looked, and for a view of one, whatever it knows of its own sizes: at an
/// uneven edge a tile's are min(tile, n - offset).
bool isWithinSmall(TypedValue<MemRefType> memref, func::FuncOp kernel) {
  if (isSmall(memref.getType()))
    return true;
  if (isa<BlockArgument>(memref))
    return kernel->hasAttr(plan::kSmallBuffers) && memref != kernel.getArguments().back() &&
           memref.getType().getElementType().isIntOrFloat();
  auto view = memref.getDefiningOp<ViewLikeOpInterface>();
  auto source = view ? dyn_cast<TypedValue<MemRefType>>(view.getViewSource()) : nullptr;
  return source && memref.getType().getElementType().isIntOrFloat() && isWithinSmall(source, kernel);
}

/// 32 where that is enough for all that the kernel computes with `index`, else 64. A scalar of the host may be any number, if that has not
/// looked.
unsigned indexBits(func::FuncOp kernel) {
  ArrayRef<Type> types = kernel.getArgumentTypes().drop_back(kTrailingArguments);
  if (!kernel->hasAttr(plan::kSmallBuffers) &&
      !llvm::all_of(types, [](Type type) { return isa<MemRefType>(type) && isSmall(cast<MemRefType>(type)); }))
    return 64;
  WalkResult walk = kernel.walk([kernel](Operation *op) {
    for (Value result : op->getResults())
      if (auto memref = dyn_cast<TypedValue<MemRefType>>(result); memref && !isWithinSmall(memref, kernel))
        return WalkResult::interrupt();
    auto constant = dyn_cast<arith::ConstantIndexOp>(op);
    return constant && !llvm::isInt<32>(constant.value()) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walk.wasInterrupted() ? 64 : 32;
}

/// True if nothing is written through `memref` or what is made of it.
bool isOnlyRead(Value memref) {
  return llvm::all_of(memref.getUsers(), [&](Operation *user) {
    if (user->hasTrait<OpTrait::IsTerminator>())
      return false; // it goes on under another name
    if (isa<ViewLikeOpInterface>(user) || isPure(user))
      return llvm::all_of(user->getResults(), [](Value result) { return !isa<MemRefType>(result.getType()) || isOnlyRead(result); });
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    return effects && effects.onlyHasEffect<MemoryEffects::Read>();
  });
}

LowerToLLVMOptions loweringOptions(MLIRContext *context, unsigned bits) {
  LowerToLLVMOptions options(context);
  options.overrideIndexBitwidth(bits);
  return options;
}

/// Builds the entry of one kernel in its place and moves the body there.
class EntryBuilder {
public:
  EntryBuilder(func::FuncOp kernel, unsigned bits)
      : kernel(kernel), loc(kernel.getLoc()), builder(kernel), converter(kernel.getContext(), loweringOptions(kernel.getContext(), bits)),
        i64(builder.getI64Type()), generic(LLVM::LLVMPointerType::get(kernel.getContext())),
        global(LLVM::LLVMPointerType::get(kernel.getContext(), kGlobalSpace)),
        shared(LLVM::LLVMPointerType::get(kernel.getContext(), kSharedSpace)) {
    configureGpuToNVVMTypeConverter(converter);
  }

  void build();

private:
  void createEntry();
  /// The kernel's values for its arguments, workgroup ids excluded.
  void mapArguments();
  Value toIndex(Value scalar) {
    return converter.getIndexTypeBitwidth() == 64 ? scalar
                                                  : LLVM::TruncOp::create(builder, loc, converter.getIndexType(), scalar).getResult();
  }
  Value memref(MemRefType type, Value pointer);
  Value scratchPointer(bool inWorkgroup);
  void createLoop();
  Value constant(Type type, int64_t value) { return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, value)); }

  func::FuncOp kernel, entry;
  Location loc;
  OpBuilder builder;
  LLVMTypeConverter converter;
  Type i64, generic, global, shared;
  SmallVector<BlockArgument> buffers, scalars;
  BlockArgument workgroups, scratch, scratchStride;
  Value blockId; // i64
  unsigned nextDim = 0;
  bool shares = false; // do the threads of a block use common memory?
};

void EntryBuilder::createEntry() {
  ArrayRef<Type> types = kernel.getArgumentTypes().drop_back(kTrailingArguments);
  unsigned numBuffers = llvm::count_if(types, [](Type type) { return isa<MemRefType>(type); });
  SmallVector<Type> parameters(numBuffers, global);
  parameters.append(types.size() - numBuffers, i64);
  llvm::append_range(parameters, TypeRange{i64, generic, i64});
  entry = func::FuncOp::create(builder, loc, kernel.getName(), builder.getFunctionType(parameters, {}));
  entry->setDiscardableAttrs(kernel->getDiscardableAttrDictionary());
  bool inWorkgroup = gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(cast<MemRefType>(kernel.getArgumentTypes().back()));
  entry->removeDiscardableAttr(plan::kSmallBuffers);
  entry->setAttr("cuda.index_bits", builder.getI64IntegerAttr(converter.getIndexTypeBitwidth()));
  entry->setAttr("cuda.scratch", builder.getStringAttr(inWorkgroup ? "shared" : "any"));
  unsigned next = 0;
  for (BlockArgument argument : kernel.getArguments().drop_back(kTrailingArguments)) {
    if (!isa<MemRefType>(argument.getType()))
      continue;
    // Other threads write what this one may read after a barrier; of memory behind a noalias pointer LLVM would believe that nobody does.
    if (isOnlyRead(argument))
      entry.setArgAttr(next, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
    entry.setArgAttr(next++, LLVM::LLVMDialect::getAlignAttrName(), builder.getI64IntegerAttr(kBufferAlignment));
  }
  builder.setInsertionPointToStart(entry.addEntryBlock());
  llvm::append_range(buffers, entry.getArguments().take_front(numBuffers));
  llvm::append_range(scalars, entry.getArguments().drop_front(numBuffers).drop_back(3));
  workgroups = entry.getArguments().end()[-3];
  scratch = entry.getArguments().end()[-2];
  scratchStride = entry.getArguments().end()[-1];
}

/// A memref of identity layout at `pointer`; its dynamic dims are the next scalars.
Value EntryBuilder::memref(MemRefType type, Value pointer) {
  Type index = converter.getIndexType();
  SmallVector<Value> fields{pointer, pointer, constant(index, 0)}, strides(type.getRank());
  for (int64_t dim : type.getShape())
    fields.push_back(ShapedType::isDynamic(dim) ? toIndex(scalars[nextDim++]) : constant(index, dim));
  Value stride = constant(index, 1);
  for (int64_t i = type.getRank(); i-- > 0;) {
    strides[i] = stride;
    if (i > 0)
      stride = LLVM::MulOp::create(builder, loc, stride, fields[3 + i]);
  }
  llvm::append_range(fields, strides);
  Value descriptor = MemRefDescriptor::pack(builder, loc, converter, type, fields);
  return UnrealizedConversionCastOp::create(builder, loc, type, descriptor).getResult(0);
}

/// The dynamic shared memory, or for generic scratch this block's part of the parameter if that is not null.
Value EntryBuilder::scratchPointer(bool inWorkgroup) {
  auto module = kernel->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(kSharedName)) {
    OpBuilder atStart = OpBuilder::atBlockBegin(module.getBody());
    auto bytes = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
    LLVM::GlobalOp::create(atStart, loc, bytes, /*isConstant=*/false, LLVM::Linkage::External, kSharedName, Attribute(), kSharedAlignment,
                           kSharedSpace);
  }
  Value dynamic = LLVM::AddressOfOp::create(builder, loc, shared, kSharedName);
  if (inWorkgroup)
    return dynamic;
  Value isNull = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, scratch, LLVM::ZeroOp::create(builder, loc, generic));
  Value offset = LLVM::MulOp::create(builder, loc, blockId, scratchStride);
  Value part = LLVM::GEPOp::create(builder, loc, generic, builder.getI8Type(), scratch, ValueRange{offset});
  return LLVM::SelectOp::create(builder, loc, isNull, LLVM::AddrSpaceCastOp::create(builder, loc, generic, dynamic), part);
}

void EntryBuilder::mapArguments() {
  unsigned nextBuffer = 0, nextScalar = 0;
  Block &body = kernel.getBody().front();
  for (BlockArgument argument : body.getArguments().drop_back(kTrailingArguments)) {
    Value value;
    if (auto type = dyn_cast<MemRefType>(argument.getType()))
      value = memref(type, LLVM::AddrSpaceCastOp::create(builder, loc, generic, buffers[nextBuffer++]));
    else
      value = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), scalars[nextScalar++]);
    argument.replaceAllUsesWith(value);
  }
  BlockArgument scratchArgument = body.getArguments().back();
  if (scratchArgument.use_empty())
    return;
  auto type = cast<MemRefType>(scratchArgument.getType());
  Value pointer = scratchPointer(gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(type));
  // The scratch's size is the launch's affair; code never asks for it.
  Value zero = constant(converter.getIndexType(), 0), one = constant(converter.getIndexType(), 1);
  Value descriptor = MemRefDescriptor::pack(builder, loc, converter, type, {pointer, pointer, zero, zero, one});
  scratchArgument.replaceAllUsesWith(UnrealizedConversionCastOp::create(builder, loc, type, descriptor).getResult(0));
}

/// Every block has a workgroup to compute, so the condition comes last and one workgroup to a block costs neither branch nor barrier.
void EntryBuilder::createLoop() {
  Block &body = kernel.getBody().front();
  // Only in the entry block are variables registers.
  for (auto variable : llvm::make_early_inc_range(body.getOps<memref::AllocaOp>()))
    if (variable->getNumOperands() == 0)
      variable->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
  // The number of the workgroup is as wide as indices are, what is compared with the number of all as wide as that.
  Type index = builder.getIndexType();
  scf::WhileOp::create(
      builder, loc, TypeRange{index}, arith::IndexCastUIOp::create(builder, loc, index, blockId).getResult(),
      [&](OpBuilder &inner, Location, ValueRange current) {
        body.getArguments().end()[-4].replaceAllUsesWith(current[0]);
        Value zero = arith::ConstantIndexOp::create(inner, loc, 0);
        for (unsigned dim : {3, 2})
          body.getArguments().end()[-static_cast<int>(dim)].replaceAllUsesWith(zero);
        body.getTerminator()->erase();
        Block *target = inner.getInsertionBlock();
        target->getOperations().splice(target->end(), body.getOperations());
        inner.setInsertionPointToEnd(target);
        Value step = arith::ExtUIOp::create(inner, loc, i64, NVVM::GridDimXOp::create(inner, loc, inner.getI32Type()));
        Value next = arith::AddIOp::create(inner, loc, arith::IndexCastUIOp::create(inner, loc, i64, current[0]), step);
        Value more = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::ult, next, workgroups);
        scf::ConditionOp::create(inner, loc, more, arith::IndexCastUIOp::create(inner, loc, index, next).getResult());
      },
      [&](OpBuilder &inner, Location, ValueRange next) {
        if (shares)
          gpu::BarrierOp::create(inner, loc);
        scf::YieldOp::create(inner, loc, next);
      });
  func::ReturnOp::create(builder, loc);
}

void EntryBuilder::build() {
  shares = !kernel.getArguments().back().use_empty();
  kernel.walk([&](gpu::BarrierOp) { shares = true; });
  createEntry();
  blockId = arith::ExtUIOp::create(builder, loc, i64, NVVM::BlockIdXOp::create(builder, loc, builder.getI32Type()));
  mapArguments();
  createLoop();
  kernel.erase();
}

struct AddKernelEntries : impl::AddKernelEntriesPassBase<AddKernelEntries> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (kernel.isExternal() || kernel.isPrivate() || kernel->hasAttr("cuda.index_bits"))
        continue;
      if (failed(verifyKernel(kernel)))
        return signalPassFailure();
      EntryBuilder(kernel, indexBits(kernel)).build();
    }
  }
};

} // namespace
} // namespace tenon::cuda
