// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parameters of a product's kernel in the order of its launch.
#include "lib/Schedule/Tile/ProductHost.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

void tenon::schedule::adaptProductParameters(tile::KernelOp kernel, const GemmProblem &problem) {
  Block &body = kernel.getBody().front();
  Location loc = kernel.getLoc();
  auto builder = OpBuilder::atBlockBegin(&body);
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(kernel.getContext(), 1);
  // Old: descriptors of A and B, C, sizes, operands and further results; each a descriptor or a pointer.
  // New: pointers of A, B, operands, C, further results; sizes; workgroups, scratch, stride; descriptors.
  SmallVector<BlockArgument> old(body.getArguments()), sizes, others;
  for (BlockArgument argument : ArrayRef(old).drop_front(3))
    (argument.getType() == i32 ? sizes : others).push_back(argument);
  auto add = [&](Type type, BlockArgument replaced) {
    BlockArgument added = body.addArgument(type, loc);
    if (replaced)
      replaced.replaceAllUsesWith(added);
  };
  SmallVector<BlockArgument> buffers{old[0], old[1]};
  llvm::append_range(buffers, ArrayRef(others).take_front(problem.operands.size()));
  buffers.push_back(old[2]);
  llvm::append_range(buffers, ArrayRef(others).drop_front(problem.operands.size()));
  for (BlockArgument buffer : buffers)
    add(pointer, isa<tile::DescriptorType>(buffer.getType()) ? BlockArgument() : buffer);
  for (BlockArgument size : sizes) {
    Value wide = body.addArgument(i64, loc);
    size.replaceAllUsesWith(arith::TruncIOp::create(builder, loc, i32, wide));
  }
  for (int i = 0; i < 3; ++i)
    add(i64, {});
  for (BlockArgument argument : old)
    if (isa<tile::DescriptorType>(argument.getType()))
      add(argument.getType(), argument);
  body.eraseArguments(0, old.size());
  kernel.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
}
