// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of few tiles -> products of parts of the first summed dim, and sums of these: else a few blocks would do all the work.
//
//   %y[m, n] = sum_k %a[m, k] * %b[k, n]
//   ->
//   %p[s, m, n] = sum_k %a[m, s * 256 + k] * %b[s * 256 + k, n];  %y[m, n] = sum_s %p[s, m, n]
//
// What reads %y, the epilogue, is computed with the second step.
#include "lib/Schedule/Gpu/SplitProducts.h"
#include "lib/Schedule/Gpu/OfferTiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;

namespace tenon::schedule {
namespace {

/// `total` times `factor`; nothing if that is not known.
std::optional<int64_t> multiply(std::optional<int64_t> total, int64_t factor) {
  int64_t product;
  if (!total || ShapedType::isDynamic(factor) || llvm::MulOverflow(*total, factor, product))
    return std::nullopt;
  return product;
}

constexpr int64_t kMost = 16; // parts

/// What a product in f32 of known sizes costs in `parts`: cycles, by a model of an H200. Tiles are those that chooseBlockTile will choose.
double estimateThreads(int64_t rows, int64_t columns, double batch, int64_t length, int64_t parts, bool hasFewRows) {
  constexpr double kLaunch = 3700, kBytesPerCycle = 2200;
  auto countTiles = [&](const BlockSide &side) {
    return batch * parts * llvm::divideCeil(rows, side.lines) * llvm::divideCeil(columns, side.columns);
  };
  auto isChosen = [&](const BlockSide &side) {
    bool isHalfEmpty = side.lines > 32 && (rows <= side.lines / 2 || columns <= side.lines / 2);
    return side.lines == 32 || (!isHalfEmpty && countTiles(side) >= kProcessors * 3 / 4);
  };
  BlockSide side = hasFewRows ? describeFewRows(rows) : *llvm::find_if(kBlockSides, isChosen);
  double blocks = std::ceil(countTiles(side) / kProcessors);
  // Fewer blocks hide less of each other's waiting.
  double rate = side.rate * std::sqrt(std::min(1., blocks / side.resident));
  double cycles = blocks * side.lines * side.columns * (double(length) / parts) / rate;
  if (parts > 1)
    cycles += kLaunch + 2 * batch * parts * rows * columns * sizeof(float) / kBytesPerCycle;
  return cycles;
}

/// In how many parts the sums of `op` are computed; 1 if it is not worth it.
int64_t chooseParts(linalg::GenericOp op, const Product &product) {
  // The side of a tile that is worth a block, and what a part sums at least: where it is not known how many tiles there are, so much that
  // writing and reading parts takes a tenth of the product's time at most, also if there was no need to split it.
  constexpr int64_t kSide = 64, kLeast = 128, kLeastOfThreads = 64, kLeastOfMany = 512, kLeastOnTensorCores = 1024;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  std::optional<int64_t> length = 1, columns = 1, tiles = 1;
  for (unsigned loop : product.k)
    length = multiply(length, ranges[loop]);
  if (!length)
    return 1;
  for (unsigned loop : product.n)
    columns = multiply(columns, ranges[loop]);
  bool isKnown = columns && !ShapedType::isDynamic(ranges[product.m]);
  if (columns)
    tiles = multiply(tiles, llvm::divideCeil(*columns, kSide));
  if (!ShapedType::isDynamic(ranges[product.m]))
    tiles = multiply(tiles, llvm::divideCeil(ranges[product.m], kSide));
  for (unsigned loop : product.rest) {
    isKnown &= !ShapedType::isDynamic(ranges[loop]);
    tiles = ShapedType::isDynamic(ranges[loop]) ? tiles : multiply(tiles, ranges[loop]);
  }
  bool isShort = !getElementTypeOrSelf(product.a->get().getType()).isF32();
  int64_t first = ranges[product.k.front()], best = 1, aligned = product.k.size() == 1 ? 8 : 1;
  if (isKnown && !isShort) {
    int64_t rows = ranges[product.m];
    double batch = 1;
    for (unsigned loop : product.rest)
      batch *= static_cast<double>(ranges[loop]);
    bool hasFewRows = rows <= kMostFewRows && canHaveFewRows(op, product);
    int64_t least = hasFewRows ? kFewRowsLength : kLeastOfThreads;
    auto estimate = [&](int64_t parts) { return estimateThreads(rows, *columns, batch, *length, parts, hasFewRows); };
    for (int64_t parts = 2; parts <= std::min(kMost, *length / least); ++parts)
      if (first % (parts * aligned) == 0 && estimate(parts) < estimate(best))
        best = parts;
    return best;
  }
  int64_t least = isKnown ? kLeast : isShort ? kLeastOnTensorCores : kLeastOfMany;
  for (int64_t parts = 2; tiles && *tiles * best < kProcessors * 3 / 4 && parts <= std::min(kMost, *length / least); ++parts)
    if (first % (parts * aligned) == 0)
      best = parts;
  return best;
}

class ProductSplitter {
public:
  ProductSplitter(RewriterBase &rewriter, linalg::GenericOp op, unsigned loop, int64_t parts)
      : b(rewriter), op(op), loc(op.getLoc()), loop(loop), parts(parts) {}

  void run();

private:
  Value expand(OpOperand &input, AffineMap &map);
  Value createParts();
  linalg::GenericOp createSums(Value products);

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  unsigned loop;
  int64_t parts;
};

/// `input` with a dim of parts before the one that `loop` walks along, and how it is indexed.
Value ProductSplitter::expand(OpOperand &input, AffineMap &map) {
  auto type = cast<RankedTensorType>(input.get().getType());
  AffineExpr wanted = b.getAffineDimExpr(loop);
  AffineMap old = op.getMatchingIndexingMap(&input);
  SmallVector<ReassociationIndices> dims;
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> results;
  for (auto [dim, expr] : llvm::enumerate(old.getResults())) {
    ReassociationIndices &group = dims.emplace_back();
    if (expr == wanted) {
      group.push_back(static_cast<int64_t>(shape.size()));
      shape.push_back(parts);
      results.push_back(b.getAffineDimExpr(0));
    }
    group.push_back(static_cast<int64_t>(shape.size()));
    shape.push_back(expr == wanted ? type.getDimSize(dim) / parts : type.getDimSize(dim));
    results.push_back(expr.shiftDims(old.getNumDims(), 1));
  }
  map = AffineMap::get(old.getNumDims() + 1, 0, results, b.getContext());
  return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), input.get(), dims);
}

Value ProductSplitter::createParts() {
  SmallVector<AffineMap> maps(3);
  SmallVector<Value> inputs;
  for (auto [i, input] : llvm::enumerate(op.getDpsInputOperands()))
    inputs.push_back(expand(*input, maps[i]));
  OpOperand &init = *op.getDpsInitOperand(0);
  AffineMap written = op.getMatchingIndexingMap(&init);
  SmallVector<AffineExpr> results{b.getAffineDimExpr(0)};
  for (AffineExpr expr : written.getResults())
    results.push_back(expr.shiftDims(written.getNumDims(), 1));
  maps.back() = AffineMap::get(written.getNumDims() + 1, 0, results, b.getContext());
  SmallVector<OpFoldResult> sizes{b.getIndexAttr(parts)};
  llvm::append_range(sizes, tensor::getMixedSizes(b, loc, init.get()));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Value filled = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  SmallVector<utils::IteratorType> iterators{utils::IteratorType::parallel};
  llvm::append_range(iterators, op.getIteratorTypesArray());
  auto product = linalg::GenericOp::create(b, loc, filled.getType(), inputs, filled, maps, iterators);
  b.cloneRegionBefore(op.getRegion(), product.getRegion(), product.getRegion().begin());
  product->setAttr(kOwnLaunch, b.getUnitAttr());
  return product.getResult(0);
}

linalg::GenericOp ProductSplitter::createSums(Value products) {
  Value init = op.getDpsInitOperand(0)->get();
  unsigned rank = cast<RankedTensorType>(init.getType()).getRank();
  SmallVector<AffineExpr> read{b.getAffineDimExpr(rank)};
  for (unsigned dim = 0; dim < rank; ++dim)
    read.push_back(b.getAffineDimExpr(dim));
  SmallVector<AffineMap> maps{AffineMap::get(rank + 1, 0, read, b.getContext()),
                              AffineMap::get(rank + 1, 0, ArrayRef(read).drop_front(), b.getContext())};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  return linalg::GenericOp::create(b, loc, init.getType(), products, init, maps, iterators,
                                   [](OpBuilder &b, Location loc, ValueRange args) {
                                     linalg::YieldOp::create(b, loc, arith::AddFOp::create(b, loc, args[1], args[0]).getResult());
                                   });
}

void ProductSplitter::run() {
  b.setInsertionPoint(op);
  b.replaceOp(op, createSums(createParts()));
}

} // namespace

void splitProducts(RewriterBase &rewriter, func::FuncOp function) {
  for (auto op : llvm::make_early_inc_range(function.getBody().front().getOps<linalg::GenericOp>())) {
    FailureOr<Product> product = matchBlockProduct(op);
    if (failed(product) || !op.hasPureTensorSemantics())
      continue;
    if (int64_t parts = chooseParts(op, *product); parts > 1)
      ProductSplitter(rewriter, op, product->k.front(), parts).run();
  }
}

} // namespace tenon::schedule
