// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tiles leave a thread the registers that an epilogue wants. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_EPILOGUEREGISTERS_H
#define TENON_LIB_SCHEDULE_TILE_EPILOGUEREGISTERS_H

#include "lib/Schedule/Tile/Gemm.h"

namespace tenon::schedule {

/// Calls `visit` with each operation of the epilogue's body.
void visitEpilogue(const GemmProblem &problem, llvm::function_ref<void(mlir::Operation &)> visit);

/// What one thread holds at the end of a tile, by what the assembler was seen to need.
class EpilogueRegisters {
public:
  /// `problem` is borrowed.
  explicit EpilogueRegisters(const GemmProblem &problem);

  /// No spill, and not more than 0.4 s of the assembler.
  bool fit(const GemmSchedule &schedule) const;
  /// Can rows of 16 bits be read for the whole tile, before its products, which hide the way to memory?
  bool holdRows(const GemmSchedule &schedule) const;

private:
  /// With sums and operands that are read a piece ahead.
  int64_t ofAll(const GemmSchedule &schedule) const;
  /// Of the operands and results that are matrices.
  int64_t ofMatrices(const GemmSchedule &schedule) const;

  const GemmProblem &problem;
  bool hasErf = false;
  int64_t body = 0, rows = 0, matrices = 0; // registers of the body and of rows; number of matrices
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_EPILOGUEREGISTERS_H
