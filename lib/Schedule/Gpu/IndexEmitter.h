// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic of places and sizes for what emits a block's code. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_INDEXEMITTER_H
#define TENON_LIB_SCHEDULE_GPU_INDEXEMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace tenon::schedule {

/// Emits arithmetic of indices where `b` stands; what is known is folded. Indices are not negative: division is unsigned.
class IndexEmitter {
public:
  IndexEmitter(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  mlir::Value add(mlir::Value x, int64_t y) { return add(x, constant(y)); }
  mlir::Value multiply(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  mlir::Value multiply(mlir::Value x, int64_t y) { return multiply(x, constant(y)); }
  mlir::Value divide(mlir::Value x, int64_t y) { return b.createOrFold<mlir::arith::DivUIOp>(loc, x, constant(y)); }
  mlir::Value remainder(mlir::Value x, int64_t y) { return b.createOrFold<mlir::arith::RemUIOp>(loc, x, constant(y)); }
  mlir::Value bitXor(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::XOrIOp>(loc, x, y); }

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_INDEXEMITTER_H
