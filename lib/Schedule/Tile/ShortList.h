// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedules that are worth a measurement for a product.
#ifndef TENON_LIB_SCHEDULE_TILE_SHORTLIST_H
#define TENON_LIB_SCHEDULE_TILE_SHORTLIST_H

#include "lib/Schedule/Tile/TunedTable.h"

namespace tenon::schedule {

struct Candidate {
  AnyGemmSchedule schedule;
  double estimate = 0; // microseconds by the cost model; 0: it has none for schedules for few rows
};

/// Ten to fifty schedules for `product` with M = `rows`: the cost model's choice first, then large ones, nearest first, then those for few
/// rows. The same list for the same product. None for one that the generic schedule takes. `steps` are those of the epilogue: operands as
/// the key spells them, which are added, and names of functions.
llvm::SmallVector<Candidate> listCandidates(const ProductKey &product, int64_t rows, llvm::ArrayRef<std::string> steps);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_SHORTLIST_H
