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
  /// What the producer brings: A, or B as if it were A.
  struct Source {
    mlir::Value memory, ring, extent; // descriptor or pointer; tiles; M or N
    tile::SmemType tiles;
    bool isTransposed, isRead, isMulticast;
  };
  /// A tile of it: where it begins along M or N, and its batch.
  struct Part {
    const Source &source;
    mlir::Value start, batch;
  };
  void computeGrid(mlir::ValueRange arguments);
  void buildProducer();
  void bring(llvm::ArrayRef<Part> parts, mlir::Value count, mlir::Value k0);
  llvm::SmallVector<mlir::Value> readPart(const Part &part, mlir::Value k0);
  void buildConsumer(mlir::Value index);
  void buildEpilogue(const Piece &origin, mlir::Value index, mlir::ValueRange sums);
  bool isPacked(size_t operand) const {
    bool isShort = tile::elementBytes(problem.getOperandType(operand)) == 2;
    return isShort && isAlongN(problem.operands[operand]) && !schedule.storeDirectly; // pairs want an even N
  }
  mlir::Value operandAt(size_t operand, mlir::Value batch);
  mlir::Value readOperand(size_t operand, const Piece &piece, int64_t columns);
  void startRows(const Piece &tile);
  mlir::Value baseRow(const Piece &origin, mlir::Value index);
  /// Number `number` of the pieces of a tile that begins at `origin`.
  Piece pieceAt(const Piece &origin, mlir::Value index, int64_t number);
  int64_t numPieces() const { return schedule.tileN / storedColumns * schedule.blocks; }
  /// Asks for the first pieces of the copied operand; `ordinal` counts this consumer's tiles.
  void startCopies(const Piece &origin, mlir::Value index, mlir::Value ordinal);
  void startCopy(const Piece &origin, mlir::Value index, int64_t number);
  mlir::Value useOfCopy(mlir::Value index, int64_t number);
  llvm::SmallVector<mlir::Value> startOperands(const Piece &piece);
  llvm::SmallVector<mlir::Value> inputsOfEpilogue(mlir::Value sum, mlir::ValueRange started);
  void storePart(mlir::Value fragment, mlir::Value descriptor, int64_t count, mlir::Value index, llvm::ArrayRef<mlir::Value> coordinates);
  /// `number` counts this CTA's tiles; only consumers that take turns need it.
  llvm::SmallVector<mlir::Value> multiplyTile(mlir::Value index, mlir::Value count, mlir::Value number);
  llvm::SmallVector<mlir::Value> multiplySteps(mlir::Value index, mlir::Value from, mlir::Value end, mlir::Value count, mlir::Value number);
  tile::FragmentType sumType() { return tile::FragmentType::get(builder.getContext(), 64, schedule.tileN, problem.getSumType()); }

  /// First row and column of output tile `tile` of this CTA, and its batch.
  std::array<mlir::Value, 3> placeOf(mlir::Value tile);
  llvm::SmallVector<mlir::Value> withBatch(mlir::Value inner, mlir::Value outer, mlir::Value batch) {
    return problem.isBatched ? llvm::SmallVector<mlir::Value>{inner, outer, batch} : llvm::SmallVector<mlir::Value>{inner, outer};
  }
  /// A loop over this CTA's tiles that carries the number of steps done, which it gives.
  mlir::Value forEachTile(llvm::function_ref<mlir::Value(mlir::Value tile, mlir::Value steps)> body);
  /// The same of consumer `index` of two that take turns, which carries the number of the tile.
  void forEachTurn(mlir::Value index, llvm::function_ref<void(mlir::Value tile, mlir::Value number)> body);
  int64_t outputBytes() const { return tile::elementBytes(problem.output); }

  const GemmProblem &problem;
  const GemmSchedule &schedule;

  tile::SmemType aTiles, bTiles, cTiles, rTiles;
  tile::DescriptorType aBox, bBox, cBox, rBox;
  tile::BarriersType fullType, emptyType;
  int64_t storedColumns = 0; // of C that go through shared memory at once
  bool holdsRows = false;    // of the epilogue's operands
  mlir::Value zero, one, a, b, c, m, n, k, batches, aRing, bRing, cRing, full, empty, turn;
  std::optional<size_t> copied; // operand that comes through rRing: each consumer has every other use, `landed` counts their bytes
  mlir::Value rRing, landed, tileOrdinal;
  llvm::SmallVector<mlir::Value> operands, further, rows; // of the epilogue: pointers, those of results, and what is read for a whole tile
  mlir::Value rank, first, step, tilesM, tilesN, tilesPerBatch, tiles, steps;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_GEMMGENERATOR_H
