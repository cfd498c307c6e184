// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lifetimes of a finished program's buffers, places in a static arena, and where memory of the pool is given back.
//
// A position is an instruction's number in program order, blocks in place. A buffer lives from the first to the last instruction that
// touches it, directly, through a view, or through a slot that it was assigned to. A loop that a buffer enters alive keeps it alive to the
// loop's end.
#include "lib/Engine/ProgramWriter.h"
#include "runtime/engine/Format.h"
#include "runtime/memory/Planner.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

namespace {
struct Lifetime {
  uint32_t first = UINT32_MAX;
  uint32_t last = 0;
  bool used() const { return first != UINT32_MAX; }
};

/// Walks a program in order and hands out positions.
class Lifetimes {
public:
  explicit Lifetimes(ProgramT &program) : program(program), lives(program.buffers.size()), behind(program.buffers.size()) {}

  void run() {
    collectAssigns(*program.blocks[program.main]);
    for (unsigned changed = 1; changed;) {
      changed = 0;
      for (auto [slot, source] : assigns)
        changed += merge(slot, source);
    }
    walk(*program.blocks[program.main]);
    // An outer loop comes after its inner ones in the list, so one pass extends through all of them.
    for (auto [begin, end] : loops)
      for (Lifetime &life : lives)
        if (life.used() && life.first < begin && life.last >= begin)
          life.last = std::max(life.last, end);
  }

  void touch(uint32_t buffer, uint32_t position);

  ProgramT &program;
  std::vector<Lifetime> lives;
  uint32_t next = 0;

private:
  void walk(BlockT &block);
  void collectAssigns(BlockT &block);
  /// Lets `slot` stand for all that `source` stands for; true if that is news.
  bool merge(uint32_t slot, uint32_t source);

  std::vector<llvm::SmallVector<uint32_t, 1>> behind; // buffers that a slot may refer to
  std::vector<std::pair<uint32_t, uint32_t>> assigns;
  std::vector<std::pair<uint32_t, uint32_t>> loops;
};
} // namespace

void Lifetimes::touch(uint32_t buffer, uint32_t position) {
  Lifetime &life = lives[buffer];
  life.first = std::min(life.first, position);
  life.last = std::max(life.last, position);
  if (program.buffers[buffer]->storage == Storage::view)
    touch(program.buffers[buffer]->index, position);
  for (uint32_t other : behind[buffer])
    touch(other, position);
}

bool Lifetimes::merge(uint32_t slot, uint32_t source) {
  llvm::SmallVector<uint32_t, 4> news(behind[source].begin(), behind[source].end());
  if (program.buffers[source]->storage != Storage::slot)
    news.push_back(source);
  bool changed = false;
  for (uint32_t buffer : news)
    if (!llvm::is_contained(behind[slot], buffer)) {
      behind[slot].push_back(buffer);
      changed = true;
    }
  return changed;
}

void Lifetimes::collectAssigns(BlockT &block) {
  for (std::unique_ptr<InstructionT> &instruction : block.instructions) {
    if (AssignT *assign = instruction->action.AsAssign())
      assigns.emplace_back(assign->dst, assign->src);
    if (IfT *branch = instruction->action.AsIf()) {
      collectAssigns(*program.blocks[branch->then_block]);
      collectAssigns(*program.blocks[branch->else_block]);
    }
    if (WhileT *loop = instruction->action.AsWhile()) {
      collectAssigns(*program.blocks[loop->before_block]);
      collectAssigns(*program.blocks[loop->body_block]);
    }
  }
}

void Lifetimes::walk(BlockT &block) {
  for (std::unique_ptr<InstructionT> &instruction : block.instructions) {
    uint32_t position = next++;
    ActionUnion &action = instruction->action;
    if (LaunchT *launch = action.AsLaunch()) {
      for (uint32_t buffer : launch->buffers)
        touch(buffer, position);
    } else if (HostCallT *call = action.AsHostCall()) {
      for (uint32_t buffer : call->buffers)
        touch(buffer, position);
    } else if (CopyT *copy = action.AsCopy()) {
      touch(copy->src, position);
      touch(copy->dst, position);
    } else if (WriteScalarsT *write = action.AsWriteScalars()) {
      touch(write->buffer, position);
    } else if (ReadScalarT *read = action.AsReadScalar()) {
      touch(read->buffer, position);
    } else if (AllocT *alloc = action.AsAlloc()) {
      touch(alloc->buffer, position);
    } else if (AssignT *assign = action.AsAssign()) {
      // The slot itself is only a name: it is its reads that keep memory alive.
      touch(assign->src, position);
    } else if (IfT *branch = action.AsIf()) {
      walk(*program.blocks[branch->then_block]);
      walk(*program.blocks[branch->else_block]);
    } else if (WhileT *loop = action.AsWhile()) {
      walk(*program.blocks[loop->before_block]);
      walk(*program.blocks[loop->body_block]);
      loops.emplace_back(position, next - 1);
    }
  }
}

/// Puts a Free behind the last instruction of each Alloc's block that touches the buffer, or that holds a block which does. Outputs keep
/// their memory.
static void freePools(ProgramT &program, const std::vector<Lifetime> &lives, const llvm::SmallDenseSet<uint32_t> &kept) {
  uint32_t position = 0;
  std::function<void(BlockT &)> visit = [&](BlockT &block) {
    std::vector<std::unique_ptr<InstructionT>> rewritten;
    llvm::SmallVector<uint32_t> open;
    for (std::unique_ptr<InstructionT> &instruction : block.instructions) {
      ++position;
      if (AllocT *alloc = instruction->action.AsAlloc())
        if (!kept.contains(alloc->buffer))
          open.push_back(alloc->buffer);
      if (IfT *branch = instruction->action.AsIf()) {
        visit(*program.blocks[branch->then_block]);
        visit(*program.blocks[branch->else_block]);
      }
      if (WhileT *loop = instruction->action.AsWhile()) {
        visit(*program.blocks[loop->before_block]);
        visit(*program.blocks[loop->body_block]);
      }
      rewritten.push_back(std::move(instruction));
      llvm::erase_if(open, [&](uint32_t buffer) {
        if (lives[buffer].last >= position)
          return false;
        auto free = std::make_unique<InstructionT>();
        FreeT action;
        action.buffer = buffer;
        free->action.Set(std::move(action));
        rewritten.push_back(std::move(free));
        return true;
      });
    }
    block.instructions = std::move(rewritten);
  };
  visit(*program.blocks[program.main]);
}

LogicalResult tenon::engine::planMemory(ProgramT &program, llvm::function_ref<InFlightDiagnostic()> emitError) {
  llvm::SmallDenseSet<uint32_t> kept;
  for (const std::unique_ptr<BindingT> &output : program.outputs)
    kept.insert(output->buffer);
  {
    Lifetimes lifetimes(program);
    lifetimes.run();
    freePools(program, lifetimes.lives, kept);
  }
  // The Frees have moved the positions.
  Lifetimes lifetimes(program);
  lifetimes.run();
  for (uint32_t buffer : kept)
    if (lifetimes.next > 0)
      lifetimes.touch(buffer, lifetimes.next - 1);

  std::vector<memory::Interval> intervals;
  std::vector<BufferT *> planned;
  bool isStatic = true;
  for (auto [index, buffer] : llvm::enumerate(program.buffers)) {
    if (buffer->storage != Storage::arena)
      continue;
    Lifetime life = lifetimes.lives[index].used() ? lifetimes.lives[index] : Lifetime{0, 0};
    buffer->first = life.first;
    buffer->last = life.last;
    isStatic &= buffer->bytes->reg() < 0;
    intervals.push_back({life.first, life.last, buffer->bytes->value()});
    planned.push_back(buffer.get());
  }
  program.arena_static = isStatic;
  if (!isStatic)
    return success();
  memory::Plan plan;
  if (!memory::planArena(intervals, kBufferAlignment, plan))
    return emitError() << "expected temporary memory of less than 2^63 bytes";
  for (auto [buffer, offset] : llvm::zip_equal(planned, plan.offsets))
    *buffer->offset = Operand(offset, -1);
  program.arena_bytes = plan.bytes;
  program.live_bytes = plan.lowerBound;
  return success();
}
