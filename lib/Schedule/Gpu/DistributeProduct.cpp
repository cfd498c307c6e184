// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Marked products in kernels -> slices through shared memory, register blocks, and the epilogue from registers.
//
//   load slice 0; store it to buffer 0; barrier
//   scf.for %k iter_args(sums) {
//     load the next slice; for each k of this one: sums += rows x columns; store the next slice to the other buffer; barrier
//   }
//   for each vector of sums inside of the result: epilogue; store
#include "lib/Schedule/Gpu/ProductSlice.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

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

class ProductDistribution {
public:
  ProductDistribution(RewriterBase &rewriter, linalg::GenericOp op, const Product &product, ArrayRef<EpilogueOp> epilogue,
                      ThreadBlock &block)
      : b(rewriter), op(op), product(product), tile(*getMarkedTile(op)), epilogue(epilogue), block(block), loc(op.getLoc()),
        rowThreads(int64_t(1) << llvm::Log2_64(block.getNumThreads()) / 2), rows(tile.rows, rowThreads),
        columns(tile.vectors * 4, block.getNumThreads() / rowThreads), domain{op, product, tile.inner, {}, {}, {}} {}

  void run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(loc, x, y); }
  Value multiply(Value x, Value y) { return b.createOrFold<arith::MulIOp>(loc, x, y); }
  Value isBelow(Value x, Value y) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, y); }
  bool isAlways(Value size, int64_t covered) { return getConstantIntValue(size).value_or(-1) == covered; }

  void findDomain();
  Value lineOf(const Side &side, Value thread, int64_t part);
  SmallVector<Value> accumulate(const ProductSlice &left, const ProductSlice &right, Value buffer, Value k, ValueRange sums);
  SmallVector<Value> multiplySlices(const ProductSlice &left, const ProductSlice &right, int64_t depth);
  void findStores();
  void store(ArrayRef<Value> sums);
  void storePart(Value row, Value column, Value sums);
  SmallVector<Value> loopsAt(Value row, Value column);
  Value isColumn(Value column);
  Value finish(Value sum, ValueRange loops, int64_t lane, ArrayRef<SmallVector<Value>> shared);
  SmallVector<SmallVector<Value>> loadShared(ValueRange loops);
  void guard(Value condition, llvm::function_ref<void()> body);

  RewriterBase &b;
  linalg::GenericOp op;
  const Product &product;
  ProductTile tile;
  ArrayRef<EpilogueOp> epilogue;
  ThreadBlock &block;
  Location loc;
  int64_t rowThreads;
  Side rows, columns;
  ProductDomain domain;
  Value rowThread, columnThread;
  Value target; // memory of the result, and where it has an element of these loops
  AffineMap targetMap;
  bool storesVectors = false;
};

void ProductDistribution::findDomain() {
  for (Range range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
    domain.sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  domain.depth = constant(1);
  for (unsigned loop : product.k) {
    domain.kSizes.push_back(domain.sizes[loop]);
    domain.depth = multiply(domain.depth, domain.sizes[loop]);
  }
  Value across = constant(columns.threads);
  rowThread = arith::DivUIOp::create(b, loc, block.getThread(), across);
  columnThread = arith::RemUIOp::create(b, loc, block.getThread(), across);
}

/// The first line of a part that `thread` of the side has.
Value ProductDistribution::lineOf(const Side &side, Value thread, int64_t part) {
  return add(multiply(thread, constant(side.part)), constant(part * side.threads * side.part));
}

/// Sums are vectors along the columns: for each row of each part, one per part of columns.
SmallVector<Value> ProductDistribution::accumulate(const ProductSlice &left, const ProductSlice &right, Value buffer, Value k,
                                                   ValueRange sums) {
  SmallVector<Value> across, next;
  for (int64_t q = 0; q < columns.numParts(); ++q)
    across.push_back(right.read(b, buffer, k, lineOf(columns, columnThread, q), columns.part));
  for (int64_t p = 0; p < rows.numParts(); ++p) {
    Value down = left.read(b, buffer, k, lineOf(rows, rowThread, p), rows.part);
    for (int64_t i = 0; i < rows.part; ++i) {
      Value element = vector::ExtractOp::create(b, loc, down, i);
      Value same = vector::BroadcastOp::create(b, loc, across.front().getType(), element);
      for (Value values : across)
        next.push_back(vector::FMAOp::create(b, loc, same, values, sums[next.size()]));
    }
  }
  return next;
}

SmallVector<Value> ProductDistribution::multiplySlices(const ProductSlice &left, const ProductSlice &right, int64_t depth) {
  auto type = VectorType::get({columns.part}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  SmallVector<Value> sums(rows.numParts() * rows.part * columns.numParts(), zero);
  // A sum of nothing is zero; there is nothing to load then.
  guard(isBelow(constant(0), domain.depth), [&] {
    SmallVector<Value> down = left.load(b, constant(0)), across = right.load(b, constant(0));
    left.store(b, constant(0), down);
    right.store(b, constant(0), across);
  });
  gpu::BarrierOp::create(b, loc);
  auto loop = scf::ForOp::create(b, loc, constant(0), domain.depth, constant(depth), sums);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(loop.getBody());
  // The last round loads its own slice again rather than to branch.
  Value first = loop.getInductionVar(), step = constant(depth);
  Value slices = arith::CeilDivUIOp::create(b, loc, domain.depth, step);
  Value last = multiply(arith::SubIOp::create(b, loc, slices, constant(1)), step);
  Value following = arith::MinUIOp::create(b, loc, add(first, step), last);
  SmallVector<Value> down = left.load(b, following), across = right.load(b, following);
  Value buffer = arith::RemUIOp::create(b, loc, arith::DivUIOp::create(b, loc, first, step), constant(2));
  Value other = arith::SubIOp::create(b, loc, constant(1), buffer);
  sums = llvm::to_vector_of<Value>(loop.getRegionIterArgs());
  for (int64_t k = 0; k < depth; ++k)
    sums = accumulate(left, right, buffer, constant(k), sums);
  left.store(b, other, down);
  right.store(b, other, across);
  gpu::BarrierOp::create(b, loc);
  scf::YieldOp::create(b, loc, sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void ProductDistribution::guard(Value condition, llvm::function_ref<void()> body) {
  if (!condition || matchPattern(condition, m_One()))
    return body();
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false).thenBlock());
  body();
}

/// The values of all loops at a row and column of the tile.
SmallVector<Value> ProductDistribution::loopsAt(Value row, Value column) {
  SmallVector<Value> loops(domain.sizes.size(), constant(0));
  loops[product.m] = row;
  loops[product.n.back()] = column;
  if (product.n.size() > 1) {
    Value inner = constant(tile.inner);
    loops[product.n.back()] = arith::RemUIOp::create(b, loc, column, inner);
    loops[product.n.front()] = arith::DivUIOp::create(b, loc, column, inner);
  }
  return loops;
}

/// Whether the result has the column; null: certainly.
Value ProductDistribution::isColumn(Value column) {
  SmallVector<Value> loops = loopsAt(constant(0), column);
  Value size = domain.sizes[product.n.back()];
  if (product.n.size() == 1)
    return isAlways(size, columns.lines) ? Value() : isBelow(column, size);
  Value inside = isBelow(loops[product.n.front()], domain.sizes[product.n.front()]);
  return isAlways(size, tile.inner) ? inside : arith::AndIOp::create(b, loc, inside, isBelow(loops[product.n.back()], size)).getResult();
}

/// Operands of the epilogue that all elements of a vector share or that are vectors themselves.
SmallVector<SmallVector<Value>> ProductDistribution::loadShared(ValueRange loops) {
  SmallVector<SmallVector<Value>> loaded;
  unsigned inner = product.n.back();
  for (const EpilogueOp &entry : epilogue) {
    loaded.emplace_back(entry.maps.size());
    for (auto [i, operand] : llvm::enumerate(entry.op->getOpOperands())) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      if (!type || !linalg::GenericOp(entry.op).payloadUsesValueFromOperand(&operand) || !entry.maps[i])
        continue;
      AccessKind kind = VectorAccess(inner, columns.part).classify(entry.maps[i], operand.get());
      if (kind == AccessKind::other)
        continue;
      SmallVector<Value> at = applyMap(b, loc, entry.maps[i], loops);
      auto vector = VectorType::get({columns.part}, type.getElementType());
      llvm::MaybeAlign alignment(columns.part * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      loaded.back()[i] = kind == AccessKind::broadcast
                             ? memref::LoadOp::create(b, loc, operand.get(), at).getResult()
                             : vector::LoadOp::create(b, loc, vector, operand.get(), at, false, alignment).getResult();
    }
  }
  return loaded;
}

/// `sum` through the epilogue. `shared`: from loadShared, or empty.
Value ProductDistribution::finish(Value sum, ValueRange loops, int64_t lane, ArrayRef<SmallVector<Value>> shared) {
  for (auto [e, entry] : llvm::enumerate(epilogue)) {
    linalg::GenericOp consumer = entry.op;
    SmallVector<Value> arguments;
    for (auto [i, operand] : llvm::enumerate(consumer->getOpOperands())) {
      Value known = shared.empty() ? Value() : shared[e][i];
      if (!isa<MemRefType>(operand.get().getType()))
        arguments.push_back(operand.get());
      else if (!entry.maps[i])
        arguments.push_back(sum);
      else if (!consumer.payloadUsesValueFromOperand(&operand))
        arguments.push_back({});
      else if (known && isa<VectorType>(known.getType()))
        arguments.push_back(vector::ExtractOp::create(b, loc, known, lane));
      else
        arguments.push_back(known ? known : memref::LoadOp::create(b, loc, operand.get(), applyMap(b, loc, entry.maps[i], loops)));
    }
    AffineMap indices = AffineMap::get(loops.size(), 0, entry.loops, b.getContext());
    sum = inlineBody(b, consumer, applyMap(b, loc, indices, loops), arguments).front();
  }
  return sum;
}

/// A vector of sums, which begins at `column`.
void ProductDistribution::storePart(Value row, Value column, Value sums) {
  if (storesVectors) {
    guard(isColumn(column), [&] {
      SmallVector<Value> loops = loopsAt(row, column), results;
      SmallVector<Value> first = loops;
      SmallVector<SmallVector<Value>> shared = loadShared(loops);
      for (int64_t lane = 0; lane < columns.part; ++lane) {
        loops[product.n.back()] = add(first[product.n.back()], constant(lane));
        results.push_back(finish(vector::ExtractOp::create(b, loc, sums, lane), loops, lane, shared));
      }
      auto type = VectorType::get({columns.part}, results.front().getType());
      Value whole = vector::FromElementsOp::create(b, loc, type, results);
      llvm::MaybeAlign alignment(columns.part * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      vector::StoreOp::create(b, loc, whole, target, applyMap(b, loc, targetMap, first), false, alignment);
    });
    return;
  }
  for (int64_t lane = 0; lane < columns.part; ++lane) {
    Value place = add(column, constant(lane));
    guard(isColumn(place), [&] {
      SmallVector<Value> loops = loopsAt(row, place);
      Value result = finish(vector::ExtractOp::create(b, loc, sums, lane), loops, lane, {});
      memref::StoreOp::create(b, loc, result, target, applyMap(b, loc, targetMap, loops));
    });
  }
}

void ProductDistribution::findStores() {
  target = op.getDpsInitOperand(0)->get();
  targetMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!epilogue.empty()) {
    target = linalg::GenericOp(epilogue.back().op).getDpsInitOperand(0)->get();
    targetMap = epilogue.back().maps.back();
  }
  unsigned inner = product.n.back();
  storesVectors = columns.part > 1 && findDivisor(domain.sizes[inner]) % columns.part == 0 && tile.inner % columns.part == 0 &&
                  VectorAccess(inner, columns.part).classify(targetMap, target) == AccessKind::contiguous;
}

void ProductDistribution::store(ArrayRef<Value> sums) {
  Value numRows = domain.sizes[product.m];
  for (int64_t p = 0; p < rows.numParts(); ++p)
    for (int64_t i = 0; i < rows.part; ++i) {
      Value row = add(lineOf(rows, rowThread, p), constant(i));
      guard(isAlways(numRows, rows.lines) ? Value() : isBelow(row, numRows), [&] {
        for (int64_t q = 0; q < columns.numParts(); ++q)
          storePart(row, lineOf(columns, columnThread, q), sums[((p * rows.part) + i) * columns.numParts() + q]);
      });
    }
}

void ProductDistribution::run() {
  // Slices of all sizes of tile are as large: four elements per thread of 256.
  constexpr int64_t kSliceElements = 1024;
  b.setInsertionPoint(epilogue.empty() ? op.getOperation() : linalg::GenericOp(epilogue.back().op).getOperation());
  findDomain();
  findStores();
  int64_t depth = std::max<int64_t>(8, kSliceElements / tile.rows);
  // Of small tiles ptxas keeps some bytes in local memory for the sake of more blocks; with 128 registers it need not. Large ones have
  // room, and few slices become straight code, for which it would take even more.
  if (tile.rows < 128 && getConstantIntValue(domain.depth).value_or(1024) >= 3 * depth)
    op->getParentOfType<func::FuncOp>()->setAttr("cuda.min_blocks", b.getI32IntegerAttr(2));
  ProductSlice left(domain, *product.a, /*isRows=*/true, rows.lines, depth, block);
  ProductSlice right(domain, *product.b, /*isRows=*/false, columns.lines, depth, block);
  store(multiplySlices(left, right, depth));
  for (const EpilogueOp &entry : llvm::reverse(epilogue))
    b.eraseOp(entry.op);
  b.eraseOp(op);
}

} // namespace

void distributeProduct(RewriterBase &rewriter, linalg::GenericOp op, const Product &product, ArrayRef<EpilogueOp> epilogue,
                       ThreadBlock &block) {
  ProductDistribution(rewriter, op, product, epilogue, block).run();
}

} // namespace tenon::schedule
