// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of any length -> rows that begin at multiples of 128 bytes, in units of 16.
//
//   from: aaaaa|aaaaa|aaaab|bbbbb|bbbbb|bbbcc|...    to: aaaaa|aaaaa|aaaa.|bbbbb|bbbbb|bbb..|...
//
// A thread makes a unit of the two that hold its bytes: it reads both whole, since 16 bytes at an address that no multiple of 16 bytes is
// have no instruction, and shifts them by words, then by bytes. So every access is one of 16 bytes, and the second half of what a thread
// reads is the first half of its neighbour's, which is in the L1 cache. What comes behind the end of a row is the beginning of the next
// one, or what was there before: nobody reads it, a map ends where the row does.
#include "lib/Schedule/Tile/PadRows.h"
#include "lib/Schedule/Tile/Builder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

namespace {

constexpr int64_t kThreads = 256, kWords = kRowUnit / 4;

class PadRowsWriter : KernelBuilder {
public:
  using KernelBuilder::KernelBuilder;
  KernelOp build(StringRef name, int64_t matrices);

private:
  void selectMatrix(ValueRange arguments, int64_t matrices, Value &workgroup);
  void padUnits(Value workgroup);
  void padUnit(Value row, Value unit);
  void copyShifted(Value from, Value skipped, Value to);
  void copyBytes(Value from, Value left, Value to);

  Value source, target, rows, rowBytes, units, end; // units of a row that is written; bytes that are read
};

} // namespace

/// One unit from the two that begin at `from`, without the first `skipped` bytes.
void PadRowsWriter::copyShifted(Value from, Value skipped, Value to) {
  auto unitType = VectorType::get({kWords}, builder.getI32Type());
  SmallVector<Value> words;
  for (int64_t half = 0; half < 2; ++half) {
    Value read = create<LLVM::LoadOp>(unitType, emit.move(from, half * kRowUnit), /*alignment=*/kRowUnit);
    for (int64_t word = 0; word < kWords; ++word)
      words.push_back(create<LLVM::ExtractElementOp>(read, emit.constant(word)));
  }
  // By two words, by one: five are left.
  for (int64_t step : {2, 1}) {
    Value isSet = create<arith::CmpIOp>(arith::CmpIPredicate::uge, emit.remainder(skipped, 8 * step), emit.constant(4 * step));
    SmallVector<Value> shifted;
    for (size_t word = 0; word + step < words.size() && shifted.size() < size_t(kWords + step); ++word)
      shifted.push_back(create<arith::SelectOp>(isSet, words[word + step], words[word]));
    words = shifted;
  }
  Value bits = emit.multiply(emit.remainder(skipped, 4), 8), unit = create<LLVM::UndefOp>(unitType);
  for (int64_t word = 0; word < kWords; ++word) {
    Value value = create<LLVM::FshrOp>(builder.getI32Type(), words[word + 1], words[word], bits);
    unit = create<LLVM::InsertElementOp>(unit, value, emit.constant(word));
  }
  create<LLVM::StoreOp>(unit, to, /*alignment=*/kRowUnit);
}

/// The same byte by byte where the second unit would leave the matrix, of which there are `left` bytes.
void PadRowsWriter::copyBytes(Value from, Value left, Value to) {
  loop(emit.constant(0), emit.constant(kRowUnit), emit.constant(1), {}, [&](Value index, ValueRange) {
    Type byte = builder.getI8Type();
    auto read = create<scf::IfOp>(
        isBelow(widen(index), left),
        [&](OpBuilder &, Location) { create<scf::YieldOp>(create<LLVM::LoadOp>(byte, emit.move(from, index)).getResult()); },
        [&](OpBuilder &, Location) { create<scf::YieldOp>(create<arith::ConstantIntOp>(0, 8).getResult()); });
    create<LLVM::StoreOp>(read.getResult(0), emit.move(to, index));
    return SmallVector<Value>();
  });
}

void PadRowsWriter::padUnit(Value row, Value unit) {
  Value unitBytes = create<arith::MulIOp>(widen(unit), wide(kRowUnit));
  Value first = create<arith::AddIOp>(create<arith::MulIOp>(row, rowBytes), unitBytes);
  Value skipped = create<arith::RemUIOp>(first, wide(kRowUnit)), aligned = create<arith::SubIOp>(first, skipped);
  Value pitch = create<arith::MulIOp>(widen(units), wide(kRowUnit));
  Value to = emit.move(target, create<arith::AddIOp>(create<arith::MulIOp>(row, pitch), unitBytes));
  Value areInside = create<arith::CmpIOp>(arith::CmpIPredicate::ule, create<arith::AddIOp>(aligned, wide(2 * kRowUnit)), end);
  create<scf::IfOp>(
      areInside,
      [&](OpBuilder &, Location) {
        copyShifted(emit.move(source, aligned), narrow(skipped), to);
        create<scf::YieldOp>();
      },
      [&](OpBuilder &, Location) {
        copyBytes(emit.move(source, first), create<arith::SubIOp>(end, first), to);
        create<scf::YieldOp>();
      });
}

/// Only the first unit's place is found in 64 bits.
void PadRowsWriter::padUnits(Value workgroup) {
  Value first = create<arith::MulIOp>(workgroup, wide(kPaddedUnits)), wideUnits = widen(units);
  Value firstRow = create<arith::DivUIOp>(first, wideUnits), firstUnit = narrow(create<arith::RemUIOp>(first, wideUnits));
  for (int64_t done = 0; done < kPaddedUnits; done += kThreads) {
    Value unit = emit.add(firstUnit, emit.add(emit.thread(), done));
    Value row = create<arith::AddIOp>(firstRow, widen(emit.divide(unit, units)));
    Value inRow = emit.remainder(unit, units);
    Value isWanted = create<arith::AndIOp>(isBelow(row, rows), isBelow(create<arith::MulIOp>(widen(inRow), wide(kRowUnit)), rowBytes));
    onlyIf(isWanted, [&] { padUnit(row, inRow); });
  }
}

/// The matrix that `workgroup` belongs to, and its number there. Of two the first one's workgroups come first.
void PadRowsWriter::selectMatrix(ValueRange arguments, int64_t matrices, Value &workgroup) {
  ValueRange buffers = arguments.take_front(2 * matrices), sizes = arguments.slice(2 * matrices, 2 * matrices);
  std::array<Value, 4> matrix{buffers[0], buffers[1], sizes[0], sizes[1]};
  if (matrices == 2) {
    Value count = arguments[8], isFirst = isBelow(workgroup, count);
    std::array<Value, 4> second{buffers[2], buffers[3], sizes[2], sizes[3]};
    for (auto [mine, other] : llvm::zip_equal(matrix, second))
      mine = create<arith::SelectOp>(isFirst, mine, other);
    workgroup = create<arith::SelectOp>(isFirst, workgroup, create<arith::SubIOp>(workgroup, count).getResult());
  }
  source = matrix[0], target = matrix[1], rows = matrix[2], rowBytes = matrix[3];
  end = create<arith::MulIOp>(rows, rowBytes);
  Value lines = create<arith::DivUIOp>(create<arith::AddIOp>(rowBytes, wide(kRowPitch - 1)), wide(kRowPitch));
  units = narrow(create<arith::MulIOp>(lines, wide(kRowPitch / kRowUnit)));
}

KernelOp PadRowsWriter::build(StringRef name, int64_t matrices) {
  Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(builder.getContext(), 1);
  SmallVector<Type> inputs(2 * matrices, pointer);
  int64_t sizes = matrices == 2 ? 5 : 2;
  inputs.append(sizes + 3, i64); // workgroups, scratch and its stride
  return kernel(name, inputs, kThreads, /*cluster=*/1, [&](ValueRange arguments) {
    create<LaunchDependentsOp>();
    Value workgroups = arguments[2 * matrices + sizes];
    forEachWorkgroup(workgroups, [&](Value workgroup) {
      selectMatrix(arguments, matrices, workgroup);
      padUnits(workgroup);
    });
  });
}

KernelOp tenon::schedule::buildPadRows(OpBuilder &builder, Location loc, StringRef name, int64_t matrices) {
  return PadRowsWriter(builder, loc).build(name, matrices);
}
