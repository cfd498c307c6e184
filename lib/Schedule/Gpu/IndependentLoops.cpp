// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Serial code of rows that do not touch each other's memory, running sums or greatest elements -> a row per thread.
//
//   scf.for %i { scf.for %j { ... store %v, %m[%i, %k] } }    ->    scf.for %i = %thread to ... step 256 { scf.for %j { ... } }
//
// Iterations of a loop are independent if whatever memory its body writes is only met at elements of which one index is the loop's own.
#include "lib/Schedule/Gpu/Accesses.h"
#include "lib/Schedule/Gpu/Distribute.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// Element accesses inside of a loop, by memory.
struct Element {
  Value memory; // the memref used
  ValueRange indices;
  bool isStore;
};

std::optional<llvm::MapVector<Value, SmallVector<Element>>> findElements(scf::ForOp loop) {
  llvm::MapVector<Value, SmallVector<Element>> elements;
  WalkResult result = loop.getBody()->walk([&](Operation *op) {
    std::optional<Element> element;
    if (auto load = dyn_cast<memref::LoadOp>(op))
      element = Element{load.getMemRef(), load.getIndices(), false};
    else if (auto store = dyn_cast<memref::StoreOp>(op))
      element = Element{store.getMemRef(), store.getIndices(), true};
    else
      return isMemoryEffectFree(op) || op->getNumRegions() > 0 ? WalkResult::advance() : WalkResult::interrupt();
    Value base = findMemory(element->memory);
    if (!base)
      return WalkResult::interrupt();
    elements[base].push_back(*element);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return std::nullopt;
  return elements;
}

bool isIndependent(scf::ForOp loop) {
  if (loop.getNumResults() > 0)
    return false;
  auto elements = findElements(loop);
  return elements && llvm::all_of(*elements, [&](const auto &entry) {
           ArrayRef<Element> all = entry.second;
           if (llvm::none_of(all, [](const Element &element) { return element.isStore; }))
             return true;
           return llvm::any_of(llvm::seq<size_t>(0, all.front().indices.size()), [&](size_t dim) {
             return llvm::all_of(all, [&](const Element &element) {
               return element.memory == all.front().memory && element.indices[dim] == loop.getInductionVar();
             });
           });
         });
}

/// The loop that is all of the body of `loop`.
scf::ForOp onlyLoop(scf::ForOp loop) {
  auto ops = loop.getBody()->without_terminator();
  return llvm::hasSingleElement(ops) ? dyn_cast<scf::ForOp>(*ops.begin()) : scf::ForOp();
}

} // namespace

bool distributeIndependentLoops(RewriterBase &b, Operation *op, const ThreadBlock &block) {
  SmallVector<scf::ForOp> loops;
  for (auto loop = dyn_cast<scf::ForOp>(op); loop && isIndependent(loop); loop = onlyLoop(loop)) {
    bool fixed = llvm::all_of(ValueRange{loop.getLowerBound(), loop.getUpperBound(), loop.getStep()},
                              [&](Value bound) { return !op->isAncestor(bound.getParentBlock()->getParentOp()); });
    if (!fixed)
      break;
    loops.push_back(loop);
  }
  if (loops.empty())
    return false;
  Location loc = op->getLoc();
  b.setInsertionPoint(op);
  SmallVector<Value> sizes;
  Value total = arith::ConstantIndexOp::create(b, loc, 1), zero = arith::ConstantIndexOp::create(b, loc, 0);
  for (scf::ForOp loop : loops) {
    Value range = b.createOrFold<arith::SubIOp>(loc, loop.getUpperBound(), loop.getLowerBound());
    Value count = arith::CeilDivSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, range, zero), loop.getStep());
    sizes.push_back(count);
    total = b.createOrFold<arith::MulIOp>(loc, total, count);
  }
  Value threads = arith::ConstantIndexOp::create(b, loc, block.getNumThreads());
  auto shared = scf::ForOp::create(b, loc, block.getThread(), total, threads);
  b.setInsertionPointToStart(shared.getBody());
  IRMapping mapping;
  for (auto [loop, index] : llvm::zip(loops, delinearize(b, loc, shared.getInductionVar(), sizes))) {
    Value offset = b.createOrFold<arith::MulIOp>(loc, index, loop.getStep());
    mapping.map(loop.getInductionVar(), b.createOrFold<arith::AddIOp>(loc, loop.getLowerBound(), offset));
  }
  for (Operation &inner : loops.back().getBody()->without_terminator())
    b.clone(inner, mapping);
  b.eraseOp(op);
  return true;
}

} // namespace tenon::schedule
