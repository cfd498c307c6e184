// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/VectorAccess.h"
#include "lib/Schedule/Gpu/VectorVersion.h"
#include "lib/Schedule/Schedule.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

#include <numeric>

using namespace mlir;

namespace tenon::schedule {

int64_t multiplyDivisors(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? plan::kBufferAlignment : product;
}

int64_t findDivisor(AffineExpr expr, ArrayRef<int64_t> dims, ArrayRef<int64_t> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return std::abs(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t a = findDivisor(binary.getLHS(), dims, symbols), b = findDivisor(binary.getRHS(), dims, symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
  case AffineExprKind::Mod:
    return std::gcd(a, b);
  case AffineExprKind::Mul:
    return multiplyDivisors(a, b);
  default: {
    auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    return divisor && divisor.getValue() > 0 && a % divisor.getValue() == 0 ? a / divisor.getValue() : 1;
  }
  }
}

template <typename OpTy> static int64_t findDivisorOfMap(OpTy op) {
  AffineMap map = op.getMap();
  SmallVector<int64_t> operands = llvm::map_to_vector(op.getMapOperands(), [](Value value) { return findDivisor(value); });
  auto dims = ArrayRef(operands).take_front(map.getNumDims()), symbols = ArrayRef(operands).drop_front(map.getNumDims());
  int64_t divisor = 0;
  for (AffineExpr expr : map.getResults())
    divisor = std::gcd(divisor, findDivisor(expr, dims, symbols));
  return divisor;
}

/// What a kernel that is made for such arguments may count on.
static int64_t findMarkedDivisor(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto kernel = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
  auto mark = kernel ? kernel.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), kDivisor) : IntegerAttr();
  return mark ? mark.getInt() : 1;
}

/// Of a dim that is not static.
static int64_t findDimDivisor(Value memory, int64_t dim) {
  return dim + 1 == cast<MemRefType>(memory.getType()).getRank() ? findMarkedDivisor(memory) : 1;
}

int64_t findDivisor(Value index) {
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return std::abs(constant.getSExtValue());
  if (auto argument = dyn_cast<BlockArgument>(index)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && loop.getInductionVar() == index ? std::gcd(findDivisor(loop.getLowerBound()), findDivisor(loop.getStep()))
                                                   : findMarkedDivisor(index);
  }
  Operation *op = index.getDefiningOp();
  if (isa<arith::MulIOp>(op))
    return multiplyDivisors(findDivisor(op->getOperand(0)), findDivisor(op->getOperand(1)));
  if (isa<arith::AddIOp, arith::SubIOp, arith::MinSIOp, arith::MaxSIOp, arith::RemUIOp, arith::RemSIOp>(op))
    return std::gcd(findDivisor(op->getOperand(0)), findDivisor(op->getOperand(1)));
  if (isa<arith::IndexCastOp>(op))
    return findDivisor(op->getOperand(0));
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](memref::DimOp dim) {
        std::optional<int64_t> number = dim.getConstantIndex();
        return number ? findDimDivisor(dim.getSource(), *number) : 1;
      })
      .Case<affine::AffineApplyOp, affine::AffineMinOp, affine::AffineMaxOp>([](auto map) { return findDivisorOfMap(map); })
      .Default([](Operation *) { return 1; });
}

std::optional<int64_t> findBound(Value index) {
  if (std::optional<int64_t> known = getConstantIntValue(index))
    return known;
  FailureOr<int64_t> bound =
      ValueBoundsConstraintSet::computeConstantBound(presburger::BoundType::UB, index, /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? std::optional(*bound) : std::nullopt;
}

SmallVector<int64_t> findStrideDivisors(Value memory) {
  auto type = cast<MemRefType>(memory.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type.getLayout().isIdentity()) {
    // A dynamic dim may be any number, the static dims inside of it are factors all the same.
    strides.assign(type.getRank(), 1);
    for (int64_t i = type.getRank() - 1; i-- > 0;)
      strides[i] = multiplyDivisors(strides[i + 1], type.isDynamicDim(i + 1) ? findDimDivisor(memory, i + 1) : type.getDimSize(i + 1));
    return strides;
  }
  if (failed(type.getStridesAndOffset(strides, offset)))
    return SmallVector<int64_t>(type.getRank(), 1);
  SmallVector<int64_t> source;
  if (auto view = memory.getDefiningOp<memref::SubViewOp>())
    for (auto [dim, stride] : llvm::enumerate(findStrideDivisors(view.getSource())))
      if (!view.getDroppedDims().test(dim))
        source.push_back(stride);
  for (auto [dim, stride] : llvm::enumerate(strides))
    if (ShapedType::isDynamic(stride))
      stride = dim < source.size() ? source[dim] : 1;
  return strides;
}

int64_t findAlignment(Value memory) {
  Operation *op = memory.getDefiningOp();
  if (!op)
    return plan::kBufferAlignment;
  int64_t bytes = plan::elementBytes(cast<MemRefType>(memory.getType()).getElementType());
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return std::gcd(plan::kBufferAlignment, findDivisor(view.getByteShift()));
  if (isa<memref::CastOp, memref::ExpandShapeOp, memref::CollapseShapeOp>(op))
    return findAlignment(op->getOperand(0));
  if (auto view = dyn_cast<memref::ReinterpretCastOp>(op); view && view.getStaticOffsets().front() == 0)
    return findAlignment(view.getSource());
  if (auto view = dyn_cast<memref::SubViewOp>(op)) {
    int64_t alignment = findAlignment(view.getSource());
    for (auto [offset, stride] : llvm::zip(view.getMixedOffsets(), findStrideDivisors(view.getSource()))) {
      std::optional<int64_t> constant = getConstantIntValue(offset);
      int64_t divisor = constant ? std::abs(*constant) : findDivisor(cast<Value>(offset));
      alignment = std::gcd(alignment, multiplyDivisors(multiplyDivisors(divisor, stride), bytes));
    }
    return alignment;
  }
  return bytes;
}

/// The last dims of the memory are the loops, in order, and contiguous.
bool VectorAccess::isOneDim(AffineMap map, MemRefType type) const {
  if (map.getNumResults() < loops.size())
    return false;
  size_t others = map.getNumResults() - loops.size();
  for (unsigned loop : loops)
    if (llvm::any_of(map.getResults().take_front(others), [&](AffineExpr expr) { return expr.isFunctionOfDim(loop); }))
      return false;
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) || strides.back() != 1)
    return false;
  // One loop may start anywhere in its dim.
  AffineExpr last = getAffineDimExpr(loops.back(), map.getContext());
  if (loops.size() == 1)
    return !simplifyAffineExpr(map.getResults().back() - last, map.getNumDims(), 0).isFunctionOfDim(loops.back());
  for (auto [i, loop] : llvm::enumerate(loops)) {
    size_t dim = others + i;
    if (map.getResult(dim) != getAffineDimExpr(loop, map.getContext()))
      return false;
    if (i + 1 < loops.size() &&
        (ShapedType::isDynamic(strides[dim]) || type.isDynamicDim(dim + 1) || strides[dim] != strides[dim + 1] * type.getDimSize(dim + 1)))
      return false;
  }
  return true;
}

bool VectorAccess::isAligned(AffineMap map, Value memory) const {
  auto type = cast<MemRefType>(memory.getType());
  int64_t bytes = width * plan::elementBytes(type.getElementType());
  if (bytes > kWidestVector || findAlignment(memory) % bytes != 0)
    return false;
  // The loops advance in vectors; others, and where the last one starts, by ones.
  SmallVector<int64_t> divisors(map.getNumDims(), 1), strides = findStrideDivisors(memory);
  divisors[loops.back()] = width;
  for (unsigned loop : loops.drop_back())
    divisors[loop] = 0;
  for (auto [expr, stride] : llvm::zip(map.getResults(), strides))
    if (multiplyDivisors(findDivisor(expr, divisors, {}), stride) % width != 0)
      return false;
  return true;
}

AccessKind VectorAccess::classify(AffineMap map, Value memory) const {
  bool uses = llvm::any_of(map.getResults(),
                           [&](AffineExpr expr) { return llvm::any_of(loops, [&](unsigned loop) { return expr.isFunctionOfDim(loop); }); });
  auto type = dyn_cast<MemRefType>(memory.getType());
  if (!uses || !type)
    return AccessKind::broadcast;
  return isOneDim(map, type) && isAligned(map, memory) ? AccessKind::contiguous : AccessKind::other;
}

/// True if every operand is broadcast or contiguous. Results are contiguous, but sums may be put anywhere, element by element, and
/// what is read from a tile is so in any case.
static bool fits(linalg::GenericOp op, const VectorAccess &access, llvm::function_ref<bool(OpOperand &)> isTurned) {
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    AccessKind kind = access.classify(op.getMatchingIndexingMap(&operand), operand.get());
    bool isInit = op.isDpsInit(&operand), unused = !isInit && !op.payloadUsesValueFromOperand(&operand);
    if (unused || kind == AccessKind::contiguous || (kind == AccessKind::broadcast && !isInit))
      return true;
    // Elements of loops that are taken as one have no indices.
    return kind == AccessKind::other && access.isOneLoop() && ((isInit && op.getNumReductionLoops() > 0) || isTurned(operand));
  });
}

int64_t VectorAccess::choose(linalg::GenericOp op, ArrayRef<unsigned> parallel, ArrayRef<Value> sizes,
                             llvm::function_ref<bool(OpOperand &)> isTurned, size_t &numLoops) {
  numLoops = 1;
  if (hasElementLoops(op))
    return 1;
  // Indices of loops that are taken as one are not known for each element.
  llvm::SmallDenseSet<unsigned> indexed;
  op.getBlock()->walk([&](linalg::IndexOp index) { indexed.insert(index.getDim()); });
  int64_t size = 1, widest = 1;
  for (size_t count = 1; count <= parallel.size(); ++count) {
    ArrayRef<unsigned> loops = parallel.take_back(count);
    size = multiplyDivisors(size, findDivisor(sizes[loops.front()]));
    if (count > 1 && llvm::any_of(loops, [&](unsigned loop) { return indexed.contains(loop); }))
      break;
    for (int64_t width = kWidestVector; width > widest; width /= 2)
      if (size % width == 0 && fits(op, VectorAccess(loops, width), isTurned)) {
        widest = width;
        numLoops = count;
      }
  }
  return widest;
}

} // namespace tenon::schedule
