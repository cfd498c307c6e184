// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg.generic over short rows, or of a window along a row -> loops with vectors, the last one masked.
//
//   linalg.fill ins(%zero) outs(%s)
//   linalg.generic {(h, kh, kw, w) -> ...} ins(%x, %k) outs(%s)
//   linalg.generic {(h, w) -> ...} ins(%s, %bias) outs(%y)
//   ->
//   scf.for h { s = %zero; each (kh, kw): s += %x[h + kh, kw..] * broadcast %k[kh, kw]; %y[h, 0..] = s + broadcast %bias }
//
// Rows of a convolution have 7 to 56 elements: LLVM's vectoriser leaves what its vectors do not fill to scalar code, which is all of them
// or a large part. What a window sums stays in registers until the elementwise op behind it is done: a masked store and a masked load of
// the next row overlap, for which the processor waits until the store is in the cache.
#include "lib/Schedule/VectorizeRows.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// Longer rows without a window are left to LLVM, which also interleaves; so many vectors of one row are unrolled.
constexpr int64_t kMostVectors = 4;
constexpr int64_t kLargestStep = 2;

/// How far apart in `map`'s memory two neighbours of the row are: 0 if they are one; -1 if that is not known or not along the last dim.
int64_t findStep(AffineMap map, unsigned row) {
  if (!map.isFunctionOfDim(row))
    return 0;
  MLIRContext *context = map.getContext();
  if (llvm::any_of(map.getResults().drop_back(), [&](AffineExpr expr) { return expr.isFunctionOfDim(row); }))
    return -1;
  AffineExpr last = map.getResults().back(), dim = getAffineDimExpr(row, context);
  for (int64_t step = 1; step <= kLargestStep; ++step)
    if (!simplifyAffineExpr(last - dim * step, map.getNumDims(), 0).isFunctionOfDim(row))
      return step;
  return -1;
}

bool hasUnitStride(Value memory) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(cast<MemRefType>(memory.getType()).getStridesAndOffset(strides, offset)) && !strides.empty() && strides.back() == 1;
}

/// True if the body is f32 arithmetic, which vectors do as scalars do it.
bool hasVectorBody(linalg::GenericOp op) {
  auto fits = [](Type type) { return type.isF32() || type.isInteger(1); };
  auto isVectorOp = [&](Operation &inner) {
    bool arithmetic =
        isa<arith::ArithDialect>(inner.getDialect()) && (isa<arith::ConstantOp>(inner) || OpTrait::hasElementwiseMappableTraits(&inner));
    return arithmetic && llvm::all_of(inner.getOperandTypes(), fits) && llvm::all_of(inner.getResultTypes(), fits);
  };
  return llvm::all_of(op.getBody()->getArgumentTypes(), [](Type type) { return type.isF32(); }) &&
         llvm::all_of(op.getBody()->without_terminator(), isVectorOp);
}

/// An op with the values of its loops where code is emitted.
struct Stage {
  linalg::GenericOp op;
  unsigned row = 0;
  SmallVector<OpFoldResult> place;

  Stage(linalg::GenericOp op, unsigned row) : op(op), row(row), place(op.getNumLoops(), Builder(op.getContext()).getIndexAttr(0)) {}
};

LogicalResult check(RewriterBase &rewriter, const Stage &stage) {
  linalg::GenericOp op = stage.op;
  int64_t size = op.getStaticLoopRanges()[stage.row];
  if (size <= 1 || ShapedType::isDynamic(size))
    return rewriter.notifyMatchFailure(op, "expected rows of a known size");
  if (!linalg::isParallelIterator(op.getIteratorTypesArray()[stage.row]))
    return rewriter.notifyMatchFailure(op, "expected rows of a parallel loop");
  if (!hasVectorBody(op))
    return rewriter.notifyMatchFailure(op, "expected f32 arithmetic");
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      return rewriter.notifyMatchFailure(op, "expected operands in memory");
    int64_t step = findStep(op.getMatchingIndexingMap(&operand), stage.row);
    if (step < 0 || (step > 0 && !hasUnitStride(operand.get())) || (op.isDpsInit(&operand) && step != 1))
      return rewriter.notifyMatchFailure(op, "expected operands that are contiguous along the row");
  }
  return success();
}

/// The next op with effects, in a direction.
template <typename Next> Operation *findEffect(Operation *op, Next next) {
  do
    op = next(op);
  while (op && isMemoryEffectFree(op));
  return op;
}

class RowVectorizer {
public:
  RowVectorizer(RewriterBase &rewriter, linalg::GenericOp op, const RowLoops &loops, int64_t lanes)
      : b(rewriter), loops(loops), lanes(lanes), loc(op.getLoc()), vector(VectorType::get({lanes}, rewriter.getF32Type())),
        main(op, loops.row) {}

  LogicalResult check() { return schedule::check(b, main); }
  void findNeighbours();
  void run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  SmallVector<Value> indices(Stage &stage, OpOperand &operand);
  Value load(Stage &stage, OpOperand &operand, int64_t count);
  Value loadContiguous(Value memory, ArrayRef<Value> at, int64_t width, int64_t count);
  void store(Stage &stage, OpOperand &operand, Value values, int64_t count);
  SmallVector<Value> compute(Stage &stage, ArrayRef<Value> arguments);
  SmallVector<Value> computeWindow(int64_t count);
  void vectorAt(OpFoldResult start, int64_t count);
  void row();

  RewriterBase &b;
  const RowLoops &loops;
  int64_t lanes;
  Location loc;
  VectorType vector;
  Stage main;
  linalg::FillOp fill;           // what the results start from, if not from memory
  std::optional<Stage> epilogue; // the only reader of the result
  SmallVector<int64_t> follows;  // for each loop of the epilogue, the loop of `main`
};

/// The fill before the op and the elementwise op behind it, if nothing stands between.
void RowVectorizer::findNeighbours() {
  linalg::GenericOp op = main.op;
  if (op.getNumDpsInits() != 1)
    return;
  OpOperand &init = *op.getDpsInitOperand(0);
  AffineMap written = op.getMatchingIndexingMap(&init);
  if (!written.isProjectedPermutation())
    return; // the op may not write all that is filled
  auto before = dyn_cast_or_null<linalg::FillOp>(findEffect(op, [](Operation *at) { return at->getPrevNode(); }));
  if (before && before.getDpsInitOperand(0)->get() == init.get())
    fill = before;
  auto after = dyn_cast_or_null<linalg::GenericOp>(findEffect(op, [](Operation *at) { return at->getNextNode(); }));
  bool ownMemory = init.get().getDefiningOp<memref::ViewOp>() &&
                   llvm::all_of(init.get().getUsers(), [&](Operation *user) { return user == op || user == fill || user == after; });
  if (!after || after.getNumReductionLoops() != 0 || !ownMemory)
    return;
  SmallVector<int64_t> found(after.getNumLoops(), -1);
  for (OpOperand &operand : after->getOpOperands()) {
    if (operand.get() != init.get())
      continue;
    AffineMap read = after.getMatchingIndexingMap(&operand);
    if (after.isDpsInit(&operand) || !read.isProjectedPermutation())
      return;
    for (unsigned i = 0; i < read.getNumResults(); ++i) {
      int64_t &loop = found[read.getDimPosition(i)], wanted = written.getDimPosition(i);
      if (loop >= 0 && loop != wanted)
        return;
      loop = wanted;
    }
  }
  const int64_t *row = llvm::find(found, static_cast<int64_t>(loops.row));
  if (llvm::is_contained(found, -1) || row == found.end())
    return;
  Stage stage(after, row - found.begin());
  if (failed(schedule::check(b, stage)))
    return;
  epilogue = stage;
  follows = found;
}

SmallVector<Value> RowVectorizer::indices(Stage &stage, OpOperand &operand) {
  SmallVector<Value> result;
  AffineMap map = stage.op.getMatchingIndexingMap(&operand);
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    result.push_back(
        getValueOrCreateConstantIndexOp(b, loc, affine::makeComposedFoldedAffineApply(b, loc, map.getSubMap({i}), stage.place)));
  return result;
}

/// `width` neighbours, of which the first `count` exist.
Value RowVectorizer::loadContiguous(Value memory, ArrayRef<Value> at, int64_t width, int64_t count) {
  auto type = VectorType::get({width}, b.getF32Type());
  if (count == width)
    return vector::LoadOp::create(b, loc, type, memory, at);
  Value mask = vector::CreateMaskOp::create(b, loc, VectorType::get({width}, b.getI1Type()), constant(count));
  Value zero = arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, loc, type, memory, at, mask, zero);
}

Value RowVectorizer::load(Stage &stage, OpOperand &operand, int64_t count) {
  int64_t step = findStep(stage.op.getMatchingIndexingMap(&operand), stage.row);
  SmallVector<Value> at = indices(stage, operand);
  if (step == 0)
    return vector::BroadcastOp::create(b, loc, vector, memref::LoadOp::create(b, loc, operand.get(), at).getResult());
  Value values = loadContiguous(operand.get(), at, step * lanes, step * (count - 1) + 1);
  if (step == 1)
    return values;
  SmallVector<int64_t> chosen;
  for (int64_t i = 0; i < lanes; ++i)
    chosen.push_back(i * step);
  return vector::ShuffleOp::create(b, loc, values, values, chosen);
}

void RowVectorizer::store(Stage &stage, OpOperand &operand, Value values, int64_t count) {
  SmallVector<Value> at = indices(stage, operand);
  if (count == lanes) {
    vector::StoreOp::create(b, loc, values, operand.get(), at);
    return;
  }
  Value mask = vector::CreateMaskOp::create(b, loc, VectorType::get({lanes}, b.getI1Type()), constant(count));
  vector::MaskedStoreOp::create(b, loc, operand.get(), at, mask, values);
}

/// The body on vectors: what it yields.
SmallVector<Value> RowVectorizer::compute(Stage &stage, ArrayRef<Value> arguments) {
  Block *body = stage.op.getBody();
  IRMapping map;
  map.map(body->getArguments(), arguments);
  auto widen = [&](Type type) { return VectorType::get({lanes}, type); };
  auto lookup = [&](Value scalar) -> Value {
    if (Value known = map.lookupOrNull(scalar))
      return known;
    return vector::BroadcastOp::create(b, loc, widen(scalar.getType()), scalar); // defined outside of the op
  };
  for (Operation &inner : body->without_terminator()) {
    if (auto scalar = dyn_cast<arith::ConstantOp>(inner)) {
      auto splat = DenseElementsAttr::get(widen(scalar.getType()), scalar.getValue());
      map.map(scalar.getResult(), arith::ConstantOp::create(b, loc, splat).getResult());
      continue;
    }
    OperationState state(loc, inner.getName(), llvm::map_to_vector(inner.getOperands(), lookup),
                         llvm::map_to_vector(inner.getResultTypes(), [&](Type type) -> Type { return widen(type); }), inner.getAttrs());
    map.map(inner.getResults(), b.create(state)->getResults());
  }
  return llvm::map_to_vector(body->getTerminator()->getOperands(), lookup);
}

/// The results after all iterations of the window.
SmallVector<Value> RowVectorizer::computeWindow(int64_t count) {
  linalg::GenericOp op = main.op;
  SmallVector<Value> results;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (!op.payloadUsesValueFromOperand(&init))
      results.push_back(Value());
    else
      results.push_back(fill ? vector::BroadcastOp::create(b, loc, vector, fill.value()).getResult() : load(main, init, count));
  }
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto visit = [&](auto &&self, ArrayRef<unsigned> window) -> void {
    if (!window.empty()) {
      for (int64_t i = 0; i < ranges[window.front()]; ++i) {
        main.place[window.front()] = b.getIndexAttr(i);
        self(self, window.drop_front());
      }
      return;
    }
    SmallVector<Value> arguments;
    for (OpOperand *input : op.getDpsInputOperands())
      arguments.push_back(op.payloadUsesValueFromOperand(input) ? load(main, *input, count) : Value());
    llvm::append_range(arguments, results);
    results = compute(main, arguments);
  };
  visit(visit, loops.window);
  return results;
}

/// `count` elements of the row from `start` on.
void RowVectorizer::vectorAt(OpFoldResult start, int64_t count) {
  main.place[main.row] = start;
  SmallVector<Value> results = computeWindow(count);
  Stage *last = &main;
  if (epilogue) {
    last = &*epilogue;
    for (auto [loop, followed] : llvm::enumerate(follows))
      epilogue->place[loop] = main.place[followed];
    SmallVector<Value> arguments;
    for (OpOperand &operand : last->op->getOpOperands()) {
      bool used = last->op.payloadUsesValueFromOperand(&operand), own = operand.get() == main.op.getDpsInitOperand(0)->get();
      arguments.push_back(!used ? Value() : own ? results.front() : load(*last, operand, count));
    }
    results = compute(*last, arguments);
  }
  for (auto [init, values] : llvm::zip(last->op.getDpsInitsMutable(), results))
    store(*last, init, values, count);
}

void RowVectorizer::row() {
  int64_t size = main.op.getStaticLoopRanges()[main.row], whole = size / lanes * lanes;
  if (whole <= kMostVectors * lanes) {
    for (int64_t start = 0; start < whole; start += lanes)
      vectorAt(b.getIndexAttr(start), lanes);
  } else {
    auto loop = scf::ForOp::create(b, loc, constant(0), constant(whole), constant(lanes));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    vectorAt(loop.getInductionVar(), lanes);
  }
  if (whole < size)
    vectorAt(b.getIndexAttr(whole), size - whole);
}

void RowVectorizer::run() {
  // Behind what the epilogue's operands are computed from.
  b.setInsertionPointAfter(epilogue ? epilogue->op : main.op);
  SmallVector<Range> ranges = cast<linalg::LinalgOp>(main.op.getOperation()).createLoopRanges(b, loc);
  for (unsigned loop : loops.outer) {
    Value size = getValueOrCreateConstantIndexOp(b, loc, ranges[loop].size);
    auto around = scf::ForOp::create(b, loc, constant(0), size, constant(1));
    main.place[loop] = around.getInductionVar();
    b.setInsertionPointToStart(around.getBody());
  }
  row();
  if (epilogue)
    b.eraseOp(epilogue->op);
  b.eraseOp(main.op);
  if (fill)
    b.eraseOp(fill);
}

} // namespace

LogicalResult vectorizeRows(RewriterBase &rewriter, linalg::GenericOp op, const RowLoops &loops, int64_t lanes) {
  int64_t size = op.getStaticLoopRanges()[loops.row];
  if (loops.window.empty() && (size % lanes == 0 || size > kMostVectors * lanes))
    return rewriter.notifyMatchFailure(op, "expected short rows that do not fill vectors");
  RowVectorizer vectorizer(rewriter, op, loops, lanes);
  if (failed(vectorizer.check()))
    return failure();
  if (!loops.window.empty())
    vectorizer.findNeighbours();
  vectorizer.run();
  return success();
}

} // namespace tenon::schedule
