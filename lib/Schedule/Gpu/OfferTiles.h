// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products whose number of tiles only the run knows: a launch for each size of tile, of which the host gives workgroups to one.
#ifndef TENON_LIB_SCHEDULE_GPU_OFFERTILES_H
#define TENON_LIB_SCHEDULE_GPU_OFFERTILES_H

#include "lib/Schedule/Gpu/FewRows.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::schedule {

/// A size of tiles of f32, `lines` rows by `columns`, and what they cost on an H200: `rate` products a cycle and multiprocessor once
/// `resident` blocks are on it. Few blocks do not hide each other's waiting: for each summed product one costs `first` cycles, each further
/// one `more`, but none less than `full`.
struct BlockSide {
  int64_t lines, columns, resident;
  double rate;
  int64_t first, more;
  constexpr int64_t full() const { return static_cast<int64_t>(static_cast<double>(lines * columns) / rate + 0.5); }
};

inline constexpr BlockSide kBlockSides[] = {{128, 128, 2, 100, 232, 96}, {64, 64, 4, 62, 132, 48}, {32, 32, 8, 30, 96, 26}};

/// The tile of few rows for `rows`: what the memory brings of its columns, 13 bytes a cycle and multiprocessor, is the least that it costs.
inline BlockSide describeFewRows(int64_t rows) {
  constexpr double kMostRate = 80, kColumnsPerCycle = 13. / sizeof(float);
  int64_t lines = chooseFewRows(rows).rows;
  return {lines, kFewRowsColumns, 2, std::min(kMostRate, kColumnsPerCycle * static_cast<double>(lines)), 36, 24};
}

/// The sides of tiles that the host shall choose from, largest first; less than two if one will do.
llvm::SmallVector<BlockSide> offerSides(mlir::linalg::LinalgOp op, const Product &product);

/// Makes of loops that compute the same, one for each side, one computation: they write one result, and all but the one whose tiles cost
/// least have no iterations.
void chooseAmong(mlir::RewriterBase &rewriter, llvm::MutableArrayRef<mlir::scf::ForallOp> loops, llvm::ArrayRef<BlockSide> sides);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_OFFERTILES_H
