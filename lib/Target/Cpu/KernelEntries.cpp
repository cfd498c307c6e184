// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel functions over memrefs -> entries with the C signature of runtime/engine/KernelAbi.h. The body stays a function of its own,
// not inlined, because `noalias` is strongest on parameters.
#include "lib/Target/Cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tenon::cpu {
#define GEN_PASS_DEF_PREPAREKERNELSPASS
#define GEN_PASS_DEF_ADDKERNELENTRIESPASS
#include "lib/Target/Cpu/Passes.h.inc"

static constexpr StringLiteral kTypeAttr = "cpu.kernel_type";
/// Offsets of the parts of the scratch memory that became arguments, in order: a number, or ~i for index argument i.
static constexpr StringLiteral kScratchAttr = "cpu.scratch_offsets";
static constexpr StringLiteral kBodySuffix = ".body";
static constexpr int64_t kBufferAlignment = 64;

namespace {

/// Workgroup ids and scratch come after the buffers and scalars.
constexpr unsigned kTrailingArguments = 4;

LogicalResult verifyKernel(func::FuncOp kernel) {
  ArrayRef<Type> types = kernel.getArgumentTypes();
  if (types.size() < kTrailingArguments || kernel.getNumResults() != 0 || !isa<MemRefType>(types.back()))
    return kernel.emitError("expected a kernel that takes workgroup ids and scratch and returns nothing");
  for (Type type : types) {
    auto memref = dyn_cast<MemRefType>(type);
    if (memref ? !memref.getLayout().isIdentity() : !type.isIndex())
      return kernel.emitError("expected memref arguments of identity layout and index arguments, got ") << type;
  }
  return success();
}

std::optional<int64_t> encodeOffset(Value offset, Block *entry);

struct PrepareKernels : impl::PrepareKernelsPassBase<PrepareKernels> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (kernel.isExternal() || kernel.isPrivate())
        continue;
      if (failed(verifyKernel(kernel)))
        return signalPassFailure();
      prepare(kernel);
    }
  }

  /// Makes each temporary in the scratch memory an argument of its own: as such LLVM knows that they do not overlap.
  static SmallVector<int64_t> splitScratch(func::FuncOp kernel) {
    Block *entry = &kernel.getBody().front();
    Value scratch = entry->getArguments().back();
    SmallVector<int64_t> offsets;
    for (Operation *user : llvm::make_early_inc_range(scratch.getUsers())) {
      auto view = dyn_cast<memref::ViewOp>(user);
      std::optional<int64_t> offset = view ? encodeOffset(view.getByteShift(), entry) : std::nullopt;
      if (!offset)
        continue;
      auto known = llvm::find(offsets, *offset);
      unsigned index = std::distance(offsets.begin(), known);
      if (known == offsets.end()) {
        offsets.push_back(*offset);
        entry->addArgument(scratch.getType(), scratch.getLoc());
      }
      OpBuilder builder(view);
      view.getSourceMutable().assign(entry->getArgument(entry->getNumArguments() - offsets.size() + index));
      view.getByteShiftMutable().assign(arith::ConstantIndexOp::create(builder, view.getLoc(), 0));
    }
    kernel.setFunctionType(FunctionType::get(kernel.getContext(), entry->getArgumentTypes(), {}));
    return offsets;
  }

  void prepare(func::FuncOp kernel) {
    OpBuilder builder(kernel);
    kernel->setAttr(kTypeAttr, TypeAttr::get(kernel.getFunctionType()));
    kernel->setAttr(kScratchAttr, builder.getDenseI64ArrayAttr(splitScratch(kernel)));
    kernel.setName((kernel.getName() + kBodySuffix).str());
    kernel.setPrivate();
    kernel->setAttr("llvm.linkage", LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
    kernel->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
  }
};

/// The offset of a view as written in kScratchAttr, if the entry can compute it.
std::optional<int64_t> encodeOffset(Value offset, Block *entry) {
  APInt constant;
  if (matchPattern(offset, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  auto argument = dyn_cast<BlockArgument>(offset);
  if (argument && argument.getOwner() == entry)
    return ~static_cast<int64_t>(argument.getArgNumber());
  return std::nullopt;
}

/// Builds the operands of one call of a body function.
class EntryBuilder {
public:
  EntryBuilder(OpBuilder &builder, Location loc, LLVM::LLVMFuncOp entry)
      : builder(builder), loc(loc), pointer(LLVM::LLVMPointerType::get(builder.getContext())), entry(entry) {}

  SmallVector<Value> build(FunctionType type, ArrayRef<int64_t> scratchOffsets) {
    ArrayRef<Type> types = type.getInputs().drop_back(kTrailingArguments);
    unsigned numScalars = llvm::count_if(types, [](Type t) { return t.isIndex(); });
    for (unsigned i = 0; i < numScalars; ++i)
      scalars.push_back(loadElement(entry.getArgument(1), builder.getI64Type(), i));
    unsigned nextBuffer = 0, nextScalar = 0;
    for (Type argument : types) {
      if (auto memref = dyn_cast<MemRefType>(argument))
        addMemref(memref, loadElement(entry.getArgument(0), pointer, nextBuffer++));
      else
        operands.push_back(scalars[nextScalar++]);
      arguments.push_back(operands.back());
    }
    llvm::append_range(operands, entry.getArguments().slice(2, 3));
    llvm::append_range(arguments, entry.getArguments().slice(2, 3));
    Value scratch = entry.getArgument(5);
    // The scratch's size is the launch's affair; code never asks for it.
    addScratch(scratch);
    for (int64_t offset : scratchOffsets) {
      Value bytes = offset >= 0 ? constant(offset) : arguments[~offset];
      addScratch(LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), scratch, ValueRange{bytes}));
    }
    return operands;
  }

private:
  Value constant(int64_t value) { return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), builder.getI64IntegerAttr(value)); }

  Value loadElement(Value table, Type type, unsigned index) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, type, table, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    auto load = LLVM::LoadOp::create(builder, loc, type, address);
    load.setInvariant(true);
    return load;
  }

  void addScratch(Value base) { llvm::append_range(operands, ValueRange{base, base, constant(0), constant(0), constant(1)}); }

  /// Appends (base, base, 0, sizes..., row-major strides...).
  void addMemref(MemRefType type, Value base) {
    llvm::append_range(operands, ValueRange{base, base, constant(0)});
    SmallVector<Value> sizes;
    for (int64_t dim : type.getShape())
      sizes.push_back(ShapedType::isDynamic(dim) ? scalars[nextDim++] : constant(dim));
    SmallVector<Value> strides(sizes.size());
    Value stride = constant(1);
    for (size_t i = sizes.size(); i-- > 0;) {
      strides[i] = stride;
      if (i > 0)
        stride = LLVM::MulOp::create(builder, loc, stride, sizes[i]);
    }
    llvm::append_range(operands, sizes);
    llvm::append_range(operands, strides);
  }

  OpBuilder &builder;
  Location loc;
  Type pointer;
  LLVM::LLVMFuncOp entry;
  SmallVector<Value> scalars, operands;
  SmallVector<Value> arguments; // of the kernel; meaningful for index arguments
  unsigned nextDim = 0;
};

/// A launch never binds memory that it writes twice, and temporaries are apart: no pointer aliases another. A memref comes as two equal
/// pointers, of which code uses the second only.
void describePointers(LLVM::LLVMFuncOp body) {
  Builder builder(body.getContext());
  for (unsigned i = 0; i < body.getNumArguments(); ++i) {
    if (!isa<LLVM::LLVMPointerType>(body.getArgumentTypes()[i]))
      continue;
    body.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
    body.setArgAttr(i, LLVM::LLVMDialect::getAlignAttrName(), builder.getI64IntegerAttr(kBufferAlignment));
  }
}

struct AddKernelEntries : impl::AddKernelEntriesPassBase<AddKernelEntries> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    Type pointer = LLVM::LLVMPointerType::get(context), i64 = IntegerType::get(context, 64);
    auto signature = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {pointer, pointer, i64, i64, i64, pointer});
    for (auto body : llvm::make_early_inc_range(getOperation().getOps<LLVM::LLVMFuncOp>())) {
      auto type = body->getAttrOfType<TypeAttr>(kTypeAttr);
      if (!type || !body.getName().ends_with(kBodySuffix))
        continue;
      OpBuilder builder(body->getBlock(), std::next(body->getIterator()));
      Location loc = body.getLoc();
      auto entry = LLVM::LLVMFuncOp::create(builder, loc, body.getName().drop_back(kBodySuffix.size()), signature);
      builder.setInsertionPointToStart(entry.addEntryBlock(builder));
      SmallVector<Value> operands = EntryBuilder(builder, loc, entry)
                                        .build(cast<FunctionType>(type.getValue()), body->getAttrOfType<DenseI64ArrayAttr>(kScratchAttr));
      if (operands.size() != body.getNumArguments()) {
        body.emitError("expected a body of ") << operands.size() << " arguments, got " << body.getNumArguments();
        return signalPassFailure();
      }
      LLVM::CallOp::create(builder, loc, body, operands);
      describePointers(body);
      LLVM::ReturnOp::create(builder, loc, ValueRange{});
    }
  }
};

} // namespace
} // namespace tenon::cpu
