// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Plan/IR/Reuse.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

/// Whether `value` and its views are read by dispatches and the host alone, before `dispatch` or by it.
static bool endsAt(Value value, DispatchOp dispatch) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    Operation *ancestor = dispatch->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor || dispatch->isBeforeInBlock(ancestor))
      return false;
    if (isTensorView(user))
      return endsAt(user->getResult(0), dispatch);
    return isa<DispatchOp, tensor::DimOp, tensor::ExtractOp>(user);
  });
}

StringRef tenon::plan::whyNotFree(DispatchOp dispatch, unsigned operand) {
  Value value = behindTensorViews(dispatch.getInputs()[operand]);
  if (!value.getDefiningOp<DispatchOp>() || value.getParentBlock() != dispatch->getBlock())
    return "the operand's memory is not the program's to write";
  if (!endsAt(value, dispatch))
    return "the operand is needed elsewhere";
  // Kernels count on what they write being no other operand's memory.
  if (llvm::count_if(dispatch.getInputs(), [&](Value input) { return behindTensorViews(input) == value; }) != 1)
    return "the operand is read twice";
  return {};
}
