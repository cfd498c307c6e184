// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which host integers are known as soon as inputs are bound, before anything has run.
#ifndef TENON_DIALECTS_PLAN_IR_BINDINGTIME_H
#define TENON_DIALECTS_PLAN_IR_BINDINGTIME_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace tenon::plan {

/// Answers for the values of one host program, which only grows between two questions.
class BindingTime {
public:
  /// True if `value` is arithmetic on input dims and constants that may be computed before the program runs.
  bool isKnown(mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, bool> answers;
};

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_IR_BINDINGTIME_H
