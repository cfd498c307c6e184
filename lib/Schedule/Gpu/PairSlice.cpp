// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A thread's unit is a vector along the products, or two vectors along the lines, of neighbouring products, which it interleaves. Without
// vectors it is a pair of one line.
#include "lib/Schedule/Gpu/ProductSlice.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

/// Elements between rows of shared memory. Eight rows of pairs that a warp reads at once then meet different banks, and rows stay aligned
/// for the widest vectors. Along the lines a row is `lines` pairs.
static constexpr int64_t kPadding = 8;

PairSlice::PairSlice(const ProductDomain &domain, OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block)
    : LoadedSlice(domain, operand, isRows, lines, depth, block) {
  chooseVectors(8);
  SmallVector<int64_t> shape = {2, lines, depth + kPadding};
  if (!alongDepth)
    shape = {2, depth / 2, 2 * (lines + kPadding)};
  shared = block.allocate(MemRefType::get(shape, getElementType()));
}

SmallVector<Value> PairSlice::load(OpBuilder &b, Value first) const {
  SmallVector<Value> loaded;
  for (int64_t round = 0; round < numRounds(numProducts(), numNeighbours()); ++round) {
    Place at = place(b, round, numProducts(), numNeighbours());
    loaded.push_back(loadAt(b, at, first));
    if (alongDepth && width > 1)
      continue;
    at.k = arith::AddIOp::create(b, loc, at.k, arith::ConstantIndexOp::create(b, loc, 1));
    loaded.push_back(loadAt(b, at, first));
  }
  return loaded;
}

void PairSlice::store(OpBuilder &b, Value buffer, ArrayRef<Value> loaded) const {
  Value two = arith::ConstantIndexOp::create(b, loc, 2);
  for (int64_t round = 0; !loaded.empty(); ++round) {
    Place at = place(b, round, numProducts(), numNeighbours());
    guardWith(b, loc, at.inside, [&] {
      Value unit = loaded.front();
      if (width == 1)
        unit = vector::FromElementsOp::create(b, loc, VectorType::get({2}, getElementType()), loaded.take_front(2));
      else if (!alongDepth)
        unit = vector::InterleaveOp::create(b, loc, loaded[0], loaded[1]);
      SmallVector<Value> indices = {buffer, at.line, at.k};
      if (!alongDepth)
        indices = {buffer, arith::DivUIOp::create(b, loc, at.k, two), arith::MulIOp::create(b, loc, at.line, two)};
      int64_t bytes = 2 * cast<VectorType>(unit.getType()).getNumElements();
      vector::StoreOp::create(b, loc, unit, shared, indices, false, llvm::MaybeAlign(std::min<int64_t>(bytes, 16)));
    });
    loaded = loaded.drop_front(alongDepth && width > 1 ? 1 : 2);
  }
}

Value PairSlice::read(OpBuilder &b, Value buffer, Value pair, Value line) const {
  Value two = arith::ConstantIndexOp::create(b, loc, 2);
  SmallVector<Value> indices = {buffer, line, arith::MulIOp::create(b, loc, pair, two)};
  if (!alongDepth)
    indices = {buffer, pair, arith::MulIOp::create(b, loc, line, two)};
  return vector::LoadOp::create(b, loc, VectorType::get({2}, getElementType()), shared, indices, false, llvm::MaybeAlign(4));
}

/// Lane 4g + t has of line g the pairs t and t + 4, of rows those of line g + 8 too.
SmallVector<Value> PairSlice::fragments(OpBuilder &b, Value buffer, int64_t k, const WarpLines &warp) const {
  auto add = [&](Value x, int64_t y) { return b.createOrFold<arith::AddIOp>(loc, x, arith::ConstantIndexOp::create(b, loc, y)); };
  Value four = arith::ConstantIndexOp::create(b, loc, 4), member = arith::RemUIOp::create(b, loc, warp.lane, four);
  Value line = arith::AddIOp::create(b, loc, warp.first, arith::DivUIOp::create(b, loc, warp.lane, four));
  int64_t height = isRows ? 16 : 8;
  SmallVector<Value> result;
  for (int64_t i = 0; i < warp.count; ++i) {
    SmallVector<Value> pairs;
    for (int64_t pair : {k / 2, k / 2 + 4})
      for (int64_t eight = 0; eight < height; eight += 8)
        pairs.push_back(read(b, buffer, add(member, pair), add(line, i * height + eight)));
    result.push_back(joinPairs(b, loc, pairs));
  }
  return result;
}

Value joinPairs(OpBuilder &b, Location loc, ArrayRef<Value> pairs) {
  auto pair = cast<VectorType>(pairs.front().getType());
  auto type = VectorType::get({static_cast<int64_t>(pairs.size()), 2}, pair.getElementType());
  Value whole = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  for (auto [index, value] : llvm::enumerate(pairs))
    whole = vector::InsertOp::create(b, loc, value, whole, index);
  return whole;
}

} // namespace tenon::schedule
