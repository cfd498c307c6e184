// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Plan/IR/BindingTime.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon::plan;

bool BindingTime::isKnown(Value value) {
  Operation *def = value.getDefiningOp();
  if (!def)
    return false;
  if (isa<InputDimOp>(def))
    return true;
  if (!isa<arith::ArithDialect>(def->getDialect()))
    return false;
  auto found = answers.find(value);
  if (found != answers.end())
    return found->second;
  // A division in a branch may be there because the condition keeps zero away. It is early nevertheless: what fails when shapes are bound
  // is an error only for the instruction that is reached and reads it.
  bool known = llvm::all_of(def->getOperands(), [&](Value operand) { return isKnown(operand); });
  return answers[value] = known;
}
