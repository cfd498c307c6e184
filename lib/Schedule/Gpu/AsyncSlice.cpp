// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/AsyncSlice.h"
#include "lib/Schedule/Gpu/Accesses.h"
#include "lib/Schedule/Gpu/IndexEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

/// Bytes of a chunk; rows and columns of a tile that ldmatrix reads; chunks that a step moves.
static constexpr int64_t kChunkBytes = 16, kTile = 8, kStep = 8;

AsyncSlice::AsyncSlice(const ProductDomain &domain, OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block)
    : OperandSlice(domain, operand, isRows, lines, depth, block), chunk(kChunkBytes * 8 / getElementType().getIntOrFloatBitWidth()),
      perRead(getElementType().isF32() ? kSquare : 1) {
  chooseVectors(chunk);
}

bool AsyncSlice::isCopied() const {
  int64_t least = chunk / 4; // cp.async brings 4, 8 or 16 bytes
  // What is no buffer may be shared memory itself.
  Value memory = findMemory(operand.get());
  return width >= least && memory && isa<BlockArgument>(memory);
}

MemRefType AsyncSlice::getRingType(int64_t stages) const {
  return MemRefType::get({stages, alongDepth ? lines : depth, numChunks() * chunk}, getElementType());
}

int64_t AsyncSlice::countBytes(int64_t stages) const { return getRingType(stages).getNumElements() * kChunkBytes / chunk; }

void AsyncSlice::allocate(int64_t stages) { shared = block.allocateShared(getRingType(stages)); }

void AsyncSlice::allocate(OpBuilder &b, int64_t stages, Value memory, int64_t first) {
  Value start = IndexEmitter(b, loc).constant(first);
  shared = memref::ViewOp::create(b, loc, getRingType(stages), memory, start, ValueRange());
}

int64_t AsyncSlice::numChunks() const { return (alongDepth ? depth : lines) / chunk; }

Value AsyncSlice::swizzle(OpBuilder &b, Value row) const {
  IndexEmitter emit(b, loc);
  return emit.remainder(emit.divide(row, perRead * std::max<int64_t>(1, kStep / numChunks())), std::min(kStep, numChunks()));
}

void AsyncSlice::copy(OpBuilder &b, Value stage, Value first) const {
  IndexEmitter emit(b, loc);
  int64_t products = alongDepth ? width : 1, neighbours = alongDepth ? 1 : width;
  auto token = nvgpu::DeviceAsyncTokenType::get(b.getContext());
  for (int64_t round = 0; round < numRounds(products, neighbours); ++round) {
    Place at = place(b, round, products, neighbours);
    guardWith(b, loc, at.inside, [&] {
      Source from = sourceOf(b, at, first);
      Value count;
      if (from.inside)
        count = arith::SelectOp::create(b, loc, from.inside, emit.constant(width), emit.constant(0));
      Value row = alongDepth ? at.line : at.k, element = alongDepth ? at.k : at.line;
      Value column = emit.multiply(emit.bitXor(emit.divide(element, chunk), swizzle(b, row)), chunk);
      if (width < chunk)
        column = emit.add(column, emit.remainder(element, chunk));
      nvgpu::DeviceAsyncCopyOp::create(b, loc, token, shared, ValueRange{stage, row, column}, operand.get(), from.indices,
                                       b.getIndexAttr(width), count, width == chunk ? b.getUnitAttr() : UnitAttr());
    });
  }
}

SmallVector<Value> AsyncSlice::square(OpBuilder &b, Value stage, Value k, Value line) const {
  IndexEmitter emit(b, loc);
  Value row = alongDepth ? line : k, element = alongDepth ? k : line;
  Value column = emit.multiply(emit.bitXor(emit.divide(element, chunk), swizzle(b, row)), chunk);
  auto type = VectorType::get({kSquare}, getElementType());
  SmallVector<Value> result;
  for (int64_t i = 0; i < kSquare; ++i) {
    SmallVector<Value> indices{stage, emit.add(row, i), column};
    result.push_back(vector::LoadOp::create(b, loc, type, shared, indices, false, llvm::MaybeAlign(kChunkBytes)));
  }
  if (!alongDepth)
    return result;
  SmallVector<Value> lines = std::move(result);
  for (int64_t product = 0; product < kSquare; ++product) {
    SmallVector<Value> elements;
    for (Value products : lines)
      elements.push_back(vector::ExtractOp::create(b, loc, products, product));
    result.push_back(vector::FromElementsOp::create(b, loc, type, elements));
  }
  return result;
}

/// Lane 8q + i has the address of row i of tile q. What mma.sync takes as a fragment of rows are the tiles (lines 0, products 0), (8, 0),
/// (0, 8), (8, 8), and as one of columns (0, 0), (0, 8); two of these are read at once.
SmallVector<Value> AsyncSlice::fragments(OpBuilder &b, Value stage, int64_t k, const WarpLines &warp) const {
  IndexEmitter emit(b, loc);
  Value zero = emit.constant(0), i = emit.remainder(warp.lane, kTile), tile = emit.divide(warp.lane, kTile);
  int64_t atOnce = isRows ? 1 : std::min<int64_t>(warp.count, 2), height = isRows ? 2 * kTile : kTile, numTiles = isRows ? 4 : 2 * atOnce;
  Value low = emit.remainder(tile, 2), high = numTiles == 4 ? emit.divide(tile, 2) : zero;
  Value lineTile = isRows ? low : high, productTile = isRows ? high : low;
  // First lines are multiples of a warp's, whose number is a power of two: what is added to them, and to chunks, changes other bits.
  Value row = emit.add(i, emit.multiply(alongDepth ? lineTile : productTile, kTile)), place = productTile;
  if (alongDepth)
    row = emit.add(row, warp.first);
  else
    place = emit.add(emit.divide(warp.first, chunk), lineTile);
  place = emit.bitXor(place, swizzle(b, i));
  auto type = VectorType::get({numTiles, 2}, getElementType());
  SmallVector<Value> result;
  for (int64_t n = 0; n < warp.count; n += atOnce) {
    Value line = emit.constant(n * height), product = emit.constant(k);
    Value column = emit.bitXor(place, emit.divide(alongDepth ? product : line, chunk));
    SmallVector<Value> indices{stage, emit.add(row, alongDepth ? line : product), emit.multiply(column, chunk)};
    Value tiles = nvgpu::LdMatrixOp::create(b, loc, type, shared, indices, /*transpose=*/!alongDepth, numTiles);
    if (isRows) {
      result.push_back(tiles);
      continue;
    }
    for (int64_t j = 0; j < numTiles; j += 2)
      result.push_back(joinPairs(
          b, loc, {vector::ExtractOp::create(b, loc, tiles, j).getResult(), vector::ExtractOp::create(b, loc, tiles, j + 1).getResult()}));
  }
  return result;
}

// Every thread makes a group of its copies of a slice, of nothing beyond the last one, so that the oldest of so many groups is always that
// of the next slice:
//
//   copy slices 0 to stages - 2, each to its stage; wait for the first; barrier
//   scf.for iter_args(sums, stage = 0, free = stages - 1) {
//     copy slice + stages - 1 to `free`       // which all threads have read: a barrier ago it was `stage`
//     accumulate(stage)
//     wait for the oldest group; barrier      // slice + 1 is there, of all threads
//     yield next stage, stage
//   }
SmallVector<Value> multiplyAsyncSlices(OpBuilder &b, const ProductDomain &domain, int64_t depth, int64_t stages, const AsyncSlice &left,
                                       const AsyncSlice &right, ValueRange start, Accumulate accumulate) {
  Location loc = domain.op->getLoc();
  IndexEmitter emit(b, loc);
  auto token = nvgpu::DeviceAsyncTokenType::get(b.getContext());
  auto isBelow = [&](Value x, Value y) { return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, x, y); };
  Value group;
  auto copy = [&](Value stage, Value first) {
    guardWith(b, loc, isBelow(first, domain.depth), [&] {
      left.copy(b, stage, first);
      right.copy(b, stage, first);
    });
    group = nvgpu::DeviceAsyncCreateGroupOp::create(b, loc, token, ValueRange());
  };
  auto wait = [&] {
    nvgpu::DeviceAsyncWaitOp::create(b, loc, group, b.getI32IntegerAttr(static_cast<int32_t>(stages - 2)));
    gpu::BarrierOp::create(b, loc);
  };
  Value zero = emit.constant(0), one = emit.constant(1), last = emit.constant(stages - 1);
  for (int64_t stage = 0; stage + 1 < stages; ++stage)
    copy(emit.constant(stage), emit.constant(stage * depth));
  wait();
  SmallVector<Value> carried(start);
  llvm::append_values(carried, zero, last);
  auto loop = scf::ForOp::create(b, loc, zero, domain.depth, emit.constant(depth), carried);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(loop.getBody());
  ValueRange values = loop.getRegionIterArgs();
  Value stage = values[start.size()], free = values.back();
  copy(free, emit.add(loop.getInductionVar(), (stages - 1) * depth));
  SmallVector<Value> next = accumulate(stage, values.take_front(start.size()));
  wait();
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, stage, last);
  next.push_back(arith::SelectOp::create(b, loc, isLast, zero, emit.add(stage, one)));
  next.push_back(stage);
  scf::YieldOp::create(b, loc, next);
  return llvm::to_vector_of<Value>(loop.getResults().take_front(start.size()));
}

} // namespace tenon::schedule
