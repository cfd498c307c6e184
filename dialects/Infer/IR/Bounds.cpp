// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/IR/Bounds.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::infer;

bool tenon::infer::areElementsCountable(ArrayRef<int64_t> dims) {
  int64_t elements = 1;
  bool overflows = false;
  for (int64_t dim : dims)
    overflows |= !ShapedType::isDynamic(dim) && llvm::MulOverflow(elements, std::max<int64_t>(dim, 1), elements);
  return !overflows || llvm::is_contained(dims, 0);
}

namespace {
struct Extremes {
  int64_t low, high;
};
} // namespace

/// Bounds of an expression whose symbols that are not negative lie below 2^30; none if there are none, or if 64 bits do not hold them.
static std::optional<Extremes> rangeOf(ShapeScope &scope, AffineExpr expr) {
  if (auto value = constantValue(expr))
    return Extremes{*value, *value};
  if (isa<AffineSymbolExpr>(expr))
    return scope.isNonNegative(expr) ? std::optional(Extremes{0, (int64_t(1) << 30) - 1}) : std::nullopt;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  std::optional<Extremes> a = binary ? rangeOf(scope, binary.getLHS()) : std::nullopt,
                          b = a ? rangeOf(scope, binary.getRHS()) : std::nullopt;
  if (!b)
    return std::nullopt;
  Extremes sum;
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    if (llvm::AddOverflow(a->low, b->low, sum.low) || llvm::AddOverflow(a->high, b->high, sum.high))
      return std::nullopt;
    return sum;
  case AffineExprKind::Mul: {
    SmallVector<int64_t> corners;
    for (int64_t x : {a->low, a->high})
      for (int64_t y : {b->low, b->high})
        if (llvm::MulOverflow(x, y, corners.emplace_back()))
          return std::nullopt;
    return Extremes{*llvm::min_element(corners), *llvm::max_element(corners)};
  }
  case AffineExprKind::FloorDiv:
    // Divisors are at least 1 (ShapeScope::floorDiv).
    return Extremes{std::min<int64_t>(a->low, 0), std::max<int64_t>(a->high, 0)};
  default:
    return std::nullopt;
  }
}

bool tenon::infer::fitsWidth(ShapeScope &scope, AffineExpr expr, unsigned width) {
  if (width >= 64)
    return true;
  int64_t greatest = (int64_t(1) << (width - 1)) - 1;
  std::optional<Extremes> range = width == 32 ? rangeOf(scope, expr) : std::nullopt;
  if (range && range->low >= -greatest - 1 && range->high <= greatest)
    return true;
  return scope.isNonNegative(scope.sub(scope.constant(greatest), expr)) && scope.isNonNegative(scope.add(expr, greatest + 1));
}
