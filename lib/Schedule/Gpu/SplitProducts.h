// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The split of products that have too few tiles, before tiles are chosen. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_SPLITPRODUCTS_H
#define TENON_LIB_SCHEDULE_GPU_SPLITPRODUCTS_H

#include "lib/Schedule/Schedule.h"

namespace tenon::schedule {

/// Replaces each product that has too few tiles for the machine by one of parts of its sums, and sums of these.
void splitProducts(mlir::RewriterBase &rewriter, mlir::func::FuncOp function);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_SPLITPRODUCTS_H
