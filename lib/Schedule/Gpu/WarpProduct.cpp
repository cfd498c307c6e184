// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The warps of a block form a grid over its tile, and each multiplies fragments of 16 rows, 8 columns and 16 products:
//
//   for each slice, for each 16 products of it
//     rows: 16 x 16 per fragment, columns: 16 x 8 per fragment  <- shared memory, pairs of products in a register
//     sums += nvgpu.mma.sync(rows, columns)
//   for each fragment: rows g and g + 8, columns 2t and 2t + 1 of it are this thread's (g = lane / 4, t = lane % 4)
#include "lib/Schedule/Gpu/WarpProduct.h"
#include "lib/Schedule/Gpu/AsyncSlice.h"
#include "lib/Schedule/Gpu/IndexEmitter.h"
#include "lib/Schedule/Gpu/ProductResult.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

constexpr int64_t kWarp = 32, kRows = 16, kColumns = 8, kProducts = 16;

class WarpProduct : IndexEmitter {
public:
  WarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue, ThreadBlock &block);
  void run();

private:
  int64_t chooseStages() const;
  template <typename Slice> SmallVector<Value> accumulate(const Slice &left, const Slice &right, Value buffer, ValueRange sums);
  void store(ArrayRef<Value> sums);

  const ProductDomain &domain;
  ArrayRef<EpilogueOp> epilogue;
  ThreadBlock &block;
  int64_t rows, columns; // of the block's tile
  int64_t depth;         // of a slice
  Value lane;
  WarpLines down, across;
};

} // namespace

bool isWarpProduct(const Product &product) {
  Type a = getElementTypeOrSelf(product.a->get().getType()), b = getElementTypeOrSelf(product.b->get().getType());
  return a == b && (a.isF16() || a.isBF16());
}

/// Twice as many warps along the columns as along the rows, as far as fragments go round.
WarpProduct::WarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue,
                         ThreadBlock &block)
    : IndexEmitter(b, domain.op->getLoc()), domain(domain), epilogue(epilogue), block(block), rows(tile.rows), columns(tile.vectors * 4),
      depth(rows >= 128 ? 32 : 64) {
  int64_t warps = block.getNumThreads() / kWarp;
  int64_t side = std::min<int64_t>(int64_t(1) << (llvm::Log2_64(warps) + 1) / 2, columns / kColumns);
  int64_t numRows = rows / (warps / side) / kRows, numColumns = columns / side / kColumns;
  Value warp = divide(block.getThread(), kWarp);
  lane = remainder(block.getThread(), kWarp);
  down = {lane, multiply(divide(warp, side), numRows * kRows), numRows};
  across = {lane, multiply(remainder(warp, side), numColumns * kColumns), numColumns};
}

/// Two blocks with such rings fit a multiprocessor of 100 KiB (sm_86, sm_89, sm_120), of which the system takes one for each block.
int64_t WarpProduct::chooseStages() const {
  constexpr int64_t kBytes = 48 << 10, kLeast = 2, kMost = 4;
  int64_t stages = std::min(kMost, kBytes / ((rows + columns) * depth * 2));
  // More than the product has slices are not used.
  if (std::optional<int64_t> length = getConstantIntValue(domain.depth))
    stages = std::min(stages, static_cast<int64_t>(llvm::divideCeil(*length, depth)));
  return std::max(stages, kLeast);
}

template <typename Slice>
SmallVector<Value> WarpProduct::accumulate(const Slice &left, const Slice &right, Value buffer, ValueRange before) {
  SmallVector<Value> sums(before);
  for (int64_t k = 0; k < depth; k += kProducts) {
    SmallVector<Value> columnFragments = right.fragments(b, buffer, k, across);
    size_t next = 0;
    for (Value row : left.fragments(b, buffer, k, down))
      for (Value column : columnFragments) {
        Value &sum = sums[next++];
        sum = nvgpu::MmaSyncOp::create(b, loc, row, column, sum, ArrayRef<int64_t>{kRows, kColumns, kProducts});
      }
  }
  return sums;
}

void WarpProduct::store(ArrayRef<Value> sums) {
  ProductResult result(b, domain, epilogue, columns, /*part=*/2);
  Value group = divide(lane, 4), member = remainder(lane, 4);
  Value line = add(down.first, group);
  Value column = add(across.first, multiply(member, 2));
  for (int64_t m = 0; m < down.count; ++m)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = add(line, m * kRows + half * 8);
      guardWith(b, loc, result.isRow(row, rows), [&] {
        for (int64_t n = 0; n < across.count; ++n)
          result.store(row, add(column, n * kColumns), vector::ExtractOp::create(b, loc, sums[m * across.count + n], half));
      });
    }
}

void WarpProduct::run() {
  OpOperand &a = *domain.product.a, &c = *domain.product.b;
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(VectorType::get({2, 2}, b.getF32Type())));
  SmallVector<Value> zeros(down.count * across.count, zero);
  AsyncSlice left(domain, a, /*isRows=*/true, rows, depth, block), right(domain, c, /*isRows=*/false, columns, depth, block);
  if (block.isShared() && left.isCopied() && right.isCopied()) {
    int64_t stages = chooseStages();
    left.allocate(stages);
    right.allocate(stages);
    return store(multiplyAsyncSlices(b, domain, depth, stages, left, right, zeros,
                                     [&](Value stage, ValueRange sums) { return accumulate(left, right, stage, sums); }));
  }
  PairSlice leftPairs(domain, a, /*isRows=*/true, rows, depth, block), rightPairs(domain, c, /*isRows=*/false, columns, depth, block);
  store(multiplySlices(b, domain, depth, leftPairs, rightPairs, zeros,
                       [&](Value buffer, ValueRange sums) { return accumulate(leftPairs, rightPairs, buffer, sums); }));
}

void emitWarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue,
                     ThreadBlock &block) {
  WarpProduct(b, domain, tile, epilogue, block).run();
}

} // namespace tenon::schedule
