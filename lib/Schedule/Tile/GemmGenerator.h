// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The writer of the persistent schedule's kernels. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_GEMMGENERATOR_H
#define TENON_LIB_SCHEDULE_TILE_GEMMGENERATOR_H

#include "lib/Schedule/Tile/Builder.h"

namespace tenon::schedule {

/// Writes one kernel; the values that all roles share are members.
class GemmGenerator : KernelBuilder {
public:
  GemmGenerator(mlir::OpBuilder &builder, mlir::Location loc, const GemmProblem &problem, const GemmSchedule &schedule)
      : KernelBuilder(builder, loc), problem(problem), schedule(schedule) {}

  mlir::LogicalResult check();
  tile::KernelOp build(llvm::StringRef name);

private:
  /// Part of an output tile that is stored at once: its place in C, and its first column in the tile.
  struct Piece {
    mlir::Value row, column, batch;
    int64_t first = 0;
  };
  void chooseTypes();
  void computeGrid(mlir::ValueRange arguments);
  void buildProducer();
  void buildConsumer(mlir::Value index);
  void buildEpilogue(const Piece &origin, mlir::Value index, mlir::ValueRange sums);
  bool isPacked(size_t operand) const {
    bool isShort = tile::elementBytes(problem.getOperandType(operand)) == 2;
    return isShort && problem.operands[operand] != EpilogueOperand::column && !schedule.storeDirectly; // pairs want an even N
  }
  mlir::Value operandAt(size_t operand, mlir::Value batch);
  mlir::Value readOperand(size_t operand, const Piece &piece, int64_t columns);
  void startRows(const Piece &tile);
  llvm::SmallVector<mlir::Value> startOperands(const Piece &piece);
  llvm::SmallVector<mlir::Value> applyEpilogue(mlir::Value sum, mlir::ValueRange started);
  void storePart(mlir::Value fragment, int64_t count, mlir::Value index, llvm::ArrayRef<mlir::Value> coordinates);
  /// `number` counts this CTA's tiles; only consumers that take turns need it.
  llvm::SmallVector<mlir::Value> multiplyTile(mlir::Value index, mlir::Value count, mlir::Value number);

  /// First row and column of output tile `tile` of this CTA, and its batch.
  std::array<mlir::Value, 3> placeOf(mlir::Value tile);
  llvm::SmallVector<mlir::Value> withBatch(mlir::Value inner, mlir::Value outer, mlir::Value batch) {
    return problem.isBatched ? llvm::SmallVector<mlir::Value>{inner, outer, batch} : llvm::SmallVector<mlir::Value>{inner, outer};
  }
  /// A loop over this CTA's tiles that carries the number of steps done.
  void forEachTile(llvm::function_ref<mlir::Value(mlir::Value tile, mlir::Value steps)> body);
  /// The same of consumer `index` of two that take turns, which carries the number of the tile.
  void forEachTurn(mlir::Value index, llvm::function_ref<void(mlir::Value tile, mlir::Value number)> body);
  int64_t outputBytes() const { return tile::elementBytes(problem.output); }

  const GemmProblem &problem;
  const GemmSchedule &schedule;

  tile::SmemType aTiles, bTiles, cTiles;
  tile::DescriptorType aBox, bBox, cBox;
  tile::BarriersType fullType, emptyType;
  int64_t storedColumns = 0; // of C that go through shared memory at once
  mlir::Value zero, one, a, b, c, m, n, k, batches, aRing, bRing, cRing, full, empty, turn;
  llvm::SmallVector<mlir::Value> operands, further, rows; // of the epilogue: pointers, those of results, and what is read for a whole tile
  mlir::Value rank, first, step, tilesM, tilesN, tilesPerBatch, tiles, steps;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_GEMMGENERATOR_H
