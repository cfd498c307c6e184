// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products of symbols, in one canonical form: two expressions that this form makes alike are equal for every value of
// the symbols, so equality of dims is equality of pointers.
#ifndef TENON_DIALECTS_INFER_IR_POLYNOMIAL_H
#define TENON_DIALECTS_INFER_IR_POLYNOMIAL_H

#include "mlir/IR/AffineExpr.h"
#include <map>
#include <optional>

namespace tenon::infer {

/// A sum of monomials with integer coefficients. Symbols and divisions are the variables.
class Polynomial {
public:
  using Monomial = llvm::SmallVector<mlir::AffineExpr, 2>;

  /// None if the expression is too large or a coefficient does not fit.
  static std::optional<Polynomial> from(mlir::AffineExpr expr);
  static std::optional<Polynomial> add(const Polynomial &a, const Polynomial &b, int64_t factor = 1);
  static std::optional<Polynomial> multiply(const Polynomial &a, const Polynomial &b);
  /// a / b where b is one monomial that divides every monomial of a without remainder.
  static std::optional<Polynomial> divideExactly(const Polynomial &a, const Polynomial &b);

  mlir::AffineExpr toExpr(mlir::MLIRContext *context) const;

  struct Less {
    bool operator()(const Monomial &a, const Monomial &b) const;
  };
  /// Never holds a zero coefficient; the constant is the empty monomial.
  std::map<Monomial, int64_t, Less> terms;

private:
  bool accumulate(const Monomial &monomial, int64_t coefficient);
};

/// A deterministic order of expressions (never by address).
int compareExprs(mlir::AffineExpr a, mlir::AffineExpr b);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_POLYNOMIAL_H
