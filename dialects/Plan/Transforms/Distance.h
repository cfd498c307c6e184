// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a part begins in its whole: a sum of products of numbers and index values of the host, with what is provable about it.
#ifndef TENON_DIALECTS_PLAN_TRANSFORMS_DISTANCE_H
#define TENON_DIALECTS_PLAN_TRANSFORMS_DISTANCE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"
#include "llvm/Support/MathExtras.h"

namespace tenon::plan {

/// A number of elements: the product of a number and of index values.
struct Term {
  int64_t known = 1;
  llvm::SmallVector<mlir::Value, 2> values;
  bool fits = true; // in 64 bits

  void multiply(const Term &factor) {
    fits &= factor.fits && !llvm::MulOverflow(known, factor.known, known);
    values.append(factor.values);
  }
  mlir::Value build(mlir::OpBuilder &builder, mlir::Location loc) const;
};

/// Distance from a tensor's first element, in elements.
class Distance {
public:
  void add(Term term);
  bool fits() const { return fitsSoFar; }
  /// Whether it is a multiple of the alignment in bytes, whatever the index values are.
  bool isAligned(int64_t elementBytes) const;
  mlir::Value build(mlir::OpBuilder &builder, mlir::Location loc) const;
  bool isAvailable(mlir::DominanceInfo &dominance, mlir::Operation *at) const;

private:
  int64_t known = 0;
  llvm::SmallVector<Term, 2> terms; // with values
  bool fitsSoFar = true;
};

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_TRANSFORMS_DISTANCE_H
