// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/bench/ThreadBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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

/// What generated code finds behind the argument z.
struct Table {
  void (*barrier)(Block *);
  uint32_t (*shuffle)(Block *, uint32_t value, uint32_t lane);
  Block *block;
};

class Block {
public:
  Block(const BlockArguments &arguments, unsigned numThreads, bool descending)
      : arguments(arguments), fibers(numThreads), descending(descending), table{&Block::waitForAll, &Block::shuffle, this} {
    for (auto &round : exchanged)
      round.resize(numThreads);
  }

  bool run();

private:
  static void start(unsigned high, unsigned low);
  void resume(Fiber &fiber);
  static void waitForAll(Block *block) { block->suspend(Wait::barrier); }
  static uint32_t shuffle(Block *block, uint32_t value, uint32_t lane);
  void suspend(Wait reason);
  bool release();

  const BlockArguments &arguments;
  std::vector<Fiber> fibers;
  bool descending;
  Table table;
  unsigned current = 0;
  jmp_buf scheduler;
  std::vector<uint32_t> exchanged[2]; // by shuffles, of even and odd number
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

  Value load(OpBuilder &b, Location loc, Value base, int32_t index) {
    Value address = LLVM::GEPOp::create(b, loc, pointer, pointer, base, ArrayRef<LLVM::GEPArg>{index});
    return LLVM::LoadOp::create(b, loc, pointer, address);
  }

  Value call(OpBuilder &b, Location loc, int32_t entry, Type result, ValueRange operands) {
    Value address = arith::IndexCastOp::create(b, loc, b.getI64Type(), table);
    Value base = LLVM::IntToPtrOp::create(b, loc, pointer, address);
    SmallVector<Value> arguments{load(b, loc, base, entry), load(b, loc, base, 2)};
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
