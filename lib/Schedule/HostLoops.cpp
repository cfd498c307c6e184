// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/HostLoops.h"

#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace tenon::schedule {

bool isHostLoop(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<linalg::LinalgOp>(), [](linalg::LinalgOp op) { return !isCheapInit(op); });
}

void writeCarriedInPlace(scf::ForOp loop) {
  for (auto [carried, next] : llvm::zip(loop.getRegionIterArgs(), loop.getBody()->getTerminator()->getOperands())) {
    auto op = next.getDefiningOp<linalg::LinalgOp>();
    if (!op || op->getBlock() != loop.getBody())
      continue;
    OpOperand *init = op.getTiedOpOperand(cast<OpResult>(next));
    bool isDone = llvm::all_of(carried.getUsers(), [&, block = loop.getBody()](Operation *user) {
      return block->findAncestorOpInBlock(*user)->isBeforeInBlock(op);
    });
    if (!isDone || !init->get().getDefiningOp<tensor::EmptyOp>())
      continue;
    for (Operation *user : carried.getUsers())
      loop.getBody()->findAncestorOpInBlock(*user)->setAttr(kOwnLaunch, UnitAttr::get(loop.getContext()));
    init->set(carried);
  }
}

} // namespace tenon::schedule
