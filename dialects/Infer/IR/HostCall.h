// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What HostOpInterface says about a call.
#ifndef TENON_DIALECTS_INFER_IR_HOSTCALL_H
#define TENON_DIALECTS_INFER_IR_HOSTCALL_H

#include "mlir/IR/Builders.h"

namespace tenon::infer {

struct HostCall {
  llvm::StringRef function;
  mlir::Type elementType;
  llvm::SmallVector<mlir::Value> scalars, resultDims; // index values; of the results' dynamic dims, in order
};

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_HOSTCALL_H
