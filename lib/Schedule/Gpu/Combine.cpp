// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/Combine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tenon::schedule {

std::optional<Combiner> Combiner::match(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0)
    return std::nullopt;
  BlockArgument accumulator = op.getRegionOutputArgs().front();
  Operation *join = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!join || join->getBlock() != op.getBlock() || join->getNumOperands() != 2 || !accumulator.hasOneUse() ||
      *accumulator.user_begin() != join || join->getResult(0).getType() != accumulator.getType())
    return std::nullopt;
  if (!isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp, arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
           arith::MinNumFOp, arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp>(
          join))
    return std::nullopt;
  std::optional<TypedAttr> neutral = arith::getNeutralElement(join);
  if (!neutral)
    return std::nullopt;
  return Combiner(join, *neutral);
}

Value Combiner::createNeutral(OpBuilder &b, Location loc) const { return arith::ConstantOp::create(b, loc, neutral); }

Value Combiner::combine(OpBuilder &b, Location loc, Value left, Value right) const {
  Operation *copy = b.clone(*join);
  copy->setOperands({left, right});
  copy->setLoc(loc);
  return copy->getResult(0);
}

/// `value` of the thread whose lane differs in `mask`. Shuffles move 32 bits.
static Value shuffle(OpBuilder &b, Location loc, Value value, int64_t mask) {
  Type type = value.getType(), i32 = b.getI32Type();
  auto exchange = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(b, loc, word, static_cast<int32_t>(mask), static_cast<int32_t>(kWarpThreads), gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  if (type.isF32() || type == i32)
    return exchange(value);
  unsigned width = type.getIntOrFloatBitWidth();
  Type bitsType = b.getIntegerType(width);
  Value bits = type == bitsType ? value : arith::BitcastOp::create(b, loc, bitsType, value).getResult();
  if (width < 32) {
    bits = arith::TruncIOp::create(b, loc, bitsType, exchange(arith::ExtUIOp::create(b, loc, i32, bits)));
  } else {
    Value half = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
    Value low = exchange(arith::TruncIOp::create(b, loc, i32, bits));
    Value high = exchange(arith::TruncIOp::create(b, loc, i32, arith::ShRUIOp::create(b, loc, bits, half)));
    Value upper = arith::ShLIOp::create(b, loc, arith::ExtUIOp::create(b, loc, bitsType, high), half);
    bits = arith::OrIOp::create(b, loc, upper, arith::ExtUIOp::create(b, loc, bitsType, low));
  }
  return type == bitsType ? bits : arith::BitcastOp::create(b, loc, type, bits).getResult();
}

Value Combiner::combineThreads(OpBuilder &b, Location loc, Value value, int64_t size, Value thread, Value slots) const {
  for (int64_t mask = std::min(size, kWarpThreads) / 2; mask > 0; mask /= 2)
    value = combine(b, loc, value, shuffle(b, loc, value, mask));
  if (size <= kWarpThreads)
    return value;
  Value width = arith::ConstantIndexOp::create(b, loc, kWarpThreads), zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value warp = arith::DivUIOp::create(b, loc, thread, width), lane = arith::RemUIOp::create(b, loc, thread, width);
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, lane, zero);
  gpu::BarrierOp::create(b, loc); // the slots have been read
  scf::IfOp::create(b, loc, first, [&](OpBuilder &b, Location loc) {
    memref::StoreOp::create(b, loc, value, slots, warp);
    scf::YieldOp::create(b, loc);
  });
  gpu::BarrierOp::create(b, loc);
  int64_t warps = size / kWarpThreads;
  Value count = arith::ConstantIndexOp::create(b, loc, warps);
  Value begin = arith::MulIOp::create(b, loc, arith::DivUIOp::create(b, loc, warp, count), count);
  Value total;
  for (int64_t i = 0; i < warps; ++i) {
    Value place = arith::AddIOp::create(b, loc, begin, arith::ConstantIndexOp::create(b, loc, i));
    Value part = memref::LoadOp::create(b, loc, slots, place);
    total = i == 0 ? part : combine(b, loc, total, part);
  }
  return total;
}

} // namespace tenon::schedule
