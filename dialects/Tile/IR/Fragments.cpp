// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What products and ops on fragments must satisfy.
#include "dialects/Tile/IR/Layout.h"

using namespace mlir;
using namespace tenon::tile;

static bool isAccumulatorLayout(FragmentType type) { return type.getLayout() == LayoutAttr::getAccumulator(type.getContext()); }
static bool isShort(Type type) { return type.isF16() || type.isBF16(); }
static bool isWord(Type type) { return type.isF32() || type.isSignlessInteger(32); }

/// (C1), (C3), (C4): the operands of wgmma.
static LogicalResult verifyOperands(MmaOp op, Type a, int64_t aK) {
  SmemType b = op.getB().getType();
  Type element = b.getElementType();
  bool isProduct = isShort(element) || element.isF32() || element.isInteger(8) || isFloat8(element);
  bool isMixed = (isFloat8(a) && isFloat8(element)) || (a.isInteger(8) && element.isInteger(8));
  if (!isProduct || (a != element && !isMixed))
    return op.emitOpError("expected A and B of f16, bf16, f32, 8-bit integers or f8, got ") << a << " and " << element;
  int64_t bK = op.getTransposeB() ? b.getRows() : b.getColumns();
  if (aK != bK || aK * elementBytes(a) % 32)
    return op.emitOpError("expected equal K of a multiple of 32 bytes, got ") << aK << " and " << bK;
  if ((op.getTransposeA() || op.getTransposeB()) && !isShort(element))
    return op.emitOpError("expected 16-bit elements of a transposed operand, got ") << element;
  if (op.getTransposeB() && b.getSwizzle() != 128)
    return op.emitOpError("expected a transposed B with a swizzle of 128 bytes, got ") << b.getSwizzle();
  return success();
}

static LogicalResult verifyA(MmaOp op, Type &element, int64_t &k) {
  if (auto fragment = dyn_cast<FragmentType>(op.getA().getType())) {
    element = fragment.getElementType();
    k = fragment.getColumns();
    if (fragment.getRows() != 64 || !isShort(element) || !isAccumulatorLayout(fragment) || op.getACount() || op.getTransposeA())
      return op.emitOpError("expected a fragment A of 64 rows, 16-bit elements and the accumulator's layout, got ") << fragment;
    return success();
  }
  auto tile = cast<SmemType>(op.getA().getType());
  element = tile.getElementType();
  k = op.getTransposeA() ? tile.getRows() : tile.getColumns();
  int64_t m = op.getTransposeA() ? tile.getColumns() : tile.getRows();
  if (!op.getACount() || m % 64 || (op.getTransposeA() && tile.getSwizzle() != 128))
    return op.emitOpError("expected a tile A of a multiple of 64 rows with a count, got ") << tile;
  if (!tile.getSwizzle())
    return op.emitOpError("expected swizzled tiles, got ") << tile;
  return success();
}

/// wgmma is for all threads of the warpgroup at once.
static LogicalResult verifyNotElected(Operation *op) {
  if (isElected(op))
    return op->emitOpError("expected to stand outside of tile.elect: all threads of the warpgroup take part");
  return success();
}

LogicalResult MmaOp::verify() {
  if (failed(verifyNotElected(*this)))
    return failure();
  Type element;
  int64_t k = 0;
  if (failed(verifyA(*this, element, k)) || failed(verifyOperands(*this, element, k)))
    return failure();
  SmemType b = getB().getType();
  if (!b.getSwizzle())
    return emitOpError("expected swizzled tiles, got ") << b;
  FragmentType result = getResult().getType();
  int64_t n = getTransposeB() ? b.getColumns() : b.getRows();
  int64_t step = element.isInteger(8) && n > 24 ? 16 : 8;
  if (result.getRows() != 64 || result.getColumns() != n || n % step || !isAccumulatorLayout(result))
    return emitOpError("expected a result of 64 x ") << n << " in steps of " << step << " columns, got " << result;
  if (element.isInteger(8) ? !result.getElementType().isInteger(32) : !result.getElementType().isF32())
    return emitOpError("expected a result of ") << (element.isInteger(8) ? "i32" : "f32") << ", got " << result.getElementType();
  for (OpOperand &use : getResult().getUses()) {
    auto next = dyn_cast<MmaOp>(use.getOwner());
    bool accumulates = next && next.getAccumulator() == getResult() && next.getA() != getResult();
    if (!accumulates && !isa<WaitMmaOp>(use.getOwner()) && !use.getOwner()->hasTrait<OpTrait::IsTerminator>())
      return emitOpError("expected a result that is waited for before '") << use.getOwner()->getName() << "' reads it";
  }
  return success();
}

LogicalResult WaitMmaOp::verify() {
  if (failed(verifyNotElected(*this)))
    return failure();
  int64_t pending = getPending();
  if (pending < 0 || pending > 7)
    return emitOpError("expected 0 to 7 pending products, got ") << pending;
  // From the last product back, as long as it is sure which may be unfinished: an earlier wait has ended those before its last.
  int64_t unfinished = pending, products = 0;
  for (Operation *op = (*this)->getPrevNode(); op && products < unfinished; op = op->getPrevNode()) {
    if (auto wait = dyn_cast<WaitMmaOp>(op))
      unfinished = std::min<int64_t>(unfinished, products + wait.getPending());
    auto isProduct = [](Operation *inside) { return isa<MmaOp, WaitMmaOp>(inside) ? WalkResult::interrupt() : WalkResult::advance(); };
    if (op->getNumRegions() && op->walk(isProduct).wasInterrupted())
      break;
    auto mma = dyn_cast<MmaOp>(op);
    if (mma && llvm::is_contained(getFragments(), mma.getResult()))
      return emitOpError("expected fragments that are not of the last ") << pending << " products, which may be unfinished";
    products += mma ? 1 : 0;
  }
  return success();
}

LogicalResult SplatOp::verify() {
  if (getValue().getType() != getResult().getType().getElementType())
    return emitOpError("expected a value of ") << getResult().getType().getElementType() << ", got " << getValue().getType();
  return success();
}

LogicalResult IotaOp::verify() {
  FragmentType type = getResult().getType();
  if (!type.getElementType().isInteger(32) || (type.getRows() == 1) == (type.getColumns() == 1))
    return emitOpError("expected i32 with one row or one column, got ") << type;
  return success();
}

LogicalResult MapOp::verifyRegions() {
  if (getResults().empty())
    return emitOpError("expected a result");
  auto first = cast<FragmentType>(getResults()[0].getType());
  auto isElementwise = [&](Value value, bool isResult) {
    auto type = cast<FragmentType>(value.getType());
    auto fits = [&](int64_t extent, int64_t whole) { return extent == whole || (!isResult && extent == 1); };
    return isWord(type.getElementType()) && type.getLayout() == first.getLayout() && fits(type.getRows(), first.getRows()) &&
           fits(type.getColumns(), first.getColumns());
  };
  for (auto [values, isResult] : {std::pair<ValueRange, bool>(getInputs(), false), {getResults(), true}})
    for (Value value : values)
      if (!isElementwise(value, isResult))
        return emitOpError("expected fragments of 32-bit elements that broadcast to ") << first << ", got " << value.getType();
  Block &body = getBody().front();
  auto yield = dyn_cast<YieldOp>(body.back());
  auto elements = [](ValueRange values) {
    return llvm::map_to_vector(values, [](Value value) { return cast<FragmentType>(value.getType()).getElementType(); });
  };
  if (!yield || !llvm::equal(body.getArgumentTypes(), elements(getInputs())) ||
      !llvm::equal(yield.getOperandTypes(), elements(getResults())))
    return emitOpError("expected a body that takes and yields the element types");
  return success();
}

LogicalResult ReduceOp::verify() {
  FragmentType input = getInput().getType(), result = getResult().getType();
  if (!input.getElementType().isF32() || !result.getElementType().isF32() || result.getColumns() != 1 ||
      result.getRows() != input.getRows() || input.getLayout() != result.getLayout())
    return emitOpError("expected f32 and one column of the input's rows, got ") << result;
  return success();
}

LogicalResult ConvertOp::verify() {
  FragmentType input = getInput().getType(), result = getResult().getType();
  Type from = input.getElementType(), to = result.getElementType();
  bool isConversion = (from.isF32() && isShort(to)) || (isShort(from) && to.isF32());
  if (!isConversion || input.getRows() != result.getRows() || input.getColumns() != result.getColumns() ||
      input.getLayout() != result.getLayout())
    return emitOpError("expected f32 and f16 or bf16 of equal shape, got ") << input << " to " << result;
  return success();
}

LogicalResult ColumnsOp::verify() {
  FragmentType input = getInput().getType(), result = getResult().getType();
  int64_t atom = input.getLayout().getAtomColumns(), first = getFirst();
  if (input.getElementType() != result.getElementType() || input.getRows() != result.getRows() || input.getLayout() != result.getLayout())
    return emitOpError("expected types that differ in columns only, got ") << input << " and " << result;
  if (first < 0 || first % atom || result.getColumns() > input.getColumns() || first > input.getColumns() - result.getColumns())
    return emitOpError("expected columns within ")
           << input.getColumns() << " from a multiple of " << atom << ", got " << result.getColumns() << " from " << first;
  return success();
}

/// i32 of which memory takes the low byte.
static bool isCut(Type element, Type memory) { return element.isSignlessInteger(32) && memory.isSignlessInteger(8); }

/// A fragment that is written to or read from 64 rows of a tile.
static LogicalResult verifyInShared(Operation *op, FragmentType fragment, SmemType tiles) {
  Type element = fragment.getElementType(), memory = tiles.getElementType();
  bool isSame = element == memory && elementBytes(element) >= 2;
  if (!isSame && !(isa<WriteSharedOp>(op) && isCut(element, memory)))
    return op->emitOpError("expected one element type of 16 or 32 bits, got ") << fragment << " and " << tiles;
  if (fragment.getRows() != 64 || fragment.getColumns() % 16 || fragment.getColumns() > tiles.getColumns() || tiles.getRows() % 64)
    return op->emitOpError("expected 64 rows of a multiple of 16 columns within the tile, got ") << fragment << " and " << tiles;
  bool fillsPanels =
      isa<WriteSharedOp>(op) && isShort(fragment.getElementType()) && fragment.getLayout().getAtomColumns() == tiles.getPanelColumns();
  if (!isAccumulatorLayout(fragment) && !fillsPanels)
    return op->emitOpError("expected the accumulator's layout, or to write 16-bit elements whose atom fills a panel, got ")
           << fragment << " and " << tiles;
  return success();
}

LogicalResult WriteSharedOp::verify() { return verifyInShared(*this, getFragment().getType(), getTiles().getType()); }
LogicalResult ReadSharedOp::verify() { return verifyInShared(*this, getFragment().getType(), getTiles().getType()); }

/// f32 is widened and rounded on the way; other elements stay as they are.
static bool fitsMemory(Type element, Type memory) { return element.isF32() ? memory.isF32() || isShort(memory) : element == memory; }

LogicalResult ReadOp::verify() {
  Type element = getResult().getType().getElementType();
  if (!fitsMemory(element, getMemoryType()) || !(isWord(element) || isShort(element)))
    return emitOpError("expected f32 from f32, f16 or bf16, or equal types of 16 or 32 bits, got ")
           << element << " and " << getMemoryType();
  if (getTransposed() && isShort(element))
    return emitOpError("expected a transposed matrix read as elements of 32 bits, got ") << element;
  return success();
}

LogicalResult WriteOp::verify() {
  Type element = getFragment().getType().getElementType();
  if (!(fitsMemory(element, getMemoryType()) || isCut(element, getMemoryType())) || !isWord(element))
    return emitOpError("expected f32 to f32, f16 or bf16, or i32 to i32 or i8, got ") << element << " and " << getMemoryType();
  return success();
}

/// A fragment whose registers lie in a tile one after the other.
static LogicalResult verifyRegisters(Operation *op, FragmentType fragment, SmemType tiles) {
  bool isAccumulator = isWord(fragment.getElementType()) && isAccumulatorLayout(fragment) && fragment.getRows() == 64;
  bool isPlain = !tiles.getSwizzle() && tiles.getStages() == 1 && tiles.getRows() % 64 == 0;
  if (!isAccumulator || !isPlain || fragment.getElementType() != tiles.getElementType() || fragment.getColumns() != tiles.getColumns())
    return op->emitOpError("expected f32 or i32 in 64 rows and a tile of as many columns without swizzle, got ")
           << fragment << " and " << tiles;
  return success();
}

LogicalResult SendRegistersOp::verify() {
  if (llvm::none_of(getBarriers().getUsers(), [](Operation *user) { return isa<WaitOp>(user); }))
    return emitOpError("expected a tile.wait for what other CTAs send: one that has ended cannot be written to");
  return verifyRegisters(*this, getFragment().getType(), getTiles().getType());
}

LogicalResult ReadRegistersOp::verify() { return verifyRegisters(*this, getResult().getType(), getTiles().getType()); }
