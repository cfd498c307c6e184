// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The warps of a block form a grid over its tile, and each multiplies fragments of 16 rows, 8 columns and 16 products:
//
//   for each slice, for each 16 products of it
//     rows: 16 x 16 per fragment, columns: 16 x 8 per fragment  <- shared memory, pairs of products in a register
//     sums += nvgpu.mma.sync(rows, columns)
//   for each fragment: rows g and g + 8, columns 2t and 2t + 1 of it are this thread's (g = lane / 4, t = lane % 4)
#include "lib/Schedule/Gpu/WarpProduct.h"
#include "lib/Schedule/Gpu/ProductResult.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

constexpr int64_t kWarp = 32, kRows = 16, kColumns = 8, kProducts = 16;

class WarpProduct {
public:
  WarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue, ThreadBlock &block);
  void run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value add(Value x, int64_t y) { return b.createOrFold<arith::AddIOp>(loc, x, constant(y)); }
  Value multiply(Value x, int64_t y) { return b.createOrFold<arith::MulIOp>(loc, x, constant(y)); }

  Value fragment(ArrayRef<Value> pairs);
  SmallVector<Value> accumulate(const PairSlice &left, const PairSlice &right, Value buffer, ValueRange sums);
  void store(ArrayRef<Value> sums);

  OpBuilder &b;
  const ProductDomain &domain;
  ArrayRef<EpilogueOp> epilogue;
  ThreadBlock &block;
  Location loc;
  int64_t rows, columns;       // of the block's tile
  int64_t depth;               // of a slice
  int64_t numRows, numColumns; // fragments of a warp
  Value firstRow, firstColumn; // of the warp
  Value group, member;         // of the thread: lane / 4 and lane % 4
};

} // namespace

bool isWarpProduct(const Product &product) {
  Type a = getElementTypeOrSelf(product.a->get().getType()), b = getElementTypeOrSelf(product.b->get().getType());
  return a == b && (a.isF16() || a.isBF16());
}

/// Twice as many warps along the columns as along the rows, as far as fragments go round.
WarpProduct::WarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue,
                         ThreadBlock &block)
    : b(b), domain(domain), epilogue(epilogue), block(block), loc(domain.op->getLoc()), rows(tile.rows), columns(tile.vectors * 4),
      depth(rows >= 128 ? 32 : 64) {
  int64_t warps = block.getNumThreads() / kWarp;
  int64_t across = std::min<int64_t>(int64_t(1) << (llvm::Log2_64(warps) + 1) / 2, columns / kColumns), down = warps / across;
  numRows = rows / down / kRows;
  numColumns = columns / across / kColumns;
  Value warp = arith::DivUIOp::create(b, loc, block.getThread(), constant(kWarp));
  Value lane = arith::RemUIOp::create(b, loc, block.getThread(), constant(kWarp));
  group = arith::DivUIOp::create(b, loc, lane, constant(4));
  member = arith::RemUIOp::create(b, loc, lane, constant(4));
  firstRow = multiply(arith::DivUIOp::create(b, loc, warp, constant(across)), numRows * kRows);
  firstColumn = multiply(arith::RemUIOp::create(b, loc, warp, constant(across)), numColumns * kColumns);
}

Value WarpProduct::fragment(ArrayRef<Value> pairs) {
  auto pair = cast<VectorType>(pairs.front().getType());
  auto type = VectorType::get({static_cast<int64_t>(pairs.size()), 2}, pair.getElementType());
  Value whole = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  for (auto [index, value] : llvm::enumerate(pairs))
    whole = vector::InsertOp::create(b, loc, value, whole, index);
  return whole;
}

SmallVector<Value> WarpProduct::accumulate(const PairSlice &left, const PairSlice &right, Value buffer, ValueRange before) {
  SmallVector<Value> sums(before);
  Value line = b.createOrFold<arith::AddIOp>(loc, firstRow, group), column = b.createOrFold<arith::AddIOp>(loc, firstColumn, group);
  for (int64_t k = 0; k < depth; k += kProducts) {
    Value low = add(member, k / 2), high = add(member, k / 2 + 4);
    SmallVector<Value> across;
    for (int64_t n = 0; n < numColumns; ++n) {
      Value at = add(column, n * kColumns);
      across.push_back(fragment({right.read(b, buffer, low, at), right.read(b, buffer, high, at)}));
    }
    for (int64_t m = 0; m < numRows; ++m) {
      Value upper = add(line, m * kRows), lower = add(line, m * kRows + 8);
      Value down = fragment({left.read(b, buffer, low, upper), left.read(b, buffer, low, lower), left.read(b, buffer, high, upper),
                             left.read(b, buffer, high, lower)});
      for (int64_t n = 0; n < numColumns; ++n) {
        Value &sum = sums[m * numColumns + n];
        sum = nvgpu::MmaSyncOp::create(b, loc, down, across[n], sum, ArrayRef<int64_t>{kRows, kColumns, kProducts});
      }
    }
  }
  return sums;
}

void WarpProduct::store(ArrayRef<Value> sums) {
  ProductResult result(b, domain, epilogue, columns, /*part=*/2);
  Value line = b.createOrFold<arith::AddIOp>(loc, firstRow, group);
  Value column = b.createOrFold<arith::AddIOp>(loc, firstColumn, multiply(member, 2));
  for (int64_t m = 0; m < numRows; ++m)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = add(line, m * kRows + half * 8);
      guardWith(b, loc, result.isRow(row, rows), [&] {
        for (int64_t n = 0; n < numColumns; ++n)
          result.store(row, add(column, n * kColumns), vector::ExtractOp::create(b, loc, sums[m * numColumns + n], half));
      });
    }
}

void WarpProduct::run() {
  PairSlice left(domain, *domain.product.a, /*isRows=*/true, rows, depth, block);
  PairSlice right(domain, *domain.product.b, /*isRows=*/false, columns, depth, block);
  auto type = VectorType::get({2, 2}, b.getF32Type());
  SmallVector<Value> zeros(numRows * numColumns, arith::ConstantOp::create(b, loc, b.getZeroAttr(type)));
  store(multiplySlices(b, domain, depth, left, right, zeros,
                       [&](Value buffer, ValueRange sums) { return accumulate(left, right, buffer, sums); }));
}

void emitWarpProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue,
                     ThreadBlock &block) {
  WarpProduct(b, domain, tile, epilogue, block).run();
}

} // namespace tenon::schedule
