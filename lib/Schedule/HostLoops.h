// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops of dispatch functions that the host runs, step by step.
#ifndef TENON_LIB_SCHEDULE_HOSTLOOPS_H
#define TENON_LIB_SCHEDULE_HOSTLOOPS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::schedule {

/// Loops over time, chunks or passes stay on the host of a machine with thread blocks: a step of theirs is as many launches as it needs,
/// each of the whole machine.
bool isHostLoop(mlir::scf::ForOp loop);

/// Lets what a step computes replace what the loop carries, in the same memory, where that is not needed any more: what reads the old
/// elements is done by then, in a launch of its own.
void writeCarriedInPlace(mlir::scf::ForOp loop);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_HOSTLOOPS_H
