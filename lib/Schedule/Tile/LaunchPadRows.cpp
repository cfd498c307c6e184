// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host's part of the copy to padded rows: memory, workgroups, the launch.
#include "lib/Schedule/Tile/PadRows.h"

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

Value tenon::schedule::paddedBytes(OpBuilder &builder, Location loc, Value rowBytes) {
  Value unit = arith::ConstantIndexOp::create(builder, loc, kRowPitch);
  return builder.createOrFold<arith::MulIOp>(loc, builder.createOrFold<arith::CeilDivSIOp>(loc, rowBytes, unit), unit);
}

Value tenon::schedule::ifWanted(OpBuilder &builder, Location loc, Value isWanted, Value size) {
  return isWanted ? builder.createOrFold<arith::SelectOp>(loc, isWanted, size, arith::ConstantIndexOp::create(builder, loc, 0)) : size;
}

SmallVector<Value> tenon::schedule::launchPadRows(OpBuilder &builder, Location loc, tile::KernelOp kernel, ArrayRef<RaggedMatrix> matrices,
                                                  Value isWanted) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(builder, loc, value); };
  SmallVector<Value> copies, buffers, scalars;
  SmallVector<bool> writes;
  Value workgroups, first;
  for (const RaggedMatrix &matrix : matrices) {
    Value bytes = builder.createOrFold<arith::MulIOp>(loc, matrix.rows, paddedBytes(builder, loc, matrix.rowBytes));
    Value count = builder.createOrFold<arith::CeilDivSIOp>(loc, bytes, constant(kRowUnit * kPaddedUnits));
    copies.push_back(plan::AllocOp::create(builder, loc, plan::BufferType::get(builder.getContext()),
                                           ifWanted(builder, loc, isWanted, bytes), /*pool=*/false));
    buffers.append({matrix.buffer, copies.back()});
    writes.append({false, true});
    scalars.append({matrix.rows, matrix.rowBytes});
    first = workgroups;
    workgroups = first ? builder.createOrFold<arith::AddIOp>(loc, first, count) : count;
  }
  if (first)
    scalars.push_back(first);
  auto shared = kernel->getAttrOfType<IntegerAttr>(tile::kSharedBytesName);
  Value one = constant(1);
  plan::LaunchOp::create(builder, loc, kernel.getName(), ifWanted(builder, loc, isWanted, workgroups), one, one, constant(shared.getInt()),
                         buffers, scalars, ValueRange(), builder.getDenseBoolArrayAttr(writes), ArrayAttr());
  return copies;
}
