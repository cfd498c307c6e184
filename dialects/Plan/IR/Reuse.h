// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a dispatch may write into the memory of one of its operands.
#ifndef TENON_DIALECTS_PLAN_IR_REUSE_H
#define TENON_DIALECTS_PLAN_IR_REUSE_H

#include "dialects/Plan/IR/Plan.h"

namespace tenon::plan {

/// Marks the argument of a dispatch function in whose memory the function's only result is made.
inline constexpr llvm::StringLiteral kReused = "plan.reused";

/// Why operand number `operand` is needed after `dispatch`, or its memory is not the dispatch's to write; empty if it is free.
llvm::StringRef whyNotFree(DispatchOp dispatch, unsigned operand);

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_IR_REUSE_H
