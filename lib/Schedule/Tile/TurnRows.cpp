// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns -> rows of whole units of 16 bytes.
//
// A thread gathers 32 bytes of a column, which is what the L2 cache moves at once, and writes them as two units of the copy's row. Threads
// beside each other have neighbouring columns, so each of their reads is one of a piece of a row. What comes behind the end of a row in
// the copy is its last element again: nobody reads it, a map ends where the row does.
#include "lib/Schedule/Tile/TurnRows.h"

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Tile/Builder.h"
#include "lib/Schedule/Tile/PadRows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

namespace {

constexpr int64_t kThreads = 256, kPieceBytes = 32, kWords = kRowUnit / 4;
constexpr int64_t kPieces = 1024; // that a workgroup copies

class TurnRowsWriter : KernelBuilder {
public:
  TurnRowsWriter(OpBuilder &builder, Location loc, int64_t elementBytes) : KernelBuilder(builder, loc), elementBytes(elementBytes) {}
  KernelOp build(StringRef name);

private:
  Value add(Value a, Value b) { return create<arith::AddIOp>(a, b); }
  Value multiply(Value a, Value b) { return create<arith::MulIOp>(a, b); }
  void turnPieces(Value workgroup);
  void turnPiece(Value matrix, Value piece, Value column);
  Value readWord(Value from, Value firstRow, int64_t word);

  int64_t elementBytes;
  Value source, target, rows, columns, count, pitch, pieces; // bytes and pieces of a row of the copy
};

} // namespace

/// Four bytes of the piece that begins at `firstRow` of the column that `from` points to.
Value TurnRowsWriter::readWord(Value from, Value firstRow, int64_t word) {
  Value last = create<arith::SubIOp>(rows, wide(1)), all;
  for (int64_t byte = 0; byte < 4; byte += elementBytes) {
    Value row = create<arith::MinUIOp>(add(firstRow, wide((4 * word + byte) / elementBytes)), last);
    Value address = emit.move(from, multiply(multiply(row, columns), wide(elementBytes)));
    Value read = create<LLVM::LoadOp>(builder.getIntegerType(8 * elementBytes), address);
    if (elementBytes == 4)
      return read;
    Value part = create<arith::ShLIOp>(create<arith::ExtUIOp>(builder.getI32Type(), read), emit.constant(8 * byte));
    all = all ? create<arith::OrIOp>(all, part) : part;
  }
  return all;
}

void TurnRowsWriter::turnPiece(Value matrix, Value piece, Value column) {
  Value firstRow = multiply(widen(piece), wide(kPieceBytes / elementBytes)), firstByte = multiply(widen(piece), wide(kPieceBytes));
  Value start = multiply(matrix, multiply(rows, columns));
  Value from = emit.move(source, multiply(add(start, column), wide(elementBytes)));
  Value to = emit.move(target, add(multiply(add(multiply(matrix, columns), column), pitch), firstByte));
  auto unitType = VectorType::get({kWords}, builder.getI32Type());
  auto readUnit = [&](int64_t first) {
    Value unit = create<LLVM::UndefOp>(unitType);
    for (int64_t word = 0; word < kWords; ++word)
      unit = create<LLVM::InsertElementOp>(unit, readWord(from, firstRow, first + word), emit.constant(word));
    return unit;
  };
  // All is read before anything is written, so that reads need not wait for each other.
  Value first = readUnit(0), second = readUnit(kWords);
  create<LLVM::StoreOp>(first, to, /*alignment=*/kRowUnit);
  create<LLVM::StoreOp>(second, emit.move(to, kRowUnit), /*alignment=*/kRowUnit);
}

/// Pieces are counted along columns, then along a row of the copy, then over matrices; only the first one's place is found in 64 bits.
void TurnRowsWriter::turnPieces(Value workgroup) {
  Value first = multiply(workgroup, wide(kPieces)), widePieces = widen(pieces), narrowColumns = narrow(columns);
  Value line = create<arith::DivUIOp>(first, columns), firstColumn = narrow(create<arith::RemUIOp>(first, columns));
  Value firstMatrix = create<arith::DivUIOp>(line, widePieces), firstPiece = narrow(create<arith::RemUIOp>(line, widePieces));
  for (int64_t done = 0; done < kPieces; done += kThreads) {
    Value column = emit.add(firstColumn, emit.add(emit.thread(), done));
    Value piece = emit.add(firstPiece, emit.divide(column, narrowColumns));
    Value matrix = add(firstMatrix, widen(emit.divide(piece, pieces)));
    onlyIf(isBelow(matrix, count), [&] { turnPiece(matrix, emit.remainder(piece, pieces), widen(emit.remainder(column, narrowColumns))); });
  }
}

KernelOp TurnRowsWriter::build(StringRef name) {
  Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(builder.getContext(), 1);
  SmallVector<Type> inputs{pointer, pointer};
  inputs.append(6, i64); // rows, columns, matrices; workgroups, scratch and its stride
  return kernel(name, inputs, kThreads, /*cluster=*/1, [&](ValueRange arguments) {
    create<LaunchDependentsOp>();
    source = arguments[0], target = arguments[1], rows = arguments[2], columns = arguments[3], count = arguments[4];
    auto roundUp = [&](Value bytes, int64_t unit) { return create<arith::DivUIOp>(add(bytes, wide(unit - 1)), wide(unit)); };
    Value rowBytes = multiply(rows, wide(elementBytes));
    pitch = multiply(roundUp(rowBytes, kRowPitch), wide(kRowPitch));
    pieces = narrow(roundUp(rowBytes, kPieceBytes));
    forEachWorkgroup(arguments[5], [&](Value workgroup) { turnPieces(workgroup); });
  });
}

KernelOp tenon::schedule::buildTurnRows(OpBuilder &builder, Location loc, StringRef name, int64_t elementBytes) {
  return TurnRowsWriter(builder, loc, elementBytes).build(name);
}

Value tenon::schedule::launchTurnRows(OpBuilder &builder, Location loc, KernelOp kernel, const TurnedMatrix &matrix, Value isWanted) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(builder, loc, value); };
  auto multiply = [&](Value a, Value b) { return builder.createOrFold<arith::MulIOp>(loc, a, b); };
  auto divide = [&](Value a, int64_t b) { return builder.createOrFold<arith::CeilDivSIOp>(loc, a, constant(b)); };
  Value rowBytes = multiply(matrix.rows, constant(matrix.elementBytes)), pitch = paddedBytes(builder, loc, rowBytes);
  Value lines = multiply(matrix.count, matrix.columns), pieces = multiply(lines, divide(rowBytes, kPieceBytes));
  Value copy = plan::AllocOp::create(builder, loc, plan::BufferType::get(builder.getContext()),
                                     ifWanted(builder, loc, isWanted, multiply(lines, pitch)),
                                     /*pool=*/false);
  auto shared = kernel->getAttrOfType<IntegerAttr>(tile::kSharedBytesName);
  Value one = constant(1);
  plan::LaunchOp::create(builder, loc, kernel.getName(), ifWanted(builder, loc, isWanted, divide(pieces, kPieces)), one, one,
                         constant(shared.getInt()), ValueRange{matrix.buffer, copy}, ValueRange{matrix.rows, matrix.columns, matrix.count},
                         ValueRange(), builder.getDenseBoolArrayAttr({false, true}), ArrayAttr());
  return copy;
}
