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
  if (isAlongM(problem.operands[operand]))
    counts.push_back(m);
  if (isAlongN(problem.operands[operand]))
    counts.push_back(n);
  return movedBy(operands[operand], problem.getOperandType(operand), counts);
}

/// Part of an operand of the epilogue; 16-bit ones stay packed in pairs until they are used.
Value GemmGenerator::readOperand(size_t operand, const Piece &piece, int64_t columns) {
  bool hasRows = isAlongM(problem.operands[operand]), hasColumns = isAlongN(problem.operands[operand]);
  Type memory = problem.getOperandType(operand), element = isPacked(operand) ? memory : problem.getOperandWord(operand);
  auto type = FragmentType::get(builder.getContext(), hasRows ? 64 : 1, hasColumns ? columns : 1, element);
  return create<ReadOp>(type, operandAt(operand, piece.batch), hasRows ? piece.row : zero, hasColumns ? piece.column : zero,
                        hasColumns ? n : one, hasRows ? m : one, hasColumns ? n : one, memory, /*transposed=*/false);
}

/// Rows are read for the whole tile before its products where registers are left, and so are single values. For rows of f32 nobody has any.
void GemmGenerator::startRows(const Piece &tile) {
  rows.assign(operands.size(), Value());
  for (auto [i, kind] : llvm::enumerate(problem.operands)) {
    bool isShortRow = kind == EpilogueOperand::row && isPacked(i) && holdsRows;
    if (isShortRow || kind == EpilogueOperand::scalar)
      rows[i] = readOperand(i, tile, schedule.tileN);
  }
}

/// Uses of the ring go to consumers in turn.
Value GemmGenerator::useOfCopy(Value index, int64_t number) {
  Value piece = emit.add(emit.multiply(tileOrdinal, numPieces()), number);
  return emit.add(emit.multiply(piece, schedule.consumers), index);
}

void GemmGenerator::startCopy(const Piece &origin, Value index, int64_t number) {
  elect([&] {
    Piece piece = pieceAt(origin, index, number);
    Value use = useOfCopy(index, number);
    create<ExpectOp>(landed, use, rTiles.getTileBytes());
    create<LoadOp>(operands[*copied], ValueRange{piece.column, piece.row}, ValueRange(), rRing, use, Value(), landed, /*multicast=*/false,
                   Keep::normal);
  });
}

void GemmGenerator::startCopies(const Piece &origin, Value index, Value ordinal) {
  tileOrdinal = ordinal;
  for (int64_t number = 0; number < std::min(numPieces(), rTiles.getStages() / schedule.consumers); ++number)
    startCopy(origin, index, number);
}

/// Other operands are read one piece ahead; one that is copied is waited for when it is needed.
SmallVector<Value> GemmGenerator::startOperands(const Piece &piece) {
  SmallVector<Value> started;
  for (auto [i, row] : llvm::enumerate(rows)) {
    if (copied == i) {
      started.push_back(Value());
      continue;
    }
    if (!row) {
      started.push_back(readOperand(i, piece, storedColumns));
      continue;
    }
    auto whole = cast<FragmentType>(row.getType());
    auto type = FragmentType::get(builder.getContext(), 1, storedColumns, whole.getElementType());
    started.push_back(whole.getColumns() == 1 ? row : create<ColumnsOp>(type, row, piece.first).getResult());
  }
  return started;
}

/// What the epilogue's body takes: the sum, and the operands in f32 or i32.
SmallVector<Value> GemmGenerator::inputsOfEpilogue(Value sum, ValueRange started) {
  SmallVector<Value> inputs{sum};
  for (auto [i, operand] : llvm::enumerate(started)) {
    auto type = cast<FragmentType>(operand.getType());
    auto wide = FragmentType::get(builder.getContext(), type.getRows(), type.getColumns(), problem.getOperandWord(i));
    inputs.push_back(type == wide ? operand : create<ConvertOp>(wide, operand).getResult());
  }
  return inputs;
}

/// Through shared memory, so that the copy engine writes whole rows and cuts what is outside of C.
void GemmGenerator::storePart(Value fragment, Value descriptor, int64_t count, Value index, ArrayRef<Value> coordinates) {
  Value use = emit.constant(count % cTiles.getStages());
  elect([&] { create<WaitStoresOp>(cTiles.getStages() - 1, /*read=*/true); });
  create<SyncOp>(Scope::warpgroup);
  create<WriteSharedOp>(fragment, cRing, use, index);
  create<FenceOp>();
  create<SyncOp>(Scope::warpgroup);
  elect([&] {
    create<StoreOp>(cRing, use, index, descriptor, coordinates, schedule.streamC ? Keep::shortly : Keep::normal);
    create<CommitStoresOp>();
  });
}

/// The store adds 64 rows for each consumer before this one; this is the rest of the way to its first row.
Value GemmGenerator::baseRow(const Piece &origin, Value index) {
  int64_t rowsOfConsumer = schedule.pingPong ? 0 : 64 * schedule.blocks;
  return emit.add(origin.row, emit.multiply(index, rowsOfConsumer - 64));
}

GemmGenerator::Piece GemmGenerator::pieceAt(const Piece &origin, Value index, int64_t number) {
  int64_t perBlock = schedule.tileN / storedColumns, column = number % perBlock * storedColumns, row = 64 * (number / perBlock);
  Value first = emit.add(baseRow(origin, index), emit.multiply(index, 64));
  return {emit.add(first, row), emit.add(origin.column, column), origin.batch, column};
}

void GemmGenerator::buildEpilogue(const Piece &origin, Value index, ValueRange sums) {
  int64_t perBlock = schedule.tileN / storedColumns, count = numPieces();
  Value base = baseRow(origin, index);
  size_t copiedResults = 0;
  for (size_t i = 0; i < further.size(); ++i)
    copiedResults += isCopiedResult(problem, schedule, i);
  SmallVector<Value> next = startOperands(pieceAt(origin, index, 0));
  for (int64_t number = 0; number < count; ++number) {
    Piece piece = pieceAt(origin, index, number);
    SmallVector<Value> started = next;
    if (number + 1 < count)
      next = startOperands(pieceAt(origin, index, number + 1));
    if (copied) {
      Value use = useOfCopy(index, number);
      create<WaitOp>(landed, use, /*previous=*/false);
      started[*copied] =
          create<ReadSharedOp>(FragmentType::get(builder.getContext(), 64, storedColumns, rTiles.getElementType()), rRing, use, Value());
    }
    Value sum = sums[number / perBlock];
    auto part = FragmentType::get(builder.getContext(), 64, storedColumns, cast<FragmentType>(sum.getType()).getElementType());
    SmallVector<Value> inputs = inputsOfEpilogue(create<ColumnsOp>(part, sum, piece.first), started);
    auto write = [&](Value result, Value pointer, Type type) {
      if (problem.isBatched)
        pointer = movedBy(pointer, type, {piece.batch, m, n});
      create<WriteOp>(result, pointer, piece.row, piece.column, n, m, n, type, /*transposed=*/false);
    };
    int64_t stores = number * (1 + copiedResults);
    auto copy = [&](Value fragment, Value descriptor) {
      if (outputBytes() == 2)
        fragment = create<ConvertOp>(FragmentType::get(builder.getContext(), 64, storedColumns, problem.output), fragment);
      storePart(fragment, descriptor, stores++, index, withBatch(piece.column, emit.add(base, 64 * (number / perBlock)), origin.batch));
    };
    for (auto [i, pointer] : llvm::enumerate(further)) {
      Value result = mapEpilogue(problem, inputs, 1 + i);
      Type type = problem.furtherOutputs[i];
      if (isCopiedResult(problem, schedule, i))
        copy(result, pointer);
      else
        write(result, pointer, type);
    }
    if (schedule.storeDirectly)
      write(mapEpilogue(problem, inputs, 0), c, problem.output);
    else
      copy(mapEpilogue(problem, inputs, 0), c);
    // The store's barriers say that everybody has read this piece: the next but one may take its place.
    if (int64_t later = copied ? number + rTiles.getStages() / schedule.consumers : count; later < count)
      startCopy(origin, index, later);
  }
}
