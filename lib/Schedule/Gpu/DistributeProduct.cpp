// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Marked products in kernels -> slices through shared memory, register blocks, and the epilogue from registers.
//
//   load slice 0; store it to buffer 0; barrier
//   scf.for iter_args(sums, lines) {
//     load the next slice
//     for each k of this one: read its lines; sums += rows x columns of the lines before
//     store the next slice to the other buffer; barrier
//   }
//   for each vector of sums inside of the result: epilogue; store
#include "lib/Schedule/Gpu/FewRows.h"
#include "lib/Schedule/Gpu/IndexEmitter.h"
#include "lib/Schedule/Gpu/ProductResult.h"
#include "lib/Schedule/Gpu/WarpProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// How the lines of one side of the tile belong to threads: `perThread` each, in parts of up to four neighbours.
struct Side {
  int64_t lines, threads, part;
  Side(int64_t lines, int64_t threads) : lines(lines), threads(threads), part(std::min<int64_t>(4, lines / threads)) {}
  int64_t numParts() const { return lines / threads / part; }
};

class ThreadProduct : IndexEmitter {
public:
  ThreadProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue, ThreadBlock &block)
      : IndexEmitter(b, domain.op->getLoc()), domain(domain), epilogue(epilogue), block(block),
        rowThreads(std::min(int64_t(1) << llvm::Log2_64(block.getNumThreads()) / 2, tile.rows)), rows(tile.rows, rowThreads),
        columns(tile.vectors * 4, block.getNumThreads() / rowThreads) {}

  void run();

private:
  int64_t chooseDepth() const;
  Value lineOf(const Side &side, Value thread, int64_t part);
  SmallVector<Value> readLines(const ProductSlice &left, const ProductSlice &right, Value buffer, int64_t k);
  SmallVector<Value> accumulate(ArrayRef<Value> lines, ValueRange sums);
  void store(ArrayRef<Value> sums);

  const ProductDomain &domain;
  ArrayRef<EpilogueOp> epilogue;
  ThreadBlock &block;
  int64_t rowThreads;
  Side rows, columns;
  Value rowThread, columnThread;
};

/// The first line of a part that `thread` of the side has.
Value ThreadProduct::lineOf(const Side &side, Value thread, int64_t part) {
  return add(multiply(thread, side.part), part * side.threads * side.part);
}

/// What one k adds: this thread's parts of the columns, then those of the rows.
SmallVector<Value> ThreadProduct::readLines(const ProductSlice &left, const ProductSlice &right, Value buffer, int64_t k) {
  SmallVector<Value> lines;
  for (int64_t q = 0; q < columns.numParts(); ++q)
    lines.push_back(right.read(b, buffer, constant(k), lineOf(columns, columnThread, q), columns.part));
  for (int64_t p = 0; p < rows.numParts(); ++p)
    lines.push_back(left.read(b, buffer, constant(k), lineOf(rows, rowThread, p), rows.part));
  return lines;
}

/// Sums are vectors along the columns: for each row of each part, one per part of columns.
SmallVector<Value> ThreadProduct::accumulate(ArrayRef<Value> lines, ValueRange sums) {
  ArrayRef<Value> across = lines.take_front(columns.numParts());
  SmallVector<Value> next;
  for (Value down : lines.drop_front(columns.numParts())) {
    for (int64_t i = 0; i < rows.part; ++i) {
      Value element = vector::ExtractOp::create(b, loc, down, i);
      Value same = vector::BroadcastOp::create(b, loc, across.front().getType(), element);
      for (Value values : across)
        next.push_back(vector::FMAOp::create(b, loc, same, values, sums[next.size()]));
    }
  }
  return next;
}

void ThreadProduct::store(ArrayRef<Value> sums) {
  ProductResult result(b, domain, epilogue, columns.lines, columns.part);
  for (int64_t p = 0; p < rows.numParts(); ++p)
    for (int64_t i = 0; i < rows.part; ++i) {
      Value row = add(lineOf(rows, rowThread, p), i);
      guardWith(b, loc, result.isRow(row, rows.lines), [&] {
        for (int64_t q = 0; q < columns.numParts(); ++q)
          result.store(row, lineOf(columns, columnThread, q), sums[((p * rows.part) + i) * columns.numParts() + q]);
      });
    }
}

/// Slices of all sizes of tile are as large: four elements per thread of 256. Where both operands end with the products, lines of 32 bytes
/// would touch each line of the L1 cache twice as often as lines of 64. Where columns lie side by side or the last slice is not whole,
/// longer slices leave ptxas too few registers.
int64_t ThreadProduct::chooseDepth() const {
  constexpr int64_t kSliceElements = 1024, kLeast = 8, kLeastAlong = 16;
  auto liesAlong = [&](OpOperand *operand) {
    AffineMap map = linalg::GenericOp(domain.op).getMatchingIndexingMap(operand);
    return map.getNumResults() > 0 && map.getResults().back() == getAffineDimExpr(domain.product.k.back(), map.getContext());
  };
  bool isWhole = getConstantIntValue(domain.depth).value_or(1) % kLeastAlong == 0;
  int64_t least = isWhole && liesAlong(domain.product.a) && liesAlong(domain.product.b) ? kLeastAlong : kLeast;
  return std::max(least, kSliceElements / std::max(rows.lines, columns.lines));
}

void ThreadProduct::run() {
  int64_t depth = chooseDepth();
  // One block waits for what it loads while the other multiplies; ptxas would give large tiles more than 128 registers.
  domain.op->getParentOfType<func::FuncOp>()->setAttr("cuda.min_blocks", b.getI32IntegerAttr(2));
  rowThread = divide(block.getThread(), columns.threads);
  columnThread = remainder(block.getThread(), columns.threads);
  ProductSlice left(domain, *domain.product.a, /*isRows=*/true, rows.lines, depth, block);
  ProductSlice right(domain, *domain.product.b, /*isRows=*/false, columns.lines, depth, block);
  auto type = VectorType::get({columns.part}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  // What the last k of a slice adds is carried to the next: its products hide the way of the first lines from there.
  size_t numSums = rows.numParts() * rows.part * columns.numParts();
  SmallVector<Value> start(numSums, zero);
  start.append(columns.numParts(), zero);
  auto rowType = VectorType::get({rows.part}, b.getF32Type());
  start.append(rows.numParts(), arith::ConstantOp::create(b, loc, b.getZeroAttr(rowType)));
  SmallVector<Value> all = multiplySlices(b, domain, depth, left, right, start, [&](Value buffer, ValueRange carried) {
    SmallVector<Value> sums(carried.take_front(numSums)), lines(carried.drop_front(numSums));
    for (int64_t k = 0; k < depth; ++k) {
      SmallVector<Value> following = readLines(left, right, buffer, k);
      sums = accumulate(lines, sums);
      lines = following;
    }
    llvm::append_range(sums, lines);
    return sums;
  });
  auto sums = ArrayRef(all).take_front(numSums);
  store(accumulate(ArrayRef(all).drop_front(numSums), sums));
}

/// The loops of `op`, whose values the block computes from here on.
ProductDomain findDomain(OpBuilder &b, linalg::GenericOp op, const Product &product, const ProductTile &tile) {
  Location loc = op.getLoc();
  ProductDomain domain{op, product, tile.inner, {}, {}, arith::ConstantIndexOp::create(b, loc, 1)};
  for (Range range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
    domain.sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  for (unsigned loop : product.k) {
    domain.kSizes.push_back(domain.sizes[loop]);
    domain.depth = b.createOrFold<arith::MulIOp>(loc, domain.depth, domain.sizes[loop]);
  }
  return domain;
}

} // namespace

void distributeProduct(RewriterBase &rewriter, linalg::GenericOp op, const Product &product, ArrayRef<EpilogueOp> epilogue,
                       ThreadBlock &block) {
  rewriter.setInsertionPoint(epilogue.empty() ? op.getOperation() : linalg::GenericOp(epilogue.back().op).getOperation());
  ProductTile tile = *getMarkedTile(op);
  ProductDomain domain = findDomain(rewriter, op, product, tile);
  if (isWarpProduct(product))
    emitWarpProduct(rewriter, domain, tile, epilogue, block);
  else if (!isOfFewRows(tile) || !emitFewRows(rewriter, domain, tile, epilogue, block))
    ThreadProduct(rewriter, domain, tile, epilogue, block).run();
  for (const EpilogueOp &entry : llvm::reverse(epilogue))
    rewriter.eraseOp(entry.op);
  rewriter.eraseOp(op);
}

} // namespace tenon::schedule
