// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops of a thread of a block -> calls of the fibers' functions.
#include "tools/bench/ThreadBlockCalls.h"
#include "tools/bench/ThreadBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace tenon::bench {
namespace {

/// Replaces the ops of one kernel.
class CallRewriter {
public:
  explicit CallRewriter(func::FuncOp kernel) : kernel(kernel), pointer(LLVM::LLVMPointerType::get(kernel.getContext())) {
    ValueRange ids = kernel.getArguments().take_back(4);
    thread = ids[1];
    table = ids[2];
  }

  void run() {
    kernel.walk([&](gpu::ThreadIdOp op) {
      op.replaceAllUsesWith(thread);
      op.erase();
    });
    kernel.walk([&](gpu::BarrierOp op) {
      OpBuilder b(op);
      call(b, op.getLoc(), Entry::barrier, LLVM::LLVMVoidType::get(b.getContext()), {});
      op.erase();
    });
    kernel.walk([&](gpu::ShuffleOp op) { rewriteShuffle(op); });
    kernel.walk([&](nvgpu::MmaSyncOp op) { rewriteProduct(op); });
    kernel.walk([&](nvgpu::DeviceAsyncCopyOp op) { rewriteCopy(op); });
    kernel.walk([&](nvgpu::DeviceAsyncWaitOp op) {
      OpBuilder b(op);
      Value most = constant(b, op.getLoc(), static_cast<int32_t>(op.getNumGroups().value_or(0)));
      call(b, op.getLoc(), Entry::waitForGroups, LLVM::LLVMVoidType::get(b.getContext()), {most});
      op.erase();
    });
    kernel.walk([&](nvgpu::DeviceAsyncCreateGroupOp op) {
      OpBuilder b(op);
      call(b, op.getLoc(), Entry::endGroup, LLVM::LLVMVoidType::get(b.getContext()), {});
      op.erase();
    });
    kernel.walk([&](nvgpu::LdMatrixOp op) { rewriteTiles(op); });
    forgetMemorySpace(kernel.getArguments().back());
    kernel.setFunctionType(FunctionType::get(kernel.getContext(), kernel.getBody().front().getArgumentTypes(), {}));
  }

private:
  void rewriteShuffle(gpu::ShuffleOp op) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    Value own = arith::IndexCastOp::create(b, loc, b.getI32Type(), thread), lane = op.getOffset();
    if (op.getMode() == gpu::ShuffleMode::XOR)
      lane = arith::XOrIOp::create(b, loc, own, lane);
    else if (op.getMode() == gpu::ShuffleMode::DOWN)
      lane = arith::AddIOp::create(b, loc, own, lane);
    else if (op.getMode() == gpu::ShuffleMode::UP)
      lane = arith::SubIOp::create(b, loc, own, lane);
    Value bits = op.getValue();
    bool isFloat = bits.getType().isF32();
    if (isFloat)
      bits = arith::BitcastOp::create(b, loc, b.getI32Type(), bits);
    Value result = call(b, loc, Entry::shuffle, b.getI32Type(), {bits, lane});
    if (isFloat)
      result = arith::BitcastOp::create(b, loc, b.getF32Type(), result);
    op.getShuffleResult().replaceAllUsesWith(result);
    op.getValid().replaceAllUsesWith(arith::ConstantIntOp::create(b, loc, 1, 1).getResult());
    op.erase();
  }

  void rewriteProduct(nvgpu::MmaSyncOp op) {
    OpBuilder b = OpBuilder::atBlockBegin(&kernel.getBody().front());
    Location loc = op.getLoc();
    Type word = b.getI32Type(), f32 = b.getF32Type();
    Value memory = LLVM::AllocaOp::create(b, loc, pointer, word, LLVM::ConstantOp::create(b, loc, word, b.getI32IntegerAttr(10)));
    b.setInsertionPoint(op);
    auto slot = [&](int32_t index) { return LLVM::GEPOp::create(b, loc, pointer, word, memory, ArrayRef<LLVM::GEPArg>{index}); };
    int32_t next = 0;
    for (Value operand : op->getOperands()) {
      auto type = cast<VectorType>(operand.getType());
      bool isSums = type.getElementType().isF32();
      Value words =
          isSums ? operand : vector::BitCastOp::create(b, loc, VectorType::get({type.getDimSize(0), 1}, word), operand).getResult();
      for (int64_t row = 0; row < type.getDimSize(0); ++row)
        for (int64_t i = 0; i < (isSums ? 2 : 1); ++i)
          LLVM::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, words, ArrayRef<int64_t>{row, i}), slot(next++));
    }
    bool isBFloat = cast<VectorType>(op.getMatrixA().getType()).getElementType().isBF16();
    call(b, loc, Entry::multiply, LLVM::LLVMVoidType::get(b.getContext()),
         {memory, LLVM::ConstantOp::create(b, loc, word, b.getI32IntegerAttr(isBFloat))});
    SmallVector<Value> sums;
    for (int32_t i = 6; i < 10; ++i)
      sums.push_back(LLVM::LoadOp::create(b, loc, f32, slot(i)));
    op.replaceAllUsesWith(vector::FromElementsOp::create(b, loc, op.getType(), sums).getResult());
    op.erase();
  }

  void rewriteCopy(nvgpu::DeviceAsyncCopyOp op) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto bytesOf = [&](Value elements) -> Value {
      Value bytes = arith::ConstantIndexOp::create(b, loc, op.getDst().getType().getElementTypeBitWidth() / 8);
      Value product = arith::MulIOp::create(b, loc, elements, bytes);
      return arith::IndexCastOp::create(b, loc, b.getI64Type(), product);
    };
    Value all = arith::ConstantIndexOp::create(b, loc, op.getDstElements().getSExtValue());
    Value to = addressOf(b, loc, op.getDst(), op.getDstIndices()), from = addressOf(b, loc, op.getSrc(), op.getSrcIndices());
    call(b, loc, Entry::copy, LLVM::LLVMVoidType::get(b.getContext()),
         {to, from, bytesOf(all), bytesOf(op.getSrcElements() ? op.getSrcElements() : all)});
    op.erase();
  }

  void rewriteTiles(nvgpu::LdMatrixOp op) {
    OpBuilder b = OpBuilder::atBlockBegin(&kernel.getBody().front());
    Location loc = op.getLoc();
    Type word = b.getI32Type();
    auto numTiles = static_cast<int32_t>(op.getNumTiles());
    Value memory = LLVM::AllocaOp::create(b, loc, pointer, word, constant(b, loc, numTiles));
    b.setInsertionPoint(op);
    call(b, loc, Entry::loadTiles, LLVM::LLVMVoidType::get(b.getContext()),
         {addressOf(b, loc, op.getSrcMemref(), op.getIndices()), memory, constant(b, loc, numTiles), constant(b, loc, op.getTranspose())});
    SmallVector<Value> words;
    for (int32_t tile = 0; tile < numTiles; ++tile)
      words.push_back(LLVM::LoadOp::create(b, loc, word, LLVM::GEPOp::create(b, loc, pointer, word, memory, ArrayRef<LLVM::GEPArg>{tile})));
    Value column = vector::FromElementsOp::create(b, loc, VectorType::get({numTiles, 1}, word), words);
    op.replaceAllUsesWith(vector::BitCastOp::create(b, loc, op.getType(), column).getResult());
    op.erase();
  }

  static Value constant(OpBuilder &b, Location loc, int32_t value) {
    return LLVM::ConstantOp::create(b, loc, b.getI32Type(), b.getI32IntegerAttr(value));
  }

  /// Of an element of `memory`.
  Value addressOf(OpBuilder &b, Location loc, Value memory, ValueRange indices) {
    auto parts = memref::ExtractStridedMetadataOp::create(b, loc, memory);
    Value place = parts.getOffset();
    for (auto [index, stride] : llvm::zip_equal(indices, parts.getStrides()))
      place = arith::AddIOp::create(b, loc, place, arith::MulIOp::create(b, loc, index, stride));
    int64_t bytes = cast<MemRefType>(memory.getType()).getElementTypeBitWidth() / 8;
    place = arith::MulIOp::create(b, loc, place, arith::ConstantIndexOp::create(b, loc, bytes));
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memory);
    Value address = arith::IndexCastOp::create(b, loc, b.getI64Type(), arith::AddIOp::create(b, loc, base, place).getResult());
    return LLVM::IntToPtrOp::create(b, loc, pointer, address);
  }

  /// All memory is one on a CPU.
  static void forgetMemorySpace(Value memory) {
    memory.setType(MemRefType::Builder(cast<MemRefType>(memory.getType())).setMemorySpace({}));
    for (Operation *user : memory.getUsers())
      for (Value result : user->getResults())
        if (isa<MemRefType>(result.getType()))
          forgetMemorySpace(result);
  }

  Value load(OpBuilder &b, Location loc, Value base, Entry entry) {
    Value address = LLVM::GEPOp::create(b, loc, pointer, pointer, base, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(entry)});
    return LLVM::LoadOp::create(b, loc, pointer, address);
  }

  Value call(OpBuilder &b, Location loc, Entry entry, Type result, ValueRange operands) {
    Value address = arith::IndexCastOp::create(b, loc, b.getI64Type(), table);
    Value base = LLVM::IntToPtrOp::create(b, loc, pointer, address);
    SmallVector<Value> arguments{load(b, loc, base, entry), load(b, loc, base, Entry::block)};
    llvm::append_range(arguments, operands);
    auto type = LLVM::LLVMFunctionType::get(result, llvm::to_vector(ValueRange(arguments).drop_front().getTypes()));
    auto callOp = LLVM::CallOp::create(b, loc, type, arguments);
    return callOp.getNumResults() == 0 ? Value() : callOp.getResult();
  }

  func::FuncOp kernel;
  Type pointer;
  Value thread, table;
};

} // namespace

void callThreadBlock(ModuleOp kernels) {
  for (auto kernel : kernels.getOps<func::FuncOp>())
    CallRewriter(kernel).run();
}

} // namespace tenon::bench
