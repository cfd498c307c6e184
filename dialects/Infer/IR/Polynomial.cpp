// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Canonical sums of products over affine expressions, with checked 64-bit coefficients.
#include "dialects/Infer/IR/Polynomial.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace tenon::infer;

namespace {
constexpr size_t kMaxTerms = 16;
constexpr size_t kMaxDegree = 12;
/// Coefficients stay below this, so that AffineExpr's unchecked folding of what is printed from here cannot overflow.
constexpr int64_t kMaxCoefficient = int64_t(1) << 40;
} // namespace

int tenon::infer::compareExprs(AffineExpr a, AffineExpr b) {
  if (a == b)
    return 0;
  if (a.getKind() != b.getKind())
    return a.getKind() < b.getKind() ? -1 : 1;
  if (auto x = dyn_cast<AffineConstantExpr>(a))
    return x.getValue() < cast<AffineConstantExpr>(b).getValue() ? -1 : 1;
  if (auto x = dyn_cast<AffineSymbolExpr>(a))
    return x.getPosition() < cast<AffineSymbolExpr>(b).getPosition() ? -1 : 1;
  if (auto x = dyn_cast<AffineDimExpr>(a))
    return x.getPosition() < cast<AffineDimExpr>(b).getPosition() ? -1 : 1;
  auto x = cast<AffineBinaryOpExpr>(a), y = cast<AffineBinaryOpExpr>(b);
  if (int order = compareExprs(x.getLHS(), y.getLHS()))
    return order;
  return compareExprs(x.getRHS(), y.getRHS());
}

bool Polynomial::Less::operator()(const Monomial &a, const Monomial &b) const {
  if (a.size() != b.size())
    return a.size() > b.size();
  for (auto [x, y] : llvm::zip(a, b))
    if (int order = compareExprs(x, y))
      return order < 0;
  return false;
}

bool Polynomial::accumulate(const Monomial &monomial, int64_t coefficient) {
  int64_t &value = terms[monomial];
  if (llvm::AddOverflow(value, coefficient, value) || (!monomial.empty() && (value > kMaxCoefficient || value < -kMaxCoefficient)))
    return false;
  if (value == 0)
    terms.erase(monomial);
  return terms.size() <= kMaxTerms;
}

std::optional<Polynomial> Polynomial::from(AffineExpr expr) {
  Polynomial result;
  if (auto c = dyn_cast<AffineConstantExpr>(expr)) {
    if (c.getValue() != 0)
      result.terms[{}] = c.getValue();
    return result;
  }
  if (expr.getKind() == AffineExprKind::Add || expr.getKind() == AffineExprKind::Mul) {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    auto a = from(binary.getLHS()), b = from(binary.getRHS());
    if (!a || !b)
      return std::nullopt;
    return expr.getKind() == AffineExprKind::Add ? add(*a, *b) : multiply(*a, *b);
  }
  result.terms[{expr}] = 1;
  return result;
}

std::optional<Polynomial> Polynomial::add(const Polynomial &a, const Polynomial &b, int64_t factor) {
  Polynomial result = a;
  for (const auto &[monomial, coefficient] : b.terms) {
    int64_t scaled;
    if (llvm::MulOverflow(coefficient, factor, scaled) || !result.accumulate(monomial, scaled))
      return std::nullopt;
  }
  return result;
}

std::optional<Polynomial> Polynomial::multiply(const Polynomial &a, const Polynomial &b) {
  Polynomial result;
  for (const auto &[x, i] : a.terms) {
    for (const auto &[y, j] : b.terms) {
      int64_t coefficient;
      Monomial monomial(x);
      monomial.append(y.begin(), y.end());
      llvm::sort(monomial, [](AffineExpr l, AffineExpr r) { return compareExprs(l, r) < 0; });
      if (monomial.size() > kMaxDegree || llvm::MulOverflow(i, j, coefficient) || !result.accumulate(monomial, coefficient))
        return std::nullopt;
    }
  }
  return result;
}

std::optional<Polynomial> Polynomial::divideExactly(const Polynomial &a, const Polynomial &b) {
  if (b.terms.size() != 1)
    return std::nullopt;
  const auto &[divisor, factor] = *b.terms.begin();
  Polynomial result;
  for (const auto &[monomial, coefficient] : a.terms) {
    Monomial rest(monomial);
    for (AffineExpr variable : divisor) {
      auto *it = llvm::find(rest, variable);
      if (it == rest.end())
        return std::nullopt;
      rest.erase(it);
    }
    if (factor == -1 || coefficient % factor != 0 || !result.accumulate(rest, coefficient / factor))
      return std::nullopt;
  }
  return result;
}

AffineExpr Polynomial::toExpr(MLIRContext *context) const {
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (const auto &[monomial, coefficient] : terms) {
    if (monomial.empty()) {
      sum = sum + coefficient;
      continue;
    }
    AffineExpr product = monomial.front();
    for (AffineExpr variable : llvm::drop_begin(monomial))
      product = product * variable;
    sum = sum + product * coefficient;
  }
  return sum;
}
