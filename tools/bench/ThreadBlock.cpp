// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/bench/ThreadBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

#include <csetjmp>
#include <ucontext.h>

using namespace mlir;

namespace tenon::bench {
namespace {

constexpr unsigned kWarp = 32;
constexpr size_t kStackBytes = 64 * 1024;

enum class Wait { none, barrier, shuffle, ended };

/// `context` makes the first step onto the stack; later ones are jumps, which need no system calls.
struct Fiber {
  ucontext_t context;
  jmp_buf place;
  std::unique_ptr<char[]> stack;
  bool started = false;
  Wait wait = Wait::none;
  unsigned numShuffles = 0;
};

class Block;

/// A thread's registers of a product of fragments: operands as pairs of 16 bits, then sums.
struct Fragments {
  uint32_t a[4], b[2];
  float c[4];
};

/// What generated code finds behind the argument z.
struct Table {
  void (*barrier)(Block *);
  uint32_t (*shuffle)(Block *, uint32_t value, uint32_t lane);
  void (*multiply)(Block *, Fragments *own, uint32_t isBFloat);
  Block *block;
};
constexpr int32_t kTableBlock = 3;

class Block {
public:
  Block(const BlockArguments &arguments, unsigned numThreads, bool descending)
      : arguments(arguments), fibers(numThreads), descending(descending),
        table{&Block::waitForAll, &Block::shuffle, &Block::multiply, this} {
    for (auto &round : exchanged)
      round.resize(numThreads);
    for (auto &round : multiplied)
      round.resize(numThreads);
  }

  bool run();

private:
  static void start(unsigned high, unsigned low);
  void resume(Fiber &fiber);
  static void waitForAll(Block *block) { block->suspend(Wait::barrier); }
  static uint32_t shuffle(Block *block, uint32_t value, uint32_t lane);
  static void multiply(Block *block, Fragments *own, uint32_t isBFloat);
  void suspend(Wait reason);
  bool release();

  const BlockArguments &arguments;
  std::vector<Fiber> fibers;
  bool descending;
  Table table;
  unsigned current = 0;
  jmp_buf scheduler;
  std::vector<uint32_t> exchanged[2]; // by shuffles, of even and odd number
  std::vector<Fragments> multiplied[2];
};

void Block::start(unsigned high, unsigned low) {
  auto *block = reinterpret_cast<Block *>(static_cast<uintptr_t>(high) << 32 | low);
  const BlockArguments &a = block->arguments;
  a.entry(a.buffers, a.scalars, a.x, block->current, reinterpret_cast<int64_t>(&block->table), a.scratch);
  block->suspend(Wait::ended);
}

void Block::suspend(Wait reason) {
  Fiber &fiber = fibers[current];
  fiber.wait = reason;
  if (_setjmp(fiber.place) == 0)
    _longjmp(scheduler, 1);
}

/// Runs `fiber` until it waits.
void Block::resume(Fiber &fiber) {
  if (_setjmp(scheduler) != 0)
    return;
  if (std::exchange(fiber.started, true))
    _longjmp(fiber.place, 1);
  setcontext(&fiber.context);
}

uint32_t Block::shuffle(Block *block, uint32_t value, uint32_t lane) {
  unsigned self = block->current, round = block->fibers[self].numShuffles++ % 2;
  block->exchanged[round][self] = value;
  block->suspend(Wait::shuffle);
  return block->exchanged[round][self / kWarp * kWarp + lane % kWarp];
}

/// Half `index` of a register.
static float half(uint32_t pair, unsigned index, bool isBFloat) {
  APInt bits(16, pair >> 16 * index & 0xffff);
  APFloat value(isBFloat ? APFloat::BFloat() : APFloat::IEEEhalf(), bits);
  return value.convertToFloat();
}

/// mma.sync.m16n8k16: lane 4g + t has of the rows g and g + 8 the products 2t, 2t + 1, 2t + 8, 2t + 9, of column g the same, and of the
/// result columns 2t and 2t + 1 of these rows.
void Block::multiply(Block *block, Fragments *own, uint32_t isBFloat) {
  unsigned self = block->current, lane = self % kWarp, round = block->fibers[self].numShuffles++ % 2;
  block->multiplied[round][self] = *own;
  block->suspend(Wait::shuffle);
  const Fragments *warp = &block->multiplied[round][self - lane];
  for (unsigned i = 0; i < 4; ++i) {
    unsigned row = lane / 4, column = 2 * (lane % 4) + i % 2;
    for (unsigned k = 0; k < 16; ++k) {
      unsigned member = k % 8 / 2, upper = k / 8;
      own->c[i] +=
          half(warp[4 * row + member].a[2 * upper + i / 2], k % 2, isBFloat) * half(warp[4 * column + member].b[upper], k % 2, isBFloat);
    }
  }
}

/// Lets those go on who have waited long enough; false if nobody can.
bool Block::release() {
  bool any = false;
  for (size_t first = 0; first < fibers.size(); first += kWarp) {
    auto warp = llvm::MutableArrayRef(fibers).slice(first, std::min<size_t>(kWarp, fibers.size() - first));
    if (!llvm::all_of(warp, [](const Fiber &fiber) { return fiber.wait == Wait::shuffle; }))
      continue;
    any = true;
    for (Fiber &fiber : warp)
      fiber.wait = Wait::none;
  }
  if (any || !llvm::all_of(fibers, [](const Fiber &fiber) { return fiber.wait == Wait::barrier; }))
    return any;
  for (Fiber &fiber : fibers)
    fiber.wait = Wait::none;
  return true;
}

bool Block::run() {
  auto self = reinterpret_cast<uintptr_t>(this);
  for (Fiber &fiber : fibers) {
    getcontext(&fiber.context);
    fiber.stack.reset(new char[kStackBytes]);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&Block::start), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }
  do {
    for (unsigned i = 0; i < fibers.size(); ++i) {
      current = descending ? fibers.size() - 1 - i : i;
      if (fibers[current].wait == Wait::none)
        resume(fibers[current]);
    }
  } while (release());
  bool ended = llvm::all_of(fibers, [](const Fiber &fiber) { return fiber.wait == Wait::ended; });
  if (!ended)
    llvm::errs() << "threads of a block wait for others that do not come\n";
  return ended;
}

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
      call(b, op.getLoc(), 0, LLVM::LLVMVoidType::get(b.getContext()), {});
      op.erase();
    });
    kernel.walk([&](gpu::ShuffleOp op) { rewriteShuffle(op); });
    kernel.walk([&](nvgpu::MmaSyncOp op) { rewriteProduct(op); });
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
    Value result = call(b, loc, 1, b.getI32Type(), {bits, lane});
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
    call(b, loc, 2, LLVM::LLVMVoidType::get(b.getContext()),
         {memory, LLVM::ConstantOp::create(b, loc, word, b.getI32IntegerAttr(isBFloat))});
    SmallVector<Value> sums;
    for (int32_t i = 6; i < 10; ++i)
      sums.push_back(LLVM::LoadOp::create(b, loc, f32, slot(i)));
    op.replaceAllUsesWith(vector::FromElementsOp::create(b, loc, op.getType(), sums).getResult());
    op.erase();
  }

  Value load(OpBuilder &b, Location loc, Value base, int32_t index) {
    Value address = LLVM::GEPOp::create(b, loc, pointer, pointer, base, ArrayRef<LLVM::GEPArg>{index});
    return LLVM::LoadOp::create(b, loc, pointer, address);
  }

  Value call(OpBuilder &b, Location loc, int32_t entry, Type result, ValueRange operands) {
    Value address = arith::IndexCastOp::create(b, loc, b.getI64Type(), table);
    Value base = LLVM::IntToPtrOp::create(b, loc, pointer, address);
    SmallVector<Value> arguments{load(b, loc, base, entry), load(b, loc, base, kTableBlock)};
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

bool runThreadBlock(const BlockArguments &arguments, unsigned numThreads, bool descending) {
  return Block(arguments, numThreads, descending).run();
}

} // namespace tenon::bench
