// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Temporaries of a workgroup -> parts of its scratch memory. Each allocation gets a place of its own, as large as it can become in any
// workgroup: `min(64, n - 64 * i)` rows are at most 64.
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

namespace tenon::plan {

static bool isInside(Value value, ArrayRef<Operation *> ops) {
  Operation *owner = value.getDefiningOp();
  if (!owner)
    owner = cast<BlockArgument>(value).getOwner()->getParentOp();
  return llvm::any_of(ops, [&](Operation *op) { return op->isAncestor(owner); });
}

/// `value` computed on the host as the kernel does, if it needs nothing but pure ops on what is outside of `ops`; null if not.
static Value computeOnHost(OpBuilder &host, Value value, ArrayRef<Operation *> ops, IRMapping &computed) {
  if (!isInside(value, ops))
    return value;
  if (Value known = computed.lookupOrNull(value))
    return known;
  Operation *def = value.getDefiningOp();
  if (!def || !isPure(def) || def->getNumRegions() != 0)
    return {};
  for (Value operand : def->getOperands()) {
    Value onHost = computeOnHost(host, operand, ops, computed);
    if (!onHost)
      return {};
    computed.map(operand, onHost);
  }
  host.clone(*def, computed);
  return computed.lookup(value);
}

/// The smallest of the bounds that `min` names and that the host can compute, which is the size of a tile, not that of the whole; null if
/// there is none.
static Value boundOfTile(OpBuilder &host, affine::AffineMinOp min, ArrayRef<Operation *> ops, IRMapping &computed) {
  Value smallest;
  for (unsigned i = 0; i < min.getMap().getNumResults(); ++i) {
    AffineMap map = min.getMap().getSubMap({i});
    SmallVector<Value> operands(min.getOperands());
    affine::canonicalizeMapAndOperands(&map, &operands);
    for (Value &operand : operands)
      if (operand)
        operand = computeOnHost(host, operand, ops, computed);
    if (llvm::is_contained(operands, Value()))
      continue;
    Value bound = affine::AffineApplyOp::create(host, min.getLoc(), map, operands);
    smallest = smallest ? arith::MinSIOp::create(host, min.getLoc(), smallest, bound).getResult() : bound;
  }
  return smallest;
}

/// A bound that follows from what is known of the loops: `n - 64 * i` is at most n. Null if there is none.
static Value boundOfWhole(OpBuilder &host, Value size, ArrayRef<Operation *> ops) {
  AffineMap map;
  ValueDimList operands;
  auto isKnown = [&](Value value, std::optional<int64_t>, ValueBoundsConstraintSet &) { return !isInside(value, ops); };
  if (failed(ValueBoundsConstraintSet::computeBound(map, operands, presburger::BoundType::UB, size, isKnown, /*closedUB=*/true)))
    return {};
  SmallVector<OpFoldResult> values;
  for (auto [value, dim] : operands) {
    if (isInside(value, ops))
      return {};
    values.push_back(dim ? memref::DimOp::create(host, size.getLoc(), value, *dim).getResult() : value);
  }
  OpFoldResult bound = affine::makeComposedFoldedAffineApply(host, size.getLoc(), map, values);
  return getValueOrCreateConstantIndexOp(host, size.getLoc(), bound);
}

/// An upper bound of `size` in values that the host has.
static FailureOr<OpFoldResult> boundOnHost(OpBuilder &host, Value size, ArrayRef<Operation *> ops) {
  // A product of two sizes has no affine bound, but the host can compute it.
  IRMapping computed;
  if (Value value = computeOnHost(host, size, ops, computed))
    return OpFoldResult(value);
  auto min = size.getDefiningOp<affine::AffineMinOp>();
  Value tile = min ? boundOfTile(host, min, ops, computed) : Value(), whole = boundOfWhole(host, size, ops);
  if (!tile && !whole)
    return failure();
  if (!tile || !whole || getConstantIntValue(tile))
    return getAsOpFoldResult(tile ? tile : whole);
  return getAsOpFoldResult(host.createOrFold<arith::MinSIOp>(size.getLoc(), tile, whole));
}

Value multiplyBytes(OpBuilder &host, Location loc, ArrayRef<OpFoldResult> dims, int64_t elementBytes) {
  int64_t known = elementBytes;
  Value product;
  for (OpFoldResult dim : dims) {
    if (std::optional<int64_t> constant = getConstantIntValue(dim)) {
      known *= *constant;
      continue;
    }
    Value value = getValueOrCreateConstantIndexOp(host, loc, dim);
    product = product ? arith::MulIOp::create(host, loc, product, value).getResult() : value;
  }
  Value constant = arith::ConstantIndexOp::create(host, loc, known);
  return product ? arith::MulIOp::create(host, loc, product, constant).getResult() : constant;
}

/// `bytes` rounded up to the alignment.
static Value alignUp(OpBuilder &host, Location loc, Value bytes) {
  if (std::optional<int64_t> constant = getConstantIntValue(bytes))
    return arith::ConstantIndexOp::create(host, loc, llvm::alignTo(*constant, kBufferAlignment));
  Value unit = arith::ConstantIndexOp::create(host, loc, kBufferAlignment);
  return arith::MulIOp::create(host, loc, arith::CeilDivSIOp::create(host, loc, bytes, unit), unit);
}

static Value add(OpBuilder &host, Location loc, Value a, Value b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return arith::ConstantIndexOp::create(host, loc, *x + *y);
  return arith::AddIOp::create(host, loc, a, b);
}

FailureOr<Value> placeScratch(OpBuilder &host, SmallVectorImpl<Operation *> &ops, Value arena) {
  SmallVector<memref::AllocOp> allocs;
  for (Operation *op : ops)
    op->walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  Value used = arith::ConstantIndexOp::create(host, arena.getLoc(), 0);
  for (memref::AllocOp alloc : allocs) {
    Location loc = alloc.getLoc();
    SmallVector<OpFoldResult> bounds;
    for (OpFoldResult size : alloc.getMixedSizes()) {
      if (auto value = dyn_cast<Value>(size)) {
        FailureOr<OpFoldResult> bound = boundOnHost(host, value, ops);
        if (failed(bound))
          return alloc.emitError("expected a temporary whose size the host can bound"), failure();
        size = *bound;
      }
      bounds.push_back(size);
    }
    MemRefType type = alloc.getType();
    Value bytes = alignUp(host, loc, multiplyBytes(host, loc, bounds, elementBytes(type.getElementType())));
    OpBuilder inside(alloc);
    Value view = memref::ViewOp::create(inside, loc, type, arena, used, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    std::replace(ops.begin(), ops.end(), alloc.getOperation(), view.getDefiningOp());
    for (Operation *user : llvm::make_early_inc_range(view.getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->erase();
    alloc.erase();
    used = add(host, loc, used, bytes);
  }
  return used;
}

} // namespace tenon::plan
