// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Row programs -> code of threads.
//
//   scf.for %round { %row = ...
//     each element that the thread has of the row: loads, body, partial results of the first reduction
//     shuffles (and shared memory, between warps)
//     ...
//   }
//
// Of a short row a thread holds all its elements in registers, from the first load to the last store: everything is unrolled. Longer rows
// are walked by one loop per reduction and per result, and what is read or computed twice is read and computed again.
#include "lib/Schedule/Gpu/IndexEmitter.h"
#include "lib/Schedule/Gpu/RowProgram.h"
#include "lib/Schedule/Gpu/VectorAccess.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// A vector of elements of the row.
struct Position {
  SmallVector<Value> columns; // index per loop along the row
  Value inside;               // null: always
  int64_t number;             // unique in its row
};

class RowEmitter : IndexEmitter {
public:
  RowEmitter(OpBuilder &b, RowProgram &program, ThreadBlock &block)
      : IndexEmitter(b, program.ops.back()->op.getLoc()), program(program), block(block) {}

  /// Returns whether there are branches or loops in what a row takes.
  bool run();

private:
  void findSizes();
  void emitRound(Value round, bool exact);
  void emit(RowOp &row);
  void reduce(RowOp &row);
  SmallVector<Value> accumulate(RowOp &row, const Position &at, ValueRange sums);
  void storeElements(RowOp &row);
  void storeVector(RowOp &row, const Position &at);
  Position unrolledPosition(int64_t number);
  Position loopPosition(Value column);
  scf::ForOp createLoop(ValueRange sums);
  void guard(Value condition, llvm::function_ref<void()> body);

  bool usesColumns(AffineMap map) const;
  SmallVector<Value> indicesOf(RowOp &row, const Position *at, int64_t lane);
  SmallVector<Value> applyRowMap(AffineMap map, const Position *at, int64_t lane);
  void loadRowValues(RowOp &row);
  Value loadRowValue(RowOp &row, size_t operand);
  Value loadElement(RowOp &row, size_t operand, const Position &at, int64_t lane);
  Value operandValue(RowOp &row, size_t operand, const Position *at, int64_t lane);
  Value evaluate(RowOp &row, const Position *at, int64_t lane);

  RowProgram &program;
  ThreadBlock &block;
  RowShape shape;
  SmallVector<Value> rowSizes, columnSizes;
  Value rows, columns, lane, group; // totals; this thread within its group, and the number of that

  // Of the present row.
  SmallVector<Value> rowIndices;
  Value isRow; // null: always
  llvm::DenseMap<RowOp *, Value> rowResults;
  using Key = std::tuple<const void *, const void *, int64_t, int64_t>;
  llvm::DenseMap<Key, Value> loaded;   // by memory, map, position and lane
  llvm::DenseMap<Key, Value> computed; // by op, position and lane
  int64_t nextNumber = 0;
};

void RowEmitter::findSizes() {
  auto reduction = llvm::find_if(program.ops, [](const auto &row) { return row->isReduction(); });
  auto op = cast<linalg::LinalgOp>((*reduction)->op.getOperation());
  for (auto [loop, range] : llvm::enumerate(op.createLoopRanges(b, loc)))
    (loop < program.numRowLoops ? rowSizes : columnSizes).push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  rows = columns = constant(1);
  for (Value size : rowSizes)
    rows = multiply(rows, size);
  for (Value size : columnSizes)
    columns = multiply(columns, size);
}

bool RowEmitter::usesColumns(AffineMap map) const {
  return llvm::any_of(llvm::seq(program.numRowLoops, program.numLoops), [&](unsigned loop) { return map.isFunctionOfDim(loop); });
}

/// Indices of the op's own loops; those along the row at `lane` of the vector.
SmallVector<Value> RowEmitter::indicesOf(RowOp &row, const Position *at, int64_t lane) {
  SmallVector<Value> indices;
  for (int64_t loop : row.loops) {
    if (loop < 0)
      indices.push_back(constant(0));
    else if (loop < program.numRowLoops)
      indices.push_back(rowIndices[loop]);
    else if (at && loop + 1 == program.numLoops && lane > 0)
      indices.push_back(add(at->columns.back(), lane));
    else
      indices.push_back(at ? at->columns[loop - program.numRowLoops] : constant(0));
  }
  return indices;
}

SmallVector<Value> RowEmitter::applyRowMap(AffineMap map, const Position *at, int64_t lane) {
  SmallVector<Value> loops(rowIndices);
  if (at)
    llvm::append_range(loops, at->columns);
  else
    loops.append(columnSizes.size(), constant(0));
  if (lane > 0)
    loops.back() = add(loops.back(), lane);
  return applyMap(b, loc, map, loops);
}

Value RowEmitter::loadRowValue(RowOp &row, size_t operand) {
  Value memory = row.op->getOperand(operand);
  Value &value = loaded[Key(memory.getAsOpaquePointer(), row.maps[operand].getAsOpaquePointer(), -1, 0)];
  if (!value)
    value = memref::LoadOp::create(b, loc, memory, applyRowMap(row.maps[operand], nullptr, 0));
  return value;
}

/// What elements of `row` need once per row is loaded before they are computed in a loop.
void RowEmitter::loadRowValues(RowOp &row) {
  for (auto [i, operand] : llvm::enumerate(row.op->getOpOperands())) {
    if (row.sources[i] && row.sources[i]->perElement)
      loadRowValues(*row.sources[i]);
    else if (!row.sources[i] && isa<MemRefType>(operand.get().getType()) && row.op.payloadUsesValueFromOperand(&operand) &&
             !usesColumns(row.maps[i]))
      (void)loadRowValue(row, i);
  }
}

Value RowEmitter::loadElement(RowOp &row, size_t operand, const Position &at, int64_t lane) {
  Value memory = row.op->getOperand(operand);
  AffineMap map = row.maps[operand];
  AccessKind kind = shape.width == 1 ? AccessKind::other : VectorAccess(shape.innerLoops, shape.width).classify(map, memory);
  int64_t part = kind == AccessKind::other ? lane : 0;
  Value &value = loaded[Key(memory.getAsOpaquePointer(), map.getAsOpaquePointer(), at.number, part)];
  if (!value) {
    SmallVector<Value> indices = applyRowMap(map, &at, part);
    if (kind == AccessKind::contiguous) {
      auto type = VectorType::get({shape.width}, cast<MemRefType>(memory.getType()).getElementType());
      llvm::MaybeAlign alignment(shape.width * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      value = vector::LoadOp::create(b, loc, type, memory, indices, false, alignment);
    } else {
      value = memref::LoadOp::create(b, loc, memory, indices);
    }
  }
  return kind == AccessKind::contiguous ? vector::ExtractOp::create(b, loc, value, lane).getResult() : value;
}

Value RowEmitter::operandValue(RowOp &row, size_t operand, const Position *at, int64_t lane) {
  OpOperand &use = row.op->getOpOperand(operand);
  if (!isa<MemRefType>(use.get().getType()))
    return use.get();
  if (!row.op.payloadUsesValueFromOperand(&use))
    return {};
  RowOp *source = row.sources[operand];
  if (source)
    return source->perElement ? evaluate(*source, at, lane) : rowResults.lookup(source);
  return usesColumns(row.maps[operand]) ? loadElement(row, operand, *at, lane) : loadRowValue(row, operand);
}

/// The result of an elementwise op, for an element of the row or, without `at`, for the row.
Value RowEmitter::evaluate(RowOp &row, const Position *at, int64_t lane) {
  Key key(&row, nullptr, at ? at->number : -1, lane);
  if (Value known = computed.lookup(key))
    return known;
  SmallVector<Value> arguments;
  for (size_t i = 0; i < row.op->getNumOperands(); ++i)
    arguments.push_back(operandValue(row, i, at, lane));
  Value result = inlineBody(b, row.op, indicesOf(row, at, lane), arguments).front();
  computed[key] = result;
  return result;
}

/// Vector `number` of this thread. The last one may lie beyond the row: it then repeats the row's last vector.
Position RowEmitter::unrolledPosition(int64_t number) {
  Position at;
  at.number = number;
  Value first = add(multiply(lane, shape.width), number * shape.group * shape.width);
  if ((number + 1) * shape.group * shape.width > shape.columns) {
    at.inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, first, columns);
    first = arith::MinSIOp::create(b, loc, first, constant(shape.columns - shape.width));
  }
  at.columns = delinearize(b, loc, first, columnSizes);
  return at;
}

Position RowEmitter::loopPosition(Value column) { return {delinearize(b, loc, column, columnSizes), {}, nextNumber++}; }

/// Over the vectors of the row that are this thread's.
scf::ForOp RowEmitter::createLoop(ValueRange sums) {
  Value first = multiply(lane, shape.width);
  return scf::ForOp::create(b, loc, first, columns, constant(shape.group * shape.width), sums);
}

void RowEmitter::guard(Value condition, llvm::function_ref<void()> body) {
  if (!condition)
    return body();
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false).thenBlock());
  body();
}

/// One sum per lane of the vector.
SmallVector<Value> RowEmitter::accumulate(RowOp &row, const Position &at, ValueRange sums) {
  SmallVector<Value> next;
  for (int64_t lane = 0; lane < shape.width; ++lane) {
    SmallVector<Value> arguments;
    for (size_t i = 0; i + 1 < row.op->getNumOperands(); ++i)
      arguments.push_back(operandValue(row, i, &at, lane));
    arguments.push_back(sums[lane]);
    Value sum = inlineBody(b, row.op, indicesOf(row, &at, lane), arguments).front();
    next.push_back(at.inside ? arith::SelectOp::create(b, loc, at.inside, sum, sums[lane]).getResult() : sum);
  }
  return next;
}

void RowEmitter::reduce(RowOp &row) {
  const Combiner &combiner = *row.combiner;
  SmallVector<Value> sums(shape.width, combiner.createNeutral(b, loc));
  if (shape.vectors > 0) {
    for (int64_t i = 0; i < shape.vectors; ++i)
      sums = accumulate(row, unrolledPosition(i), sums);
  } else {
    loadRowValues(row);
    scf::ForOp loop = createLoop(sums);
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next = accumulate(row, loopPosition(loop.getInductionVar()), loop.getRegionIterArgs());
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, next);
    sums = llvm::to_vector_of<Value>(loop.getResults());
  }
  for (int64_t step = 1; step < shape.width; step *= 2)
    for (int64_t i = 0; i < shape.width; i += 2 * step)
      sums[i] = combiner.combine(b, loc, sums[i], sums[i + step]);
  Value slots;
  if (shape.group > kWarpThreads)
    slots = block.allocate(MemRefType::get({block.getNumThreads() / kWarpThreads}, combiner.getType()));
  Value total = combiner.combineThreads(b, loc, sums.front(), shape.group, block.getThread(), slots);
  Value init = rowResults.lookup(row.sources.back());
  rowResults[&row] = combiner.combine(b, loc, init, total);
}

void RowEmitter::storeVector(RowOp &row, const Position &at) {
  SmallVector<Value> values;
  for (int64_t lane = 0; lane < shape.width; ++lane)
    values.push_back(evaluate(row, &at, lane));
  Value memory = row.op.getDpsInitOperand(0)->get();
  guard(at.inside, [&] {
    guard(shape.vectors > 0 ? isRow : Value(), [&] {
      SmallVector<Value> indices = applyRowMap(row.maps.back(), &at, 0);
      if (shape.width == 1) {
        memref::StoreOp::create(b, loc, values.front(), memory, indices);
        return;
      }
      auto type = VectorType::get({shape.width}, values.front().getType());
      llvm::MaybeAlign alignment(shape.width * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      vector::StoreOp::create(b, loc, vector::FromElementsOp::create(b, loc, type, values), memory, indices, false, alignment);
    });
  });
}

void RowEmitter::storeElements(RowOp &row) {
  if (shape.vectors > 0) {
    for (int64_t i = 0; i < shape.vectors; ++i)
      storeVector(row, unrolledPosition(i));
    return;
  }
  loadRowValues(row);
  guard(isRow, [&] {
    scf::ForOp loop = createLoop({});
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    storeVector(row, loopPosition(loop.getInductionVar()));
  });
}

void RowEmitter::emit(RowOp &row) {
  if (row.perElement) {
    if (row.stores)
      storeElements(row);
    return;
  }
  if (row.isReduction())
    reduce(row);
  else
    rowResults[&row] = evaluate(row, nullptr, 0);
  if (!row.stores)
    return;
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, lane, constant(0));
  guard(first, [&] {
    guard(isRow, [&] {
      Value memory = row.op.getDpsInitOperand(0)->get();
      memref::StoreOp::create(b, loc, rowResults.lookup(&row), memory, applyRowMap(row.maps.back(), nullptr, 0));
    });
  });
}

/// All threads take part in every round, for the sake of shuffles and barriers; those without a row of their own repeat the last one.
void RowEmitter::emitRound(Value round, bool exact) {
  Value row = add(multiply(round, block.getNumThreads() / shape.group), group);
  if (!exact) {
    isRow = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, rows);
    row = arith::MinSIOp::create(b, loc, row, arith::SubIOp::create(b, loc, rows, constant(1)));
  }
  rowIndices = delinearize(b, loc, row, rowSizes);
  for (const auto &op : program.ops)
    emit(*op);
}

bool RowEmitter::run() {
  b.setInsertionPoint(program.ops.back()->op);
  findSizes();
  shape = chooseRowShape(program, rows, columnSizes, block.getNumThreads());
  lane = remainder(block.getThread(), shape.group);
  group = divide(block.getThread(), shape.group);
  int64_t groups = block.getNumThreads() / shape.group;
  std::optional<int64_t> numRows = getConstantIntValue(rows);
  bool exact = numRows && *numRows % groups == 0;
  Value rounds =
      numRows ? constant(llvm::divideCeil(*numRows, groups)) : arith::CeilDivSIOp::create(b, loc, rows, constant(groups)).getResult();
  auto loop = scf::ForOp::create(b, loc, constant(0), rounds, constant(1));
  b.setInsertionPointToStart(loop.getBody());
  emitRound(loop.getInductionVar(), exact);
  return !exact || shape.vectors == 0;
}

} // namespace

bool emitRowProgram(RewriterBase &rewriter, RowProgram &program, ThreadBlock &block) {
  bool hasBranches = RowEmitter(rewriter, program, block).run();
  for (const auto &row : llvm::reverse(program.ops))
    rewriter.eraseOp(row->op);
  return hasBranches;
}

} // namespace tenon::schedule
