// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which ops a product takes along as its epilogue.
#include "lib/Schedule/Gpu/Accesses.h"
#include "lib/Schedule/Gpu/BlockProduct.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace tenon::schedule {

static linalg::GenericOp nextGeneric(Operation *op) {
  Operation *next = op->getNextNode();
  while (next && !isa<linalg::GenericOp>(next) && isMemoryEffectFree(next))
    next = next->getNextNode();
  return dyn_cast_or_null<linalg::GenericOp>(next);
}

/// True if nothing but `writer` and `reader` uses `memory`, or views of it.
static bool isBetween(Value memory, Operation *writer, Operation *reader) {
  return llvm::all_of(memory.getUsers(), [&](Operation *user) {
    if (isa<ViewLikeOpInterface>(user))
      return llvm::all_of(user->getResults(), [&](Value view) { return isBetween(view, writer, reader); });
    return user == writer || user == reader;
  });
}

/// The loops of `op` as expressions of the product's, if it reads `memory`, whose dims the product indexes by `written`, in one way.
static std::optional<SmallVector<AffineExpr>> followLoops(linalg::GenericOp op, Value memory, AffineMap written) {
  SmallVector<AffineExpr> loops(op.getNumLoops());
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (operand->get() != memory)
      continue;
    AffineMap read = op.getMatchingIndexingMap(operand);
    for (auto [mine, its] : llvm::zip(read.getResults(), written.getResults())) {
      if (mine == its && isa<AffineConstantExpr>(mine))
        continue;
      auto loop = dyn_cast<AffineDimExpr>(mine);
      if (!loop || (loops[loop.getPosition()] && loops[loop.getPosition()] != its))
        return std::nullopt;
      loops[loop.getPosition()] = its;
    }
  }
  if (llvm::any_of(loops, [](AffineExpr loop) { return !loop; }))
    return std::nullopt;
  return loops;
}

SmallVector<EpilogueOp> matchEpilogue(linalg::GenericOp product) {
  SmallVector<EpilogueOp> epilogue;
  Value memory = product.getDpsInitOperand(0)->get();
  AffineMap written = product.getMatchingIndexingMap(product.getDpsInitOperand(0));
  Operation *writer = product;
  while (linalg::GenericOp op = nextGeneric(writer)) {
    Value base = findMemory(memory);
    bool reads = llvm::is_contained(op.getDpsInputs(), memory);
    if (!reads || !base || op.getNumReductionLoops() > 0 || op.getNumDpsInits() != 1)
      break;
    OpOperand &init = *op.getDpsInitOperand(0);
    auto loops = followLoops(op, memory, written);
    if (!loops || op.payloadUsesValueFromOperand(&init))
      break;
    AffineMap substitution = AffineMap::get(written.getNumDims(), 0, *loops, op.getContext());
    EpilogueOp entry{op, {}, *loops};
    for (OpOperand &operand : op->getOpOperands()) {
      bool isChained = operand.get() == memory && !op.isDpsInit(&operand);
      entry.maps.push_back(isChained ? AffineMap() : op.getMatchingIndexingMap(&operand).compose(substitution));
    }
    bool overwrites = init.get() == memory && entry.maps.back() == written;
    bool isTemporary = base.getDefiningOp() && isBetween(base, writer, op);
    // It may read other memory, but not what it takes the place of.
    bool readsBase = llvm::any_of(op.getDpsInputs(), [&](Value input) {
      return isa<MemRefType>(input.getType()) && input != memory && (!findMemory(input) || findMemory(input) == base);
    });
    if ((!overwrites && !isTemporary) || readsBase || !findMemory(init.get()))
      break;
    epilogue.push_back(entry);
    memory = init.get();
    written = entry.maps.back();
    writer = op;
  }
  return epilogue;
}

} // namespace tenon::schedule
