// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The assertions themselves, each once for a region and what is inside.
#include "dialects/Infer/Transforms/ShapeGuards.h"

#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon::infer;

static void createGuard(OpBuilder &builder, const ShapeAssumption &assumption, Value a, Value b) {
  Location loc = assumption.op->getLoc();
  std::string op = assumption.op->getName().getStringRef().str();
  if (assumption.kind == ShapeAssumption::atMost) {
    Value holds = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, a, b);
    cf::AssertOp::create(builder, loc, holds, "expected dimensions that are neither negative nor too large at " + op);
    return;
  }
  auto isEqual = [&](Value x, Value y) -> Value { return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, x, y); };
  Value holds = isEqual(a, b);
  if (assumption.kind != ShapeAssumption::broadcast) {
    auto check = cf::AssertOp::create(builder, loc, holds, "expected equal dimensions at " + op);
    if (assumption.kind == ShapeAssumption::version)
      check->setAttr(kVersionAttr, builder.getUnitAttr());
    return;
  }
  for (Value dim : {a, b})
    if (!getConstantIntValue(dim))
      holds = arith::OrIOp::create(builder, loc, holds, isEqual(dim, arith::ConstantIndexOp::create(builder, loc, 1)));
  cf::AssertOp::create(builder, loc, holds, "expected dimensions that broadcast at " + op);
}

void tenon::infer::createShapeGuards(SymbolicShapes &shapes) {
  // The same guard again is needed where the first one may not have been passed: in and behind a branch.
  llvm::SmallDenseMap<std::tuple<AffineExpr, AffineExpr, int>, SmallVector<Region *, 1>> seen;
  for (const ShapeAssumption &assumption : shapes.assumptions()) {
    if (!assumption.op)
      continue;
    Region *region = assumption.op->getParentRegion();
    SmallVector<Region *, 1> &earlier = seen[{assumption.a, assumption.b, assumption.kind}];
    if (llvm::any_of(earlier, [&](Region *passed) { return passed->isAncestor(region); }))
      continue;
    earlier.push_back(region);
    Location loc = assumption.op->getLoc();
    Value a = shapes.materializeAsWritten(assumption.a, loc), b = shapes.materializeAsWritten(assumption.b, loc);
    if (!a || !b || a == b)
      continue;
    // The op may stand before what its guard compares (its own result's dims).
    OpBuilder builder(assumption.op);
    for (Value value : {a, b})
      if (Operation *definition = value.getDefiningOp();
          definition && definition->getBlock() == builder.getBlock() && !definition->isBeforeInBlock(&*builder.getInsertionPoint()))
        builder.setInsertionPointAfter(definition);
    createGuard(builder, assumption, a, b);
  }
}
