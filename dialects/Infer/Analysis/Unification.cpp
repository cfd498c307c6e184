// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Symbols: what they mean, their bounds, and the substitutions that op constraints ask for.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Polynomial.h"

using namespace mlir;
using namespace tenon::infer;

namespace {
/// Multiplication of bounds: the extremes stay extreme, 0 times anything is 0.
int64_t boundMul(int64_t a, int64_t b) {
  if (a == 0 || b == 0)
    return 0;
  int64_t result;
  bool negative = (a < 0) != (b < 0);
  if (a == INT64_MIN || b == INT64_MIN || a == INT64_MAX || b == INT64_MAX || llvm::MulOverflow(a, b, result))
    return negative ? INT64_MIN : INT64_MAX;
  return result;
}

/// A sum whose side is given: any unbounded part makes it unbounded.
int64_t boundAdd(int64_t a, int64_t b, int64_t unbounded) {
  int64_t result;
  return a == unbounded || b == unbounded || llvm::AddOverflow(a, b, result) ? unbounded : result;
}

Interval multiply(Interval a, Interval b) {
  int64_t corners[] = {boundMul(a.low, b.low), boundMul(a.low, b.high), boundMul(a.high, b.low), boundMul(a.high, b.high)};
  return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
}
} // namespace

AffineExpr SymbolicShapes::newSymbol(Symbol symbol) {
  symbols.push_back(symbol);
  return getAffineSymbolExpr(symbols.size() - 1, context);
}

SymbolicShapes::Symbol *SymbolicShapes::symbolOf(AffineExpr expr) {
  auto symbol = dyn_cast<AffineSymbolExpr>(expr);
  return symbol && symbol.getPosition() < symbols.size() ? &symbols[symbol.getPosition()] : nullptr;
}

AffineExpr SymbolicShapes::unknown() { return newSymbol({}); }

AffineExpr SymbolicShapes::tensorDim(Value tensor, int64_t i) {
  AffineExpr &symbol = dimSymbols[{tensor, i}];
  auto argument = dyn_cast<BlockArgument>(tensor);
  Kind kind = !argument ? Kind::ResultDim : argument.getOwner()->getParentOp() == root ? Kind::ArgumentDim : Kind::InnerDim;
  if (!symbol)
    symbol = newSymbol({kind, tensor, i, {}, {}, {0, INT64_MAX}, {}});
  return symbol;
}

AffineExpr SymbolicShapes::resolve(AffineExpr expr) {
  bool replaced = false;
  expr.walk([&](AffineExpr e) {
    if (Symbol *symbol = symbolOf(e))
      replaced |= static_cast<bool>(symbol->replacement);
  });
  if (!replaced)
    return expr;
  if (Symbol *symbol = symbolOf(expr)) {
    AffineExpr result = resolve(symbol->replacement);
    symbolOf(expr)->replacement = result;
    return result;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  AffineExpr a = resolve(binary.getLHS()), b = resolve(binary.getRHS());
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return add(a, b);
  case AffineExprKind::Mul:
    return mul(a, b);
  case AffineExprKind::FloorDiv:
    return floorDiv(a, b);
  case AffineExprKind::CeilDiv:
    return ceilDiv(a, b);
  default:
    return mod(a, b);
  }
}

Interval SymbolicShapes::bounds(AffineExpr expr) {
  if (auto value = constantValue(expr))
    return {*value, *value};
  if (Symbol *symbol = symbolOf(expr)) {
    if (symbol->kind == Kind::Minimum || symbol->kind == Kind::Maximum) {
      if (auto known = knownBounds.find(expr); known != knownBounds.end())
        return known->second;
      bool least = symbol->kind == Kind::Minimum;
      Interval a = bounds(symbol->a), b = bounds(symbol->b), range = symbolOf(expr)->range;
      Interval both =
          least ? Interval{std::min(a.low, b.low), std::min(a.high, b.high)} : Interval{std::max(a.low, b.low), std::max(a.high, b.high)};
      return knownBounds[expr] = {std::max(both.low, range.low), std::min(both.high, range.high)};
    }
    return symbol->range;
  }
  if (expr.getKind() == AffineExprKind::Add || expr.getKind() == AffineExprKind::Mul) {
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Interval a = bounds(binary.getLHS()), b = bounds(binary.getRHS());
    if (expr.getKind() == AffineExprKind::Mul)
      return multiply(a, b);
    return {boundAdd(a.low, b.low, INT64_MIN), boundAdd(a.high, b.high, INT64_MAX)};
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Interval a = bounds(binary.getLHS()), b = bounds(binary.getRHS());
  if (expr.getKind() == AffineExprKind::FloorDiv && a.low >= 0 && b.low > 0)
    return {b.high == INT64_MAX ? 0 : a.low / b.high, a.high == INT64_MAX ? INT64_MAX : a.high / b.low};
  if (expr.getKind() == AffineExprKind::Mod && b.low > 0)
    return {0, b.high == INT64_MAX ? INT64_MAX : b.high - 1};
  return {};
}

AffineExpr SymbolicShapes::combine(Kind kind, AffineExpr a, AffineExpr b) {
  if (compareExprs(b, a) < 0)
    std::swap(a, b);
  AffineExpr &symbol = combined[{static_cast<unsigned>(kind), {a, b}}];
  if (!symbol)
    symbol = newSymbol({kind, {}, 0, a, b, kind == Kind::Broadcast ? Interval{0, INT64_MAX} : Interval{}, {}});
  return resolve(symbol);
}

AffineExpr SymbolicShapes::minimum(AffineExpr a, AffineExpr b) {
  AffineExpr difference = sub(a, b);
  if (bounds(difference).high <= 0)
    return a;
  return bounds(difference).low >= 0 ? b : combine(Kind::Minimum, a, b);
}

AffineExpr SymbolicShapes::maximum(AffineExpr a, AffineExpr b) {
  AffineExpr difference = sub(a, b);
  if (bounds(difference).low >= 0)
    return a;
  return bounds(difference).high <= 0 ? b : combine(Kind::Maximum, a, b);
}

AffineExpr SymbolicShapes::broadcast(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  if (a == b || (y && *y == 1))
    return a;
  if (x && *x == 1)
    return b;
  if (x && y)
    return AffineExpr();
  if (areOneTogether(a, b))
    return equate(a, b) ? resolve(a) : AffineExpr();
  bool isKnown = x || y;
  // Exporters name dims differently that are the same (s86 for s10): this version takes two unknown dims to be equal. Only what inputs
  // decide can choose a version.
  if (!isKnown && hasVersions && !isNested() && isKnownAtEntry(a) && isKnownAtEntry(b) &&
      unify(a, b, /*isFact=*/false, ShapeAssumption::version))
    return resolve(a);
  guards.push_back({a, b, current, ShapeAssumption::broadcast});
  if (isKnown)
    return x ? a : b; // the unknown one is 1 or the known one
  for (auto [whole, part] : {std::pair(a, b), {b, a}})
    if (Symbol *symbol = symbolOf(whole); symbol && symbol->kind == Kind::Broadcast && (symbol->a == part || symbol->b == part))
      return whole;
  return combine(Kind::Broadcast, a, b);
}

bool SymbolicShapes::isKnownAtEntry(AffineExpr expr) {
  return !dependsOn(expr, [&](AffineExpr e) {
    Kind kind = symbolOf(e)->kind;
    return kind != Kind::Declared && kind != Kind::ArgumentDim && kind != Kind::Minimum && kind != Kind::Maximum && kind != Kind::Broadcast;
  });
}

bool SymbolicShapes::areOneTogether(AffineExpr a, AffineExpr b) {
  if (bounds(a).low > 1 && bounds(b).low > 1)
    return true;
  // min(n, c) with c > 1, as positions are cut off at the end of a table of embeddings.
  for (auto [whole, least] : {std::pair(a, b), {b, a}})
    if (Symbol *symbol = symbolOf(least); symbol && symbol->kind == Kind::Minimum)
      for (auto [n, limit] : {std::pair(symbol->a, symbol->b), {symbol->b, symbol->a}})
        if (resolve(n) == whole && constantValue(limit).value_or(0) > 1)
          return true;
  return false;
}

bool SymbolicShapes::equate(AffineExpr a, AffineExpr b) { return unify(resolve(a), resolve(b), /*isFact=*/false); }

bool SymbolicShapes::limit(AffineExpr a, AffineExpr b) {
  Interval difference = bounds(sub(a, b));
  if (difference.low > 0)
    return false;
  if (difference.high > 0 && !isFresh(a) && !isFresh(b))
    guards.push_back({a, b, current, ShapeAssumption::atMost});
  return true;
}

bool SymbolicShapes::dependsOn(AffineExpr expr, llvm::function_ref<bool(AffineExpr)> isMatch, bool asWritten) {
  SmallVector<AffineExpr> work = {expr};
  llvm::SmallDenseSet<AffineExpr> seen;
  bool found = false;
  while (!work.empty() && !found) {
    AffineExpr next = work.pop_back_val();
    (asWritten ? next : resolve(next)).walk([&](AffineExpr e) {
      Symbol *symbol = symbolOf(e);
      if (found || !symbol || !seen.insert(e).second)
        return;
      found = isMatch(e);
      if (symbol->a)
        work.append({symbol->a, symbol->b});
    });
  }
  return found;
}

bool SymbolicShapes::isNested() { return current && current->getParentOp() != root; }

bool SymbolicShapes::isFresh(AffineExpr expr) {
  return dependsOn(expr, [&](AffineExpr e) { return symbolOf(e)->kind == Kind::Fresh; });
}

bool SymbolicShapes::isMeasured(Value tensor, int64_t i) {
  auto known = knownDims.find(tensor);
  auto isTold = [&](AffineExpr e) { return symbolOf(e)->kind == Kind::Element || symbolOf(e)->kind == Kind::ResultDim; };
  return known != knownDims.end() && dependsOn(known->second[i], isTold, /*asWritten=*/true);
}

bool SymbolicShapes::isMeasured(Value tensor, ArrayRef<AffineExpr> elements) {
  for (int64_t i = 0; i < static_cast<int64_t>(elements.size()); ++i)
    if (elementSymbols.contains({tensor, i}))
      return true;
  return false;
}

bool SymbolicShapes::isDimOf(AffineExpr expr, Value tensor) {
  return dependsOn(expr, [&](AffineExpr e) { return symbolOf(e)->kind == Kind::ResultDim && symbolOf(e)->value == tensor; });
}

bool SymbolicShapes::needsReadBack(AffineExpr expr) {
  return dependsOn(expr, [&](AffineExpr e) { return symbolOf(e)->kind == Kind::Element || symbolOf(e)->kind == Kind::Fresh; });
}

/// Substitutes a symbol that the difference of both sides holds once, alone and with a coefficient that divides the rest.
bool SymbolicShapes::unify(AffineExpr a, AffineExpr b, bool isFact, ShapeAssumption::Kind kind) {
  if (a == b)
    return true;
  Interval range = bounds(sub(a, b));
  if (range.low > 0 || range.high < 0)
    return false;
  auto x = Polynomial::from(a), y = Polynomial::from(b);
  auto difference = x && y ? Polynomial::add(*x, *y, -1) : std::nullopt;
  std::optional<std::pair<Kind, unsigned>> best;
  if (difference) {
    for (const auto &term : difference->terms) {
      const Polynomial::Monomial &monomial = term.first;
      Symbol *symbol = monomial.size() == 1 ? symbolOf(monomial.front()) : nullptr;
      if (!symbol)
        continue;
      int64_t divisor = term.second;
      unsigned uses = 0;
      bool divides = divisor != INT64_MIN;
      for (const auto &[other, factor] : difference->terms) {
        divides = divides && factor % divisor == 0;
        for (AffineExpr variable : other)
          variable.walk([&](AffineExpr e) { uses += e == monomial.front(); });
      }
      auto candidate = std::make_pair(symbol->kind, cast<AffineSymbolExpr>(monomial.front()).getPosition());
      if (divides && uses == 1 && (!best || *best < candidate))
        best = candidate;
    }
  }
  if (!isFact && !isFresh(a) && !isFresh(b))
    guards.push_back({a, b, current, kind});
  if (!isFact && isNested() && (!best || best->first != Kind::Fresh))
    return true; // possible, but the rest of the function must not believe it
  if (!best)
    return true; // possible, and nothing to learn
  AffineExpr variable = getAffineSymbolExpr(best->second, context);
  int64_t coefficient = difference->terms[{variable}];
  Polynomial rest;
  for (const auto &[monomial, factor] : difference->terms)
    if (monomial != Polynomial::Monomial{variable})
      rest.terms[monomial] = -(factor / coefficient);
  AffineExpr replacement = rest.toExpr(context);
  if (dependsOn(replacement, [&](AffineExpr e) { return e == variable; }))
    return true; // a minimum or maximum of the symbol: it cannot stand for itself
  Interval known = symbols[best->second].range;
  symbols[best->second].replacement = replacement;
  knownBounds.clear();
  if (Symbol *target = symbolOf(replacement)) {
    target->range.low = std::max(target->range.low, known.low);
    target->range.high = std::min(target->range.high, known.high);
  }
  return true;
}
