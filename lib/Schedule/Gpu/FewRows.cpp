// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   copy slices ahead of the present one to a ring in shared memory (multiplyAsyncSlices)
//     for each square of products that is the group's: sums += rows x columns
//   sums of all groups to shared memory, where the ring was; barrier
//   for each vector of sums: those of group 0, 1, ... added; epilogue; store
#include "lib/Schedule/Gpu/FewRows.h"
#include "lib/Schedule/Gpu/AsyncSlice.h"
#include "lib/Schedule/Gpu/IndexEmitter.h"
#include "lib/Schedule/Gpu/ProductResult.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

ProductTile chooseFewRows(int64_t rows) {
  constexpr int64_t kMostRows = 8; // of a thread; more do not fit its registers
  ProductTile tile{};
  tile.rows = std::max<int64_t>(AsyncSlice::kSquare, llvm::PowerOf2Ceil(rows));
  tile.vectors = kFewRowsColumns / 4;
  tile.blockRows = std::min(kMostRows, tile.rows);
  return tile;
}

bool isOfFewRows(const ProductTile &tile) { return tile.blockRows > 1; }

bool canHaveFewRows(linalg::LinalgOp op, const Product &product) {
  if (product.n.size() != 1 || product.k.size() != 1 || op.getStaticLoopRanges()[product.k.front()] < kFewRowsLength)
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    return getElementTypeOrSelf(operand->get().getType()).isF32() && op.getMatchingIndexingMap(operand).isProjectedPermutation();
  });
}

namespace {

constexpr int64_t kSquare = AsyncSlice::kSquare;
/// Products of a slice, and squares of it that a thread multiplies: ptxas reads those of eight so early that it spills.
constexpr int64_t kMostDepth = 64, kMostSquares = 4;

class FewRowsProduct : IndexEmitter {
public:
  FewRowsProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue, ThreadBlock &block);
  bool run();

private:
  int64_t chooseStages() const;
  SmallVector<Value> accumulate(const AsyncSlice &left, const AsyncSlice &right, Value stage, ValueRange before);
  void store(Value memory, ArrayRef<Value> sums);

  const ProductDomain &domain;
  ArrayRef<EpilogueOp> epilogue;
  ThreadBlock &block;
  int64_t rows, columns; // of the block's tile
  int64_t part;          // rows of a thread, which has four columns
  int64_t members;       // threads of a group, which has all sums of the tile
  int64_t groups;
  int64_t depth; // of a slice
};

} // namespace

FewRowsProduct::FewRowsProduct(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue,
                               ThreadBlock &block)
    : IndexEmitter(b, domain.op->getLoc()), domain(domain), epilogue(epilogue), block(block), rows(tile.rows), columns(tile.vectors * 4),
      part(tile.blockRows), members(rows / part * columns / kSquare), groups(block.getNumThreads() / members),
      depth(std::max(std::min(kMostDepth, groups * kSquare * kMostSquares), groups * kSquare)) {}

/// Two blocks of 3 slices have 64 KiB of columns under way and registers for 8 x 4 sums a thread.
int64_t FewRowsProduct::chooseStages() const {
  constexpr int64_t kLeast = 2, kMost = 3;
  std::optional<int64_t> length = getConstantIntValue(domain.depth);
  return length ? std::clamp<int64_t>(llvm::divideCeil(*length, depth), kLeast, kMost) : kMost;
}

/// A vector of sums of four columns for each row. Squares of a slice go round the groups.
SmallVector<Value> FewRowsProduct::accumulate(const AsyncSlice &left, const AsyncSlice &right, Value stage, ValueRange before) {
  SmallVector<Value> sums(before);
  Value member = remainder(block.getThread(), members), group = divide(block.getThread(), members);
  Value row = multiply(divide(member, columns / kSquare), part), column = multiply(remainder(member, columns / kSquare), kSquare);
  for (int64_t first = 0; first < depth; first += groups * kSquare) {
    Value k = add(multiply(group, kSquare), first);
    SmallVector<Value> across = right.square(b, stage, k, column);
    for (int64_t i = 0; i < part; i += kSquare)
      for (auto [values, lines] : llvm::zip_equal(across, left.square(b, stage, k, add(row, i))))
        for (int64_t j = 0; j < kSquare; ++j) {
          Value element = vector::ExtractOp::create(b, loc, lines, j);
          Value same = vector::BroadcastOp::create(b, loc, values.getType(), element);
          sums[i + j] = vector::FMAOp::create(b, loc, same, values, sums[i + j]);
        }
  }
  return sums;
}

void FewRowsProduct::store(Value memory, ArrayRef<Value> sums) {
  auto type = VectorType::get({kSquare}, b.getF32Type());
  llvm::MaybeAlign alignment(kSquare * sizeof(float));
  Value shared =
      memref::ViewOp::create(b, loc, MemRefType::get({groups, rows, columns}, b.getF32Type()), memory, constant(0), ValueRange());
  Value thread = block.getThread(), member = remainder(thread, members), group = divide(thread, members);
  Value firstRow = multiply(divide(member, columns / kSquare), part), firstColumn = multiply(remainder(member, columns / kSquare), kSquare);
  for (auto [i, sum] : llvm::enumerate(sums)) {
    SmallVector<Value> indices{group, add(firstRow, static_cast<int64_t>(i)), firstColumn};
    vector::StoreOp::create(b, loc, sum, shared, indices, false, alignment);
  }
  gpu::BarrierOp::create(b, loc);
  ProductResult result(b, domain, epilogue, columns, kSquare);
  int64_t vectors = rows * columns / kSquare;
  for (int64_t first = 0; first < vectors; first += block.getNumThreads()) {
    Value number = add(thread, first), inside;
    if (first + block.getNumThreads() > vectors)
      inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, constant(vectors));
    guardWith(b, loc, inside, [&] {
      Value row = divide(number, columns / kSquare), column = multiply(remainder(number, columns / kSquare), kSquare);
      guardWith(b, loc, result.isRow(row, rows), [&] {
        Value sum;
        for (int64_t g = 0; g < groups; ++g) {
          Value next = vector::LoadOp::create(b, loc, type, shared, ValueRange{constant(g), row, column}, false, alignment);
          sum = sum ? arith::AddFOp::create(b, loc, sum, next).getResult() : next;
        }
        result.store(row, column, sum);
      });
    });
  }
  // A product in a loop begins to fill the ring again.
  gpu::BarrierOp::create(b, loc);
}

bool FewRowsProduct::run() {
  AsyncSlice left(domain, *domain.product.a, /*isRows=*/true, rows, depth, block);
  AsyncSlice right(domain, *domain.product.b, /*isRows=*/false, columns, depth, block);
  if (!block.isShared() || groups == 0 || block.getNumThreads() % members != 0 || !left.isCopied() || !right.isCopied())
    return false;
  domain.op->getParentOfType<func::FuncOp>()->setAttr("cuda.min_blocks", b.getI32IntegerAttr(2));
  int64_t stages = chooseStages(), leftBytes = left.countBytes(stages), ring = leftBytes + right.countBytes(stages);
  int64_t bytes = std::max<int64_t>(ring, groups * rows * columns * static_cast<int64_t>(sizeof(float)));
  Value memory = block.allocateShared(MemRefType::get({bytes}, b.getI8Type()));
  left.allocate(b, stages, memory, 0);
  right.allocate(b, stages, memory, leftBytes);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(VectorType::get({kSquare}, b.getF32Type())));
  store(memory, multiplyAsyncSlices(b, domain, depth, stages, left, right, SmallVector<Value>(part, zero),
                                    [&](Value stage, ValueRange sums) { return accumulate(left, right, stage, sums); }));
  return true;
}

bool emitFewRows(OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, ArrayRef<EpilogueOp> epilogue, ThreadBlock &block) {
  return FewRowsProduct(b, domain, tile, epilogue, block).run();
}

} // namespace tenon::schedule
