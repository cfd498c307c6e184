// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Symbolic dims of the inputs -> dims as the caller bound them, with a guard for each dim that says a known value again.
#include "conversion/DispatchToPlan/HostProgram.h"
#include "mlir/Dialect/Affine/Utils.h"

using namespace mlir;
using namespace tenon;

namespace {
/// Dimension `axis` of input `input` is `expr` of `symbols`.
struct Binding {
  unsigned input;
  unsigned axis;
  AffineExpr expr;
  SmallVector<Value> symbols;
  Location loc;
};
} // namespace

static SmallVector<Binding> bindingsOf(func::FuncOp main) {
  SmallVector<Binding> bindings;
  main.walk([&](infer::BindShapeOp bind) {
    auto argument = dyn_cast<BlockArgument>(bind.getTensor());
    if (!argument || argument.getOwner() != &main.getBody().front())
      return;
    for (auto [axis, expr] : llvm::enumerate(bind.getShape().getResults()))
      bindings.push_back({argument.getArgNumber(), static_cast<unsigned>(axis), expr, llvm::to_vector(bind.getSymbols()), bind.getLoc()});
  });
  return bindings;
}

/// The only symbol of `binding` that has no value yet, if its dim is that symbol plus a constant: (symbol, constant).
static std::optional<std::pair<Value, int64_t>> solvable(const Binding &binding) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(binding.expr);
  auto symbol = dyn_cast<AffineSymbolExpr>(binding.expr);
  int64_t offset = 0;
  if (sum && sum.getKind() == AffineExprKind::Add) {
    symbol = dyn_cast<AffineSymbolExpr>(sum.getLHS());
    auto known = dyn_cast<AffineConstantExpr>(sum.getRHS());
    if (!known)
      return std::nullopt;
    offset = known.getValue();
  }
  if (!symbol)
    return std::nullopt;
  return std::make_pair(binding.symbols[symbol.getPosition()], offset);
}

LogicalResult HostProgram::bindSymbols(func::FuncOp main) {
  SmallVector<Binding> bindings = bindingsOf(main);
  llvm::SmallDenseSet<std::pair<unsigned, unsigned>> solved;
  auto dimOf = [&](const Binding &binding) { return tensors[main.getArgument(binding.input)].dims[binding.axis]; };
  auto solve = [&](const Binding &binding, bool withOffset) {
    auto solution = solvable(binding);
    if (!solution || scalars.contains(solution->first) || (solution->second != 0) != withOffset)
      return;
    Value dim = dimOf(binding);
    if (withOffset)
      dim = arith::SubIOp::create(builder, binding.loc, dim, constant(solution->second));
    scalars.map(solution->first, dim);
    solved.insert({binding.input, binding.axis});
  };
  // Dims that are a symbol come before dims that are a symbol plus a number.
  for (const Binding &binding : bindings)
    solve(binding, false);
  for (const Binding &binding : bindings)
    solve(binding, true);

  LogicalResult result = success();
  main.walk([&](infer::SymbolicDimOp symbol) {
    if (!scalars.contains(symbol.getResult()) && !symbol.getResult().use_empty()) {
      result = symbol.emitError("expected an input whose dimension is ") << symbol.getName();
      return;
    }
    if (Value value = scalars.lookupOrNull(symbol.getResult()))
      plan::SymbolOp::create(builder, symbol.getLoc(), symbol.getName(), symbol.getMinimum(), symbol.getMaximum(), value);
  });
  if (failed(result))
    return failure();

  for (const Binding &binding : bindings) {
    if (solved.contains({binding.input, binding.axis}) || isa<AffineConstantExpr>(binding.expr))
      continue;
    SmallVector<Value> symbols = llvm::map_to_vector(binding.symbols, [&](Value symbol) { return scalars.lookup(symbol); });
    Value expected = affine::expandAffineExpr(builder, binding.loc, binding.expr, {}, symbols);
    if (!expected)
      return emitError(binding.loc, "expected a dimension that can be computed");
    Value equal = arith::CmpIOp::create(builder, binding.loc, arith::CmpIPredicate::eq, dimOf(binding), expected);
    auto name = main.getArgAttrOfType<StringAttr>(binding.input, "infer.name");
    plan::GuardOp::create(builder, binding.loc, equal,
                          "dimension " + std::to_string(binding.axis) + " of input '" +
                              (name ? name.str() : std::to_string(binding.input)) + "' does not agree with the other inputs");
  }
  return success();
}
