// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operand with the columns -> a panel, [k][columns]. Where the columns are contiguous in memory they are copied as vectors, the last
// one masked: rows of a convolution are short, 7 or 14 floats, and loops over them cost more than the product. Else it is a linalg op.
#include "lib/Schedule/PackPanel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

Value viewStrided(OpBuilder &b, Location loc, Value memory, ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  auto type = MemRefType::get(shape, b.getF32Type(), StridedLayoutAttr::get(b.getContext(), 0, strides));
  SmallVector<OpFoldResult> strideValues;
  for (int64_t stride : strides)
    strideValues.push_back(b.getIndexAttr(stride));
  return memref::ReinterpretCastOp::create(b, loc, type, memory, b.getIndexAttr(0), sizes, strideValues);
}

namespace {

class PanelPacker {
public:
  PanelPacker(RewriterBase &rewriter, linalg::LinalgOp op, const Product &product, const ProductTile &tile, const PanelCopy &copy)
      : b(rewriter), loc(op.getLoc()), product(product), tile(tile), copy(copy),
        columns(llvm::divideCeil(tile.outer * tile.inner, copy.lanes) * copy.lanes) {
    // Dims of the map are the packed loops: k, then n.
    SmallVector<AffineExpr> loops(op.getNumLoops(), b.getAffineConstantExpr(0));
    unsigned rank = 0;
    for (unsigned loop : llvm::concat<const unsigned>(product.k, product.n)) {
      sizes.push_back(findSize(op, loop));
      loops[loop] = b.getAffineDimExpr(rank++);
    }
    read = op.getMatchingIndexingMap(product.b).replaceDimsAndSymbols(loops, {}, rank, 0);
  }

  void run() { isContiguous() ? copyVectors() : copyElements(); }

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value value(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, loc, size); }
  OpFoldResult findSize(linalg::LinalgOp op, unsigned loop);
  bool isContiguous() const;
  void copyElements();
  void copyVectors();
  void copyRow(ArrayRef<Value> loops);

  RewriterBase &b;
  Location loc;
  const Product &product;
  const ProductTile &tile;
  const PanelCopy &copy;
  int64_t columns;
  SmallVector<OpFoldResult> sizes; // of the packed loops
  AffineMap read;
};

/// The number of iterations of a loop; of the first k loop those that `source` has.
OpFoldResult PanelPacker::findSize(linalg::LinalgOp op, unsigned loop) {
  AffineExpr wanted = getAffineDimExpr(loop, op.getContext());
  for (OpOperand *operand : {product.b, op.getDpsInitOperand(0), product.a})
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(operand).getResults()))
      if (expr == wanted)
        return memref::getMixedSize(b, loc, operand == product.b ? copy.source : operand->get(), dim);
  return {};
}

/// True if the last n loop walks the last, unit-stride dim of the source one element at a time.
bool PanelPacker::isContiguous() const {
  unsigned last = read.getNumDims() - 1;
  AffineExpr column = getAffineDimExpr(last, read.getContext());
  AffineExpr rest = simplifyAffineExpr(read.getResults().back() - column, read.getNumDims(), 0);
  if (rest.isFunctionOfDim(last) ||
      llvm::any_of(read.getResults().drop_back(), [&](AffineExpr expr) { return expr.isFunctionOfDim(last); }))
    return false;
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(cast<MemRefType>(copy.source.getType()).getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

void PanelPacker::copyElements() {
  SmallVector<int64_t> strides(sizes.size(), 1);
  if (product.n.size() == 2)
    strides[strides.size() - 2] = tile.inner;
  int64_t stride = columns;
  for (size_t i = product.k.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= getConstantIntValue(sizes[i]).value_or(1);
  }
  Value target = viewStrided(b, loc, copy.panel, sizes, strides);
  SmallVector<utils::IteratorType> iterators(sizes.size(), utils::IteratorType::parallel);
  linalg::GenericOp::create(b, loc, copy.source, target, {read, b.getMultiDimIdentityMap(sizes.size())}, iterators,
                            [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
}

/// One row of columns, `loops` being the values of all packed loops but the last.
void PanelPacker::copyRow(ArrayRef<Value> loops) {
  Value row = loops.front();
  for (size_t i = 1; i < product.k.size(); ++i)
    row = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, row, value(sizes[i])), loops[i]);
  Value first = constant(0);
  if (product.n.size() == 2)
    first = arith::MulIOp::create(b, loc, loops.back(), constant(tile.inner));
  SmallVector<OpFoldResult> dims = getAsOpFoldResult(loops);
  dims.push_back(b.getIndexAttr(0));
  SmallVector<Value> from;
  for (unsigned i = 0; i < read.getNumResults(); ++i)
    from.push_back(value(affine::makeComposedFoldedAffineApply(b, loc, read.getSubMap({i}), dims)));

  auto vector = VectorType::get({copy.lanes}, b.getF32Type());
  auto flags = VectorType::get({copy.lanes}, b.getI1Type());
  std::optional<int64_t> known = getConstantIntValue(sizes.back());
  Value start = from.back();
  for (int64_t done = 0; done < tile.inner && (!known || done < *known); done += copy.lanes) {
    Value offset = constant(done);
    from.back() = arith::AddIOp::create(b, loc, start, offset);
    Value to = arith::AddIOp::create(b, loc, first, offset);
    if (known && *known - done >= copy.lanes) {
      Value values = vector::LoadOp::create(b, loc, vector, copy.source, from);
      vector::StoreOp::create(b, loc, values, copy.panel, ValueRange{row, to});
      continue;
    }
    Value rest = known ? constant(*known - done) : arith::SubIOp::create(b, loc, value(sizes.back()), offset).getResult();
    Value mask = vector::CreateMaskOp::create(b, loc, flags, rest);
    Value zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
    Value values = vector::MaskedLoadOp::create(b, loc, vector, copy.source, from, mask, zero);
    vector::MaskedStoreOp::create(b, loc, copy.panel, ValueRange{row, to}, mask, values);
  }
}

void PanelPacker::copyVectors() {
  SmallVector<Value> lower(sizes.size() - 1, constant(0)), step(sizes.size() - 1, constant(1)), upper;
  for (OpFoldResult size : ArrayRef(sizes).drop_back())
    upper.push_back(value(size));
  scf::buildLoopNest(b, loc, lower, upper, step, [&](OpBuilder &inner, Location, ValueRange loops) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
    copyRow(llvm::to_vector(loops));
  });
}

} // namespace

void packPanel(RewriterBase &rewriter, linalg::LinalgOp op, const Product &product, const ProductTile &tile, const PanelCopy &copy) {
  PanelPacker(rewriter, op, product, tile, copy).run();
}

} // namespace tenon::schedule
