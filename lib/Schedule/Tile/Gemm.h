// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products on the tensor cores of sm_90a as tile kernels: what is computed, how, and the generator of both.
#ifndef TENON_LIB_SCHEDULE_TILE_GEMM_H
#define TENON_LIB_SCHEDULE_TILE_GEMM_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

namespace tenon::schedule {

/// What further operands of an epilogue look like beside C[M, N]: M entries, N entries, both, or one.
enum class EpilogueOperand { column, row, matrix, scalar };

inline bool isAlongM(EpilogueOperand kind) { return kind == EpilogueOperand::column || kind == EpilogueOperand::matrix; }
inline bool isAlongN(EpilogueOperand kind) { return kind == EpilogueOperand::row || kind == EpilogueOperand::matrix; }

/// Which matrix, row or column of an operand belongs to batch number b: b / divide % modulo. No modulo: b / divide; no divide: there is
/// one.
struct BatchStep {
  int64_t divide = 0, modulo = 0;
};

/// C[M, N] = epilogue(A[M, K] * B[N, K]^T). M, N, K are known at run time only.
struct GemmProblem {
  mlir::Type element, output;
  /// Of B, where it is another than A's: 8-bit integers of another sign. Null: the same.
  mlir::Type elementB;
  /// A is stored [K, M], B is stored [K, N].
  bool transposeA = false, transposeB = false;
  /// The same, but a launch before the product copies it to rows along K: no business of the kernel.
  bool turnsA = false, turnsB = false;
  /// A, B and C have a batch dim in front; with `isSharedA` that of A is 1, and it serves all batches.
  bool isBatched = false, isSharedA = false;
  llvm::SmallVector<EpilogueOperand> operands;
  /// Of their elements, f32, i32 beside integer sums, or 16 bits; empty: all are of type `output`.
  llvm::SmallVector<mlir::Type> operandTypes;
  /// Of batched problems; empty: there is one of each operand.
  llvm::SmallVector<BatchStep> operandBatches;
  /// Types of results beside C, each a matrix like C that is written element by element.
  llvm::SmallVector<mlir::Type> furtherOutputs;
  /// The scalar body: the results, in f32 or, where they are stored as integers, in i32, from the sum (i32 of integers) and one value from
  /// each operand, in i32 or f32. Null: the sum itself.
  std::function<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> epilogue;

  /// Of elements that are not 16 bits long the tensor cores read rows along K only, and only the copy engine brings them.
  bool wantsRowsAlongK() const { return tile::elementBytes(element) != 2; }
  mlir::Type getElementB() const { return elementB ? elementB : element; }
  mlir::Type getOperandType(size_t index) const { return operandTypes.empty() ? output : operandTypes[index]; }
  /// In what products are summed, and in what the epilogue's body takes operand `index`: i32 or f32.
  mlir::Type getSumType() const { return wordOf(element.isInteger(8)); }
  mlir::Type getOperandWord(size_t index) const { return wordOf(getOperandType(index).isInteger(32)); }

private:
  mlir::Type wordOf(bool isInteger) const {
    mlir::Builder builder(element.getContext());
    return isInteger ? mlir::Type(builder.getI32Type()) : builder.getF32Type();
  }
};

/// The parameters of the schedule: one warpgroup copies, `consumers` warpgroups multiply, each `blocks` times 64 rows of the tile. A CTA
/// works through output tiles until none is left; the end of one overlaps with the copies for the next.
struct GemmSchedule {
  int64_t consumers = 2, blocks = 1, tileN = 256, stages = 4;
  /// Two consumers take turns with whole tiles of 64 * `blocks` rows: one multiplies while the other ends its tile.
  bool pingPong = false;
  /// CTAs that share B (neighbours along M), or A if `clusterAlongN`.
  int64_t cluster = 1;
  bool clusterAlongN = false;
  /// Tiles along M that are walked before the next along N: what is alive in L2 at once is nearly square.
  int64_t group = 16;
  /// C is written once and larger than L2: it shall not push A and B out.
  bool streamC = false;
  /// Strides that the copy engine cannot take: C is written element by element, A and B are read by the threads that ask for copies
  /// otherwise. Arguments of such matrices are pointers.
  bool storeDirectly = false, readsA = false, readsB = false;
  /// Steps along K after which sums of the tensor cores are added to sums in registers, because of f8 the former keep few bits; 0: never.
  int64_t promote = 0;

  /// Tiles of a cluster along M and N.
  int64_t clusterM() const { return clusterAlongN ? 1 : cluster; }
  int64_t clusterN() const { return clusterAlongN ? cluster : 1; }
  /// Warpgroups that work on one tile.
  int64_t sharers() const { return pingPong ? 1 : consumers; }
  int64_t tileM() const { return 64 * sharers() * blocks; }
  bool reads() const { return readsA || readsB; }
  /// Whether each CTA of a cluster brings a part of the common tile at every step, in groups of eight rows as the swizzle has them.
  /// Otherwise they take turns: each brings whole tiles, of every so many steps.
  bool sharesInParts() const { return (clusterAlongN ? tileM() : tileN) % (8 * cluster) == 0; }
  /// Registers of a thread that hold sums.
  int64_t sums() const { return blocks * tileN / 2 * (promote ? 2 : 1); }
};

/// Whether a tile of C with so many columns can be staged: the narrowest swizzle is 32 bytes wide.
bool canSwizzle(const GemmProblem &problem, int64_t tileN);

/// Steps after which sums of `problem` shall be promoted: the tensor cores add products of 8-bit floats with 13 bits of fraction, which is
/// less than an f32 sum of them has after a few hundred.
int64_t stepsOfPromotion(const GemmProblem &problem);

/// K of a step in elements: the width of the widest swizzle.
int64_t stepK(const GemmProblem &problem);

/// The operand of the epilogue that the copy engine brings to shared memory, if there is one and room for it: the first matrix whose
/// elements are as wide as those of C. Other matrices are read from where they are.
std::optional<size_t> findCopiedOperand(const GemmProblem &problem, const GemmSchedule &schedule);

/// Whether result `index` beside C leaves through shared memory, like C.
bool isCopiedResult(const GemmProblem &problem, const GemmSchedule &schedule, size_t index);

/// Writes the kernel `name`: arguments are descriptors of A, B and C or pointers to them, then M, N, K and the batch if there is one as
/// i32, then for each operand of the epilogue and for each further result a descriptor, if it is copied, or a pointer. Fails with a
/// diagnostic where the schedule does not fit the problem or the machine.
mlir::FailureOr<tile::KernelOp> buildGemm(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name, const GemmProblem &problem,
                                          const GemmSchedule &schedule);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_GEMM_H
