// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scratch of a thread block: what threads exchange comes first, then what is left of the kernel's temporaries.
#include "lib/Schedule/Gpu/Accesses.h"
#include "lib/Schedule/Gpu/Distribute.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace tenon::schedule {

static int64_t alignedBytes(MemRefType type) {
  return llvm::alignTo(type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8), plan::kBufferAlignment);
}

ThreadBlock::ThreadBlock(func::FuncOp kernel, int64_t numThreads, bool isShared)
    : kernel(kernel), numThreads(numThreads), shared(isShared) {
  OpBuilder b = OpBuilder::atBlockBegin(&kernel.getBody().front());
  thread = gpu::ThreadIdOp::create(b, kernel.getLoc(), gpu::Dimension::x);
}

Value ThreadBlock::allocate(MemRefType type) {
  OpBuilder b(kernel.getContext());
  b.setInsertionPointAfterValue(thread);
  Location loc = kernel.getLoc();
  Value offset = arith::ConstantIndexOp::create(b, loc, bytes);
  bytes += alignedBytes(type);
  Value memory = memref::ViewOp::create(b, loc, type, kernel.getArguments().back(), offset, ValueRange());
  allocated.insert(memory.getDefiningOp());
  return memory;
}

Value ThreadBlock::allocateShared(MemRefType type) {
  assert(shared && "expected a block that may count on shared memory");
  needed = true;
  return allocate(type);
}

ThreadBlock::Scratch ThreadBlock::finish() {
  SmallVector<Operation *> ops;
  kernel.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
  // By where they were: equal views are one place.
  llvm::MapVector<int64_t, SmallVector<memref::ViewOp>> places;
  SmallVector<memref::ViewOp> all;
  bool isStatic = true;
  for (Operation *user : kernel.getArguments().back().getUsers()) {
    auto view = cast<memref::ViewOp>(user);
    if (allocated.contains(view))
      continue;
    all.push_back(view);
    std::optional<int64_t> place = getConstantIntValue(view.getByteShift());
    isStatic &= place && view.getType().hasStaticShape();
    if (isStatic)
      places[*place].push_back(view);
  }
  auto move = [&](memref::ViewOp view, Value shift) { view.getByteShiftMutable().assign(shift); };
  if (!isStatic) {
    for (memref::ViewOp view : all) {
      OpBuilder b(view);
      Value shift = arith::ConstantIndexOp::create(b, view.getLoc(), bytes);
      move(view, b.createOrFold<arith::AddIOp>(view.getLoc(), view.getByteShift(), shift));
    }
    return {bytes, false};
  }
  int64_t end = bytes;
  for (const auto &[place, views] : places) {
    int64_t size = 0;
    for (memref::ViewOp view : views) {
      OpBuilder b(view);
      move(view, arith::ConstantIndexOp::create(b, view.getLoc(), end));
      size = std::max(size, alignedBytes(view.getType()));
    }
    end += size;
  }
  return {end, true};
}

} // namespace tenon::schedule
