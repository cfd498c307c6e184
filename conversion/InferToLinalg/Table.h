// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of lowerings: op name -> function. Each family adds its rows in its own file.
#ifndef TENON_CONVERSION_INFERTOLINALG_TABLE_H
#define TENON_CONVERSION_INFERTOLINALG_TABLE_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// Lowers `lowering.op` and calls `replace` for each of its results.
using LowerFn = llvm::LogicalResult (*)(Lowering &lowering);

class LoweringTable {
public:
  /// Adds the lowering of one op: `function` is void(OpTy, Lowering &) or LogicalResult(OpTy, Lowering &).
  template <typename OpTy, auto function> void add() {
    rows[OpTy::getOperationName()] = [](Lowering &lowering) -> llvm::LogicalResult {
      if constexpr (std::is_void_v<decltype(function(llvm::cast<OpTy>(lowering.op), lowering))>) {
        function(llvm::cast<OpTy>(lowering.op), lowering);
        return llvm::success(!lowering.failedOnce());
      } else {
        return llvm::success(succeeded(function(llvm::cast<OpTy>(lowering.op), lowering)) && !lowering.failedOnce());
      }
    };
  }
  LowerFn lookup(mlir::Operation *op) const { return rows.lookup(op->getName().getStringRef()); }

private:
  llvm::StringMap<LowerFn> rows;
};

void addContractionLowerings(LoweringTable &table);
void addIndexingLowerings(LoweringTable &table);
void addNormalizationLowerings(LoweringTable &table);
void addPoolingLowerings(LoweringTable &table);
void addRecurrentLowerings(LoweringTable &table);
void addReductionLowerings(LoweringTable &table);
void addResizeLowerings(LoweringTable &table);
void addScatterLowerings(LoweringTable &table);
void addSelectionLowerings(LoweringTable &table);
void addShapeLowerings(LoweringTable &table);
void addViewLowerings(LoweringTable &table);

/// The lowering of every ElementwiseOpInterface.
llvm::LogicalResult lowerElementwise(Lowering &lowering);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_TABLE_H
