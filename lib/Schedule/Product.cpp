// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which ops are products, and how large their tiles are.
#include "lib/Schedule/Product.h"
#include "lib/Schedule/Gpu/FewRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tenon::schedule {

static bool isShortFloat(Type type) { return type.isF16() || type.isBF16(); }

static constexpr StringLiteral kMark = "schedule.product";
/// The mark holds the five numbers of the tile, then the loop that is the rows.
static constexpr size_t kMarkRows = 5, kMarkSize = 6;

/// What `value` widens, if that is a short float; else `value`.
static Value lookThroughWidening(Value value) {
  auto widening = value.getDefiningOp<arith::ExtFOp>();
  return widening && isShortFloat(widening.getIn().getType()) ? widening.getIn() : value;
}

/// yield(acc + a * b) of f32; `a` and `b` may be widened short floats.
static bool hasProductBody(linalg::LinalgOp op, bool takesShortFloats) {
  Block *body = op.getBlock();
  if (body->getNumArguments() != 3 || !body->getArgument(2).getType().isF32() ||
      !llvm::all_of(body->getArgumentTypes(), [&](Type t) { return t.isF32() || (takesShortFloats && isShortFloat(t)); }))
    return false;
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  Value accumulator = body->getArgument(2);
  Value other = sum.getLhs() == accumulator ? sum.getRhs() : sum.getLhs();
  auto product = other.getDefiningOp<arith::MulFOp>();
  if (!product || (sum.getLhs() != accumulator && sum.getRhs() != accumulator))
    return false;
  Value left = lookThroughWidening(product.getLhs()), right = lookThroughWidening(product.getRhs());
  return (left == body->getArgument(0) && right == body->getArgument(1)) || (left == body->getArgument(1) && right == body->getArgument(0));
}

static bool startsFromZero(linalg::LinalgOp op) {
  Operation *init = op.getDpsInitOperand(0)->get().getDefiningOp();
  auto fill = dyn_cast_or_null<linalg::FillOp>(init);
  return fill && matchPattern(fill.value(), m_AnyZeroFloat());
}

static bool uses(AffineMap map, unsigned loop) {
  return llvm::any_of(map.getResults(), [&](AffineExpr expr) { return expr.isFunctionOfDim(loop); });
}

/// True if the last results of `map` are the loops `k`, in order: then they are one contiguous dim.
static bool endsWith(AffineMap map, ArrayRef<unsigned> k) {
  if (map.getNumResults() < k.size())
    return false;
  for (auto [expr, loop] : llvm::zip(map.getResults().take_back(k.size()), k))
    if (expr != getAffineDimExpr(loop, map.getContext()))
      return false;
  return true;
}

/// The largest static loop if it is worth a block of rows, else the innermost dynamic one: a batch is often 1. `loops` are innermost first.
static unsigned chooseRows(linalg::LinalgOp op, ArrayRef<unsigned> loops) {
  if (auto mark = op->getAttrOfType<DenseI64ArrayAttr>(kMark))
    return mark[kMarkRows];
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  unsigned best = loops.front();
  for (unsigned loop : loops)
    if (ranges[loop] > ranges[best] && (ranges[loop] >= 8 || !ShapedType::isDynamic(ranges[best])))
      best = loop;
  auto dynamic = llvm::find_if(loops, [&](unsigned loop) { return ShapedType::isDynamic(ranges[loop]); });
  return ranges[best] < 8 && dynamic != loops.end() ? *dynamic : best;
}

static FailureOr<Product> matchProduct(linalg::LinalgOp op, std::string *reason, bool isForBlocks) {
  auto refuse = [&](StringRef why) -> FailureOr<Product> {
    if (reason)
      *reason = why.str();
    return failure();
  };
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0 ||
      !hasProductBody(op, /*takesShortFloats=*/isForBlocks))
    return failure();
  Product product;
  OpOperand *first = op.getDpsInputOperand(0), *second = op.getDpsInputOperand(1);
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!out.isProjectedPermutation() || out.getNumResults() == 0 || out.getNumResults() != op.getNumParallelLoops())
    return refuse("expected one result element per iteration of the parallel loops");
  // The operand that the last result dim walks along is the one to pack.
  unsigned last = out.getDimPosition(out.getNumResults() - 1);
  bool inFirst = uses(op.getMatchingIndexingMap(first), last), inSecond = uses(op.getMatchingIndexingMap(second), last);
  if (inFirst == inSecond)
    return refuse("expected the last result dim in one operand only");
  product.b = inFirst ? first : second;
  product.a = inFirst ? second : first;
  AffineMap a = op.getMatchingIndexingMap(product.a), b = op.getMatchingIndexingMap(product.b);
  if (!a.isProjectedPermutation())
    return refuse("expected an operand that is read element by element");

  SmallVector<unsigned> rowLoops;
  bool trailing = true;
  for (unsigned i = out.getNumResults(); i-- > 0;) {
    unsigned loop = out.getDimPosition(i);
    bool inA = uses(a, loop), inB = uses(b, loop);
    trailing &= inB && !inA && product.n.size() < 2;
    if (trailing)
      product.n.insert(product.n.begin(), loop);
    else if (inA && !inB)
      rowLoops.push_back(loop);
    else
      product.rest.push_back(loop);
  }
  if (rowLoops.empty())
    return refuse("expected rows");
  product.m = chooseRows(op, rowLoops);
  llvm::copy_if(rowLoops, std::back_inserter(product.rest), [&](unsigned loop) { return loop != product.m; });
  // In the order of `a`, so that there they are contiguous.
  for (AffineExpr expr : a.getResults())
    if (linalg::isReductionIterator(op.getIteratorTypesArray()[cast<AffineDimExpr>(expr).getPosition()]))
      product.k.push_back(cast<AffineDimExpr>(expr).getPosition());
  if (product.k.size() != op.getNumReductionLoops() || (product.k.size() > 1 && !endsWith(a, product.k)))
    return refuse("expected the summed dims last in the operand with the rows");
  if (!llvm::is_contained(b.getResults(), getAffineDimExpr(product.k.front(), op.getContext())))
    return refuse("expected the first summed dim to be a dim of both operands");
  if (!llvm::all_of(product.k, [&](unsigned loop) { return uses(b, loop); }))
    return refuse("expected both operands to have the summed dims");
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (unsigned loop : ArrayRef(product.k).drop_front())
    if (ShapedType::isDynamic(ranges[loop]))
      return refuse("expected static summed dims but the first");
  // A tile of a product may have fewer rows, at the edge.
  bool isFew = isForBlocks && ranges[product.m] > 1 && canHaveFewRows(op, product);
  if (!op->hasAttr(kMark) && ranges[product.m] >= 0 && ranges[product.m] < 4 && !isFew)
    return refuse("expected at least 4 rows");
  if (op.hasPureTensorSemantics() && !startsFromZero(op))
    return refuse("expected sums that start from zero");
  return product;
}

FailureOr<Product> matchProduct(linalg::LinalgOp op, std::string *reason) { return matchProduct(op, reason, false); }

FailureOr<Product> matchBlockProduct(linalg::LinalgOp op, std::string *reason) { return matchProduct(op, reason, true); }

namespace {
/// Scores tiles of columns; lower is better.
class TileSearch {
public:
  TileSearch(int64_t outer, int64_t inner, int64_t rows, const VectorUnit &unit)
      : outer(outer), inner(inner), numRows(rows), lanes(unit.bytes / 4), registers(unit.registers) {}

  /// Accumulators, the smaller side of the operands, and one more must fit the registers.
  int64_t blockRows(int64_t vectors) const {
    int64_t rows = 1;
    while (rows < 14 && vectors * (rows + 1) + std::min(vectors, rows + 1) + 1 <= registers)
      ++rows;
    return vectors == 3 && rows == 9 ? 8 : rows;
  }

  void search() {
    // Fewer than three rows per block are only good when all columns fit exactly; 13 vectors of 2 rows are the widest block of 32
    // registers.
    int64_t widest = registers >= 32 ? 13 : 4;
    for (int64_t width = 1; width <= std::min(inner, widest * lanes); ++width)
      if (inner % width == 0 || width % lanes == 0)
        for (int64_t height = 1; height <= (width == inner ? outer : 1) && width * height <= widest * lanes; ++height)
          consider(height, width);
  }

  int64_t bestOuter = 1, bestInner = 1, bestVectors = 1;

private:
  void consider(int64_t height, int64_t width) {
    int64_t vectors = llvm::divideCeil(width * height, lanes), rows = blockRows(vectors);
    int64_t tiles = llvm::divideCeil(inner, width) * llvm::divideCeil(outer, height);
    double fma = vectors * rows;
    double cost = static_cast<double>(tiles * vectors) * (1 + 0.3 * (vectors + rows) / fma);
    // The last block of rows may compute some again.
    if (numRows > 0)
      cost *= static_cast<double>(llvm::alignTo(numRows, rows)) / static_cast<double>(numRows);
    // Chains of dependent sums need about ten in flight.
    if (fma < 10)
      cost *= 10 / fma;
    // Tiles of one static shape pack and store faster.
    if (inner % width != 0 || outer % height != 0)
      cost *= 1.05;
    if (best > 0 && cost >= best)
      return;
    best = cost;
    bestOuter = height;
    bestInner = width;
    bestVectors = vectors;
  }

  int64_t outer, inner, numRows, lanes, registers;
  double best = 0;
};
} // namespace

ProductTile chooseProductTile(linalg::LinalgOp op, const Product &product, const VectorUnit &unit) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t lanes = unit.bytes / 4;
  int64_t inner = ranges[product.n.back()], outer = product.n.size() > 1 ? ranges[product.n.front()] : 1;
  ProductTile tile{};
  if (inner <= 0 || outer <= 0) {
    tile.outer = 1;
    tile.vectors = 3;
    tile.inner = inner > 0 ? std::min(inner, 3 * lanes) : 3 * lanes;
    tile.vectors = llvm::divideCeil(tile.inner, lanes);
  }
  TileSearch search(outer, inner, ranges[product.m], unit);
  if (tile.inner == 0) {
    search.search();
    tile.outer = search.bestOuter;
    tile.inner = search.bestInner;
    tile.vectors = search.bestVectors;
  }
  tile.blockRows = search.blockRows(tile.vectors);

  // Rows: all of them, unless that leaves too few workgroups to share out or too large a result tile for the L2 cache.
  constexpr int64_t kWorkgroups = 16, kFewest = 4, kTileBytes = 192 * 1024;
  int64_t rows = ranges[product.m], workgroups = 1;
  for (unsigned loop : product.rest)
    workgroups *= ranges[loop] < 0 ? 1 : std::min<int64_t>(std::max<int64_t>(ranges[loop], 1), kWorkgroups);
  workgroups *= inner <= 0 || outer <= 0 ? 4 : llvm::divideCeil(inner, tile.inner) * llvm::divideCeil(outer, tile.outer);
  int64_t limit = std::max<int64_t>(tile.blockRows * 4, kTileBytes / (tile.vectors * unit.bytes));
  if (rows < 0) {
    tile.rows = llvm::alignTo(std::min<int64_t>(limit, 128), tile.blockRows);
    return tile;
  }
  int64_t parts = llvm::divideCeil(rows, limit);
  if (workgroups < kWorkgroups / 2)
    parts = std::max<int64_t>(parts, llvm::divideCeil(kWorkgroups, workgroups));
  // Each workgroup packs its panel: fewer than 64 rows do not pay for that.
  // But two threads with something to do each are better than one.
  int64_t most = std::max<int64_t>(rows / 64, std::min<int64_t>(llvm::divideCeil(kFewest, workgroups), rows / 16));
  parts = std::max<int64_t>(1, std::min(parts, most));
  tile.blockRows = std::min(tile.blockRows, rows);
  tile.rows = std::min<int64_t>(rows, llvm::alignTo(llvm::divideCeil(rows, parts), tile.blockRows));
  return tile;
}

void markProduct(linalg::LinalgOp op, const Product &product, const ProductTile &tile) {
  op->setAttr(kMark, DenseI64ArrayAttr::get(op.getContext(), {tile.rows, tile.outer, tile.inner, tile.vectors, tile.blockRows, product.m}));
}

void unmarkProduct(linalg::LinalgOp op) { op->removeAttr(kMark); }

std::optional<ProductTile> getMarkedTile(linalg::LinalgOp op) {
  auto mark = op->getAttrOfType<DenseI64ArrayAttr>(kMark);
  if (!mark || mark.size() != kMarkSize)
    return std::nullopt;
  return ProductTile{mark[0], mark[1], mark[2], mark[3], mark[4]};
}

bool holdsProduct(func::FuncOp function) {
  return function.walk([](linalg::LinalgOp op) { return getMarkedTile(op) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

} // namespace tenon::schedule
