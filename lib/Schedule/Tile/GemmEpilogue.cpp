// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The end of a tile in the persistent schedule: operands of the epilogue, its body, and the way of its results to memory.
#include "lib/Schedule/Tile/GemmGenerator.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

/// Where the matrix, row or column of an operand begins that belongs to `batch`.
Value GemmGenerator::operandAt(size_t operand, Value batch) {
  BatchStep step = problem.operandBatches.empty() ? BatchStep() : problem.operandBatches[operand];
  if (!step.divide)
    return operands[operand];
  SmallVector<Value> counts{emit.divide(batch, step.divide)};
  if (step.modulo)
    counts[0] = emit.remainder(counts[0], step.modulo);
  if (problem.operands[operand] != EpilogueOperand::row)
    counts.push_back(m);
  if (problem.operands[operand] != EpilogueOperand::column)
    counts.push_back(n);
  return movedBy(operands[operand], problem.getOperandType(operand), counts);
}

/// Part of an operand of the epilogue; 16-bit ones stay packed in pairs until they are used.
Value GemmGenerator::readOperand(size_t operand, const Piece &piece, int64_t columns) {
  bool isRow = problem.operands[operand] == EpilogueOperand::row, isColumn = problem.operands[operand] == EpilogueOperand::column;
  Type memory = problem.getOperandType(operand), element = isPacked(operand) ? memory : Type(builder.getF32Type());
  auto type = FragmentType::get(builder.getContext(), isRow ? 1 : 64, isColumn ? 1 : columns, element);
  return create<ReadOp>(type, operandAt(operand, piece.batch), isRow ? zero : piece.row, isColumn ? zero : piece.column, isColumn ? one : n,
                        isRow ? one : m, isColumn ? one : n, memory, /*transposed=*/false);
}

/// Rows are read for the whole tile before its products, which hide the way to memory. Three consumers have no registers to spare for that,
/// nor has anybody for rows of f32.
void GemmGenerator::startRows(const Piece &tile) {
  rows.assign(operands.size(), Value());
  if (schedule.consumers == 3)
    return;
  for (size_t i = 0; i < operands.size(); ++i)
    if (problem.operands[i] == EpilogueOperand::row && isPacked(i))
      rows[i] = readOperand(i, tile, schedule.tileN);
}

/// Other operands are read one piece ahead.
SmallVector<Value> GemmGenerator::startOperands(const Piece &piece) {
  SmallVector<Value> started;
  for (auto [i, row] : llvm::enumerate(rows)) {
    if (!row) {
      started.push_back(readOperand(i, piece, storedColumns));
      continue;
    }
    auto type = FragmentType::get(builder.getContext(), 1, storedColumns, cast<FragmentType>(row.getType()).getElementType());
    started.push_back(create<ColumnsOp>(type, row, piece.first));
  }
  return started;
}

SmallVector<Value> GemmGenerator::applyEpilogue(Value sum, ValueRange started) {
  SmallVector<Value> inputs{sum};
  for (Value operand : started) {
    auto type = cast<FragmentType>(operand.getType());
    auto wide = FragmentType::get(builder.getContext(), type.getRows(), type.getColumns(), builder.getF32Type());
    inputs.push_back(type == wide ? operand : create<ConvertOp>(wide, operand).getResult());
  }
  return mapEpilogue(problem, inputs);
}

/// Through shared memory, so that the copy engine writes whole rows and cuts what is outside of C.
void GemmGenerator::storePart(Value fragment, int64_t count, Value index, ArrayRef<Value> coordinates) {
  Value use = emit.constant(count % cTiles.getStages());
  elect([&] { create<WaitStoresOp>(cTiles.getStages() - 1, /*read=*/true); });
  create<SyncOp>(Scope::warpgroup);
  create<WriteSharedOp>(fragment, cRing, use, index);
  create<FenceOp>();
  create<SyncOp>(Scope::warpgroup);
  elect([&] {
    create<StoreOp>(cRing, use, index, c, coordinates, schedule.streamC ? Keep::shortly : Keep::normal);
    create<CommitStoresOp>();
  });
}

void GemmGenerator::buildEpilogue(const Piece &origin, Value index, ValueRange sums) {
  int64_t perBlock = schedule.tileN / storedColumns, count = perBlock * schedule.blocks;
  // The store adds 64 rows for each consumer before this one; the rest of the way to its first row is added here.
  int64_t rowsOfConsumer = schedule.pingPong ? 0 : 64 * schedule.blocks;
  Value base = emit.add(origin.row, emit.multiply(index, rowsOfConsumer - 64));
  auto pieceAt = [&](int64_t number) {
    int64_t column = number % perBlock * storedColumns, row = 64 * (number / perBlock);
    return Piece{emit.add(emit.add(base, emit.multiply(index, 64)), row), emit.add(origin.column, column), origin.batch, column};
  };
  SmallVector<Value> next = startOperands(pieceAt(0));
  for (int64_t number = 0; number < count; ++number) {
    Piece piece = pieceAt(number);
    SmallVector<Value> started = next;
    if (number + 1 < count)
      next = startOperands(pieceAt(number + 1));
    Value sum = sums[number / perBlock];
    auto part = FragmentType::get(builder.getContext(), 64, storedColumns, cast<FragmentType>(sum.getType()).getElementType());
    SmallVector<Value> results = applyEpilogue(create<ColumnsOp>(part, sum, piece.first), started);
    Value fragment = results.front();
    auto write = [&](Value result, Value pointer, Type type) {
      create<WriteOp>(result, pointer, piece.row, piece.column, n, m, n, type, /*transposed=*/false);
    };
    for (auto [result, pointer, type] : llvm::zip_equal(ArrayRef(results).drop_front(), further, problem.furtherOutputs))
      write(result, problem.isBatched ? movedBy(pointer, type, {piece.batch, m, n}) : pointer, type);
    if (schedule.storeDirectly) {
      write(fragment, c, problem.output);
      continue;
    }
    if (outputBytes() == 2)
      fragment = create<ConvertOp>(FragmentType::get(builder.getContext(), 64, storedColumns, problem.output), fragment);
    storePart(fragment, number, index, withBatch(piece.column, emit.add(base, 64 * (number / perBlock)), origin.batch));
  }
}
