// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Marked products on buffers -> panel packing and register-blocked vector code.
//
//   linalg.generic {mark} ins(%a, %b) outs(%c)
//   ->
//   %tile = 0
//   scf.for chunk of k {                                        // so that the panel stays in the L2 cache
//     linalg.generic ins(%b) outs(%panel)                       // [k][columns]
//     scf.for rows { scf.for k iter_args(blockRows x vectors sums of %tile) { fma } ; store to %tile }
//   }
//   (%c, if it was a temporary, becomes a view of %tile; else %tile is copied to it)
#include "lib/Schedule/PackPanel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

class ProductLowering {
public:
  ProductLowering(RewriterBase &rewriter, linalg::LinalgOp op, const Product &product, const ProductTile &tile, const VectorUnit &unit)
      : b(rewriter), op(op), product(product), tile(tile), lanes(unit.bytes / 4), columns(tile.vectors * lanes), loc(op.getLoc()),
        vector(VectorType::get({lanes}, rewriter.getF32Type())) {}

  LogicalResult run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  int64_t alignedRows() const { return llvm::alignTo(tile.rows, tile.blockRows); }
  OpFoldResult loopSize(unsigned loop);
  Value allocate(ArrayRef<OpFoldResult> sizes);
  Value collapseDepth(Value a);
  void allocateResult();
  void clearResult();
  void loopOverChunks();
  int64_t chooseChunk(std::optional<int64_t> size) const;
  void multiply();
  SmallVector<Value> multiplyBlock(ArrayRef<Value> rows, ArrayRef<Value> sums);
  SmallVector<Value> accumulate(OpBuilder &b, Value k, ArrayRef<Value> rows, ValueRange sums);
  void multiplyRows();
  Value viewResult();
  void handOver();

  RewriterBase &b;
  linalg::LinalgOp op;
  const Product &product;
  const ProductTile &tile;
  int64_t lanes, columns;
  Location loc;
  VectorType vector;
  Value a, panel, result;
  /// Iterations of all k loops but the first, and of one chunk; where the chunk begins in `a`.
  int64_t innerDepth = 1;
  Value depth, firstDepth;
  /// The sums of one chunk are all: registers start from zero, not from the tile.
  bool startsFromZero = false;
};

/// The number of iterations of `loop`, from the dim of a buffer.
OpFoldResult ProductLowering::loopSize(unsigned loop) {
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (expr == getAffineDimExpr(loop, op.getContext()))
        return memref::getMixedSize(b, loc, operand.get(), dim);
  return {};
}

Value ProductLowering::allocate(ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamic;
  SmallVector<int64_t> shape;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  return memref::AllocOp::create(b, loc, MemRefType::get(shape, b.getF32Type()), dynamic, b.getI64IntegerAttr(64));
}

/// How many iterations of the first k loop one panel holds, in equal parts if the size is known. It is read again for each block of rows:
/// from the L2 cache, or, where the block's few rows ask for more bytes than that gives, from the L1 cache.
int64_t ProductLowering::chooseChunk(std::optional<int64_t> size) const {
  constexpr int64_t kLargePanel = 256 * 1024, kSmallPanel = 32 * 1024, kBytesPerCycle = 24;
  // A core multiplies two vectors a cycle.
  int64_t wanted = 2 * lanes * 4 / tile.blockRows, panelBytes = wanted > kBytesPerCycle ? kSmallPanel : kLargePanel;
  int64_t limit = std::max<int64_t>(1, panelBytes / (columns * 4 * innerDepth));
  if (!size)
    return limit;
  if (*size <= limit)
    return std::max<int64_t>(*size, 1);
  for (int64_t divisor = limit; divisor * 2 > limit; --divisor)
    if (*size % divisor == 0)
      return divisor;
  return llvm::divideCeil(*size, llvm::divideCeil(*size, limit));
}

void ProductLowering::loopOverChunks() {
  for (unsigned loop : llvm::drop_begin(product.k))
    innerDepth *= *getConstantIntValue(loopSize(loop));
  OpFoldResult size = loopSize(product.k.front());
  std::optional<int64_t> known = getConstantIntValue(size);
  int64_t chunk = chooseChunk(known);
  startsFromZero = known && *known <= chunk;
  if (!startsFromZero)
    clearResult();
  panel = allocate({b.getIndexAttr(chunk * innerDepth), b.getIndexAttr(columns)});
  // Where the first k loop walks `b`.
  Value source = product.b->get();
  AffineMap map = op.getMatchingIndexingMap(product.b);
  auto dim = llvm::find(map.getResults(), getAffineDimExpr(product.k.front(), op.getContext()));
  auto loop = scf::ForOp::create(b, loc, constant(0), getValueOrCreateConstantIndexOp(b, loc, size), constant(chunk));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value begin = loop.getInductionVar();
  OpFoldResult chunkSize = b.getIndexAttr(chunk);
  if (!known || *known % chunk != 0) {
    AffineExpr first, all;
    bindDims(op.getContext(), first, all);
    AffineMap rest = AffineMap::get(2, 0, {b.getAffineConstantExpr(chunk), all - first}, op.getContext());
    chunkSize = affine::makeComposedFoldedAffineMin(b, loc, rest, {begin, size});
  }
  SmallVector<OpFoldResult> offsets(map.getNumResults(), b.getIndexAttr(0)), ones(map.getNumResults(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = memref::getMixedSizes(b, loc, source);
  size_t position = std::distance(map.getResults().begin(), dim);
  offsets[position] = begin;
  sizes[position] = chunkSize;
  packPanel(b, op, product, tile, {panel, memref::SubViewOp::create(b, loc, source, offsets, sizes, ones), lanes});
  depth = arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, chunkSize), constant(innerDepth));
  firstDepth = arith::MulIOp::create(b, loc, begin, constant(innerDepth));
  multiply();
}

/// Makes the summed dims of `a` one: they are its last and contiguous.
Value ProductLowering::collapseDepth(Value memory) {
  int64_t rank = cast<MemRefType>(memory.getType()).getRank(), kept = rank - product.k.size();
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i) {
    if (i <= kept)
      groups.emplace_back();
    groups.back().push_back(i);
  }
  return memref::CollapseShapeOp::create(b, loc, memory, groups);
}

SmallVector<Value> ProductLowering::accumulate(OpBuilder &b, Value k, ArrayRef<Value> rows, ValueRange sums) {
  AffineMap map = op.getMatchingIndexingMap(product.a);
  Value position = arith::AddIOp::create(b, loc, firstDepth, k);
  auto element = [&](Value row) -> Value {
    SmallVector<Value> indices;
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    for (AffineExpr expr : map.getResults().take_front(cast<MemRefType>(a.getType()).getRank())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      indices.push_back(loop == product.m ? row : llvm::is_contained(product.k, loop) ? position : zero);
    }
    Value scalar = memref::LoadOp::create(b, loc, a, indices);
    return vector::BroadcastOp::create(b, loc, vector, scalar);
  };
  auto column = [&](int64_t i) -> Value {
    Value offset = arith::ConstantIndexOp::create(b, loc, i * lanes);
    return vector::LoadOp::create(b, loc, vector, panel, ValueRange{k, offset});
  };
  // The side with fewer vectors stays in registers, the other is loaded as it is used.
  SmallVector<Value> next(sums.size()), kept;
  int64_t numRows = rows.size();
  if (tile.vectors <= numRows) {
    for (int64_t v = 0; v < tile.vectors; ++v)
      kept.push_back(column(v));
    for (int64_t r = 0; r < numRows; ++r) {
      Value scalar = element(rows[r]);
      for (int64_t v = 0; v < tile.vectors; ++v)
        next[r * tile.vectors + v] = vector::FMAOp::create(b, loc, scalar, kept[v], sums[r * tile.vectors + v]);
    }
    return next;
  }
  for (Value row : rows)
    kept.push_back(element(row));
  for (int64_t v = 0; v < tile.vectors; ++v) {
    Value values = column(v);
    for (int64_t r = 0; r < numRows; ++r)
      next[r * tile.vectors + v] = vector::FMAOp::create(b, loc, kept[r], values, sums[r * tile.vectors + v]);
  }
  return next;
}

SmallVector<Value> ProductLowering::multiplyBlock(ArrayRef<Value> rows, ArrayRef<Value> sums) {
  auto loop = scf::ForOp::create(b, loc, constant(0), depth, constant(1), sums, [&](OpBuilder &b, Location loc, Value k, ValueRange sums) {
    scf::YieldOp::create(b, loc, accumulate(b, k, rows, sums));
  });
  return llvm::to_vector_of<Value>(loop.getResults());
}

void ProductLowering::allocateResult() { result = allocate({b.getIndexAttr(alignedRows()), b.getIndexAttr(columns)}); }

/// Sets the tile to zero.
void ProductLowering::clearResult() {
  int64_t rows = alignedRows();
  auto loop = scf::ForOp::create(b, loc, constant(0), constant(rows), constant(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
  for (int64_t v = 0; v < tile.vectors; ++v)
    vector::StoreOp::create(b, loc, zero, result, ValueRange{loop.getInductionVar(), constant(v * lanes)});
}

/// tile[rows][columns] += a * panel, block of rows by block. The last block may reach beyond the rows: it repeats the last one.
void ProductLowering::multiply() {
  OpFoldResult numRows = loopSize(product.m);
  std::optional<int64_t> known = getConstantIntValue(numRows);
  Value bound = getValueOrCreateConstantIndexOp(b, loc, numRows);
  auto loop = scf::ForOp::create(b, loc, constant(0), bound, constant(tile.blockRows));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  bool exact = known && *known % tile.blockRows == 0;
  Value last = exact ? Value() : arith::SubIOp::create(b, loc, bound, constant(1)).getResult();
  Value zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
  SmallVector<Value> written, rows, sums;
  for (int64_t r = 0; r < tile.blockRows; ++r) {
    Value first = loop.getInductionVar();
    written.push_back(r == 0 ? first : arith::AddIOp::create(b, loc, first, constant(r)).getResult());
    rows.push_back(exact || r == 0 ? written.back() : arith::MinSIOp::create(b, loc, written.back(), last).getResult());
    for (int64_t v = 0; v < tile.vectors; ++v)
      sums.push_back(startsFromZero ? zero
                                    : vector::LoadOp::create(b, loc, vector, result, ValueRange{written.back(), constant(v * lanes)}));
  }
  sums = multiplyBlock(rows, sums);
  for (int64_t r = 0; r < tile.blockRows; ++r)
    for (int64_t v = 0; v < tile.vectors; ++v)
      vector::StoreOp::create(b, loc, sums[r * tile.vectors + v], result, ValueRange{written[r], constant(v * lanes)});
}

/// The tile in the shape of the op's result.
Value ProductLowering::viewResult() {
  OpOperand *init = op.getDpsInitOperand(0);
  SmallVector<int64_t> strides;
  for (AffineExpr expr : op.getMatchingIndexingMap(init).getResults()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    bool inner = loop == product.n.back(), outer = product.n.size() == 2 && loop == product.n.front();
    strides.push_back(inner ? 1 : outer ? tile.inner : loop == product.m ? columns : columns * alignedRows());
  }
  return viewStrided(b, loc, result, memref::getMixedSizes(b, loc, init->get()), strides);
}

/// A dynamic number of rows may be one, a batch: packing would then cost far more than the product itself, which is left as it is.
void ProductLowering::multiplyRows() {
  constexpr int64_t kFewest = 4;
  OpFoldResult rows = loopSize(product.m);
  auto size = dyn_cast<Value>(rows);
  if (!size)
    return loopOverChunks();
  Value few = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, size, constant(kFewest));
  auto choice = scf::IfOp::create(b, loc, few, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  clearResult();
  Value target = viewResult();
  auto plain = cast<linalg::LinalgOp>(b.clone(*op));
  plain.getDpsInitOperand(0)->set(target);
  unmarkProduct(plain);
  b.setInsertionPointToStart(choice.elseBlock());
  loopOverChunks();
}

/// Gives the readers of the result the tile.
void ProductLowering::handOver() {
  Value c = op.getDpsInitOperand(0)->get();
  Value values = viewResult();
  bool temporary = c.getDefiningOp<memref::AllocOp>() && llvm::all_of(c.getUsers(), [&](Operation *user) {
                     return isa<linalg::LinalgOp>(user) && user->getBlock() == op->getBlock();
                   });
  // What wrote zeros to it is not needed.
  for (Operation *user : llvm::make_early_inc_range(c.getUsers()))
    if (isa<linalg::FillOp>(user) && user->getBlock() == op->getBlock() && user->isBeforeInBlock(op))
      b.eraseOp(user);
  if (!temporary) {
    linalg::CopyOp::create(b, loc, values, c);
    return;
  }
  b.replaceUsesWithIf(c, values, [&](OpOperand &use) { return use.getOwner() != op && op->isBeforeInBlock(use.getOwner()); });
}

LogicalResult ProductLowering::run() {
  b.setInsertionPoint(op);
  a = product.k.size() > 1 ? collapseDepth(product.a->get()) : product.a->get();
  allocateResult();
  multiplyRows();
  handOver();
  b.eraseOp(op);
  return success();
}

} // namespace

LogicalResult lowerProducts(RewriterBase &rewriter, func::FuncOp function, const VectorUnit &unit) {
  SmallVector<linalg::LinalgOp> ops;
  function.walk([&](linalg::LinalgOp op) {
    if (getMarkedTile(op))
      ops.push_back(op);
  });
  for (linalg::LinalgOp op : ops) {
    FailureOr<Product> product = matchProduct(op);
    if (failed(product))
      continue;
    ProductTile tile = *getMarkedTile(op);
    if (failed(ProductLowering(rewriter, op, *product, tile, unit).run()))
      return failure();
  }
  return success();
}

} // namespace tenon::schedule
