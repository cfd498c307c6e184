// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices, splits and concatenations that are consecutive in memory -> plan.part and plan.join.
//
// Elements are consecutive if every dim before the one that is cut has size 1 in the result, and every dim behind it is whole. The new ops
// are made while the shape analysis still describes the old ones, and take their place at the end.
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Distance.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

namespace tenon::plan {
#define GEN_PASS_DEF_PLANFORMVIEWSPASS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace tenon::plan

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

static constexpr StringRef kUnaligned = "a part would begin at an address that is not aligned";
static constexpr StringRef kScattered = "the elements are not consecutive in memory";
static constexpr StringRef kUnknown = "the host does not know the place of a part";

namespace {
class ViewFormer {
public:
  explicit ViewFormer(func::FuncOp function) : function(function), shapes(function), dominance(function) {}
  void run();

private:
  /// Each gives the reason why `op` stays as it is, or nothing.
  StringRef formSlice(Operation *op);
  StringRef formSplit(Operation *op);
  StringRef formJoin(Operation *op);
  /// Where a slice begins along its axis number `position`; nothing if the host cannot tell.
  std::optional<Term> start(Operation *op, int64_t position);
  std::optional<SmallVector<Value>> resultDims(Value result);
  Value sliceLength(Operation *op, int64_t axis);
  std::optional<Term> length(Value tensor, int64_t axis);
  /// Elements from one index of `axis` to the next.
  std::optional<Term> stride(Value tensor, int64_t axis);
  Operation *producerToPlace(Operation *concat, Value part);
  void give(Value before, Value after, ValueRange dims);

  func::FuncOp function;
  infer::SymbolicShapes shapes;
  DominanceInfo dominance;
  SmallVector<std::pair<Value, Value>> replacements;
  llvm::DenseMap<Operation *, Operation *> formed; // op -> for a concatenation, the first op that computes one of its parts
  llvm::SmallDenseSet<Value> placed;               // values that a concatenation has a place for
};

struct FormViews : tenon::plan::impl::PlanFormViewsPassBase<FormViews> {
  void runOnOperation() override {
    if (!getOperation().isExternal())
      ViewFormer(getOperation()).run();
  }
};
} // namespace

/// Size of a dim; nothing if only the op that computes the tensor will know it.
std::optional<Term> ViewFormer::length(Value tensor, int64_t axis) {
  Term term;
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis)) {
    term.known = type.getDimSize(axis);
    return term;
  }
  Operation *def = tensor.getDefiningOp();
  if (def && infer::isDeviceOp(def) && shapes.isDimOf(shapes.dim(tensor, axis), tensor))
    return std::nullopt;
  Value size = shapes.materializeDim(tensor, axis);
  if (!size)
    return std::nullopt;
  term.values.push_back(size);
  return term;
}

std::optional<Term> ViewFormer::stride(Value tensor, int64_t axis) {
  Term product;
  for (int64_t inner = axis + 1; inner < cast<RankedTensorType>(tensor.getType()).getRank(); ++inner) {
    std::optional<Term> size = length(tensor, inner);
    if (!size)
      return std::nullopt;
    product.multiply(*size);
  }
  return product;
}

/// Dynamic dims of a slice that the analysis does not follow: clamp(end) - clamp(start).
Value ViewFormer::sliceLength(Operation *op, int64_t axis) {
  ArrayRef<int64_t> axes = op->getAttrOfType<DenseI64ArrayAttr>("axes");
  const auto *found = llvm::find(axes, axis);
  if (found == axes.end())
    return {};
  OpBuilder builder(op);
  std::optional<Term> size = length(op->getOperand(0), axis);
  return size ? infer::sliceLength(builder, op, found - axes.begin(), size->build(builder, op->getLoc())) : Value();
}

std::optional<SmallVector<Value>> ViewFormer::resultDims(Value result) {
  SmallVector<Value> dims;
  auto type = cast<RankedTensorType>(result.getType());
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      continue;
    std::optional<Term> size = length(result, axis);
    Value dim = size ? size->values.front() : Value();
    if (!dim && result.getDefiningOp()->getName().stripDialect() == "slice")
      dim = sliceLength(result.getDefiningOp(), axis);
    if (!dim)
      return std::nullopt;
    dims.push_back(dim);
  }
  return dims;
}

std::optional<Term> ViewFormer::start(Operation *op, int64_t position) {
  Value data = op->getOperand(0), starts = op->getOperand(1);
  int64_t axis = op->getAttrOfType<DenseI64ArrayAttr>("axes")[position];
  Term term;
  DenseIntElementsAttr constant;
  if (matchPattern(starts, m_Constant(&constant))) {
    int64_t from = constant.getValues<APInt>()[position].getSExtValue();
    int64_t size = cast<RankedTensorType>(data.getType()).getDimSize(axis);
    if (from == 0 || !ShapedType::isDynamic(size)) {
      term.known = std::clamp<int64_t>(from < 0 ? from + size : from, 0, std::max<int64_t>(size, 0));
      return term;
    }
  }
  OpBuilder builder(op);
  Value value = infer::hostElement(builder, starts, position);
  std::optional<Term> size = length(data, axis);
  if (!value || !size)
    return std::nullopt;
  term.values.push_back(infer::clampPosition(builder, op->getLoc(), value, size->build(builder, op->getLoc())));
  return term;
}

/// Notes the new value and says what is known of its dims, so that what uses it fuses as before.
void ViewFormer::give(Value before, Value after, ValueRange dims) {
  replacements.emplace_back(before, after);
  auto type = cast<RankedTensorType>(after.getType());
  if (type.hasStaticShape())
    return;
  OpBuilder builder(after.getContext());
  builder.setInsertionPointAfterValue(after);
  SmallVector<AffineExpr> sizes;
  unsigned symbols = 0;
  for (int64_t size : type.getShape())
    sizes.push_back(ShapedType::isDynamic(size) ? builder.getAffineSymbolExpr(symbols++) : builder.getAffineConstantExpr(size));
  infer::BindShapeOp::create(builder, after.getLoc(), after, dims, AffineMap::get(0, symbols, sizes, builder.getContext()));
}

StringRef ViewFormer::formSlice(Operation *op) {
  Value data = op->getOperand(0), result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  DenseIntElementsAttr steps;
  if (op->getNumOperands() > 3 && (!matchPattern(op->getOperand(3), m_Constant(&steps)) ||
                                   llvm::any_of(steps.getValues<APInt>(), [](const APInt &step) { return !step.isOne(); })))
    return "a step is not 1";
  const auto *cut = llvm::find_if(type.getShape(), [](int64_t size) { return size != 1; });
  for (int64_t axis = cut - type.getShape().begin() + 1; axis < type.getRank(); ++axis)
    if (!shapes.areEqual(shapes.dim(result, axis), shapes.dim(data, axis)))
      return kScattered;
  Distance distance;
  for (auto [position, axis] : llvm::enumerate(op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef())) {
    if (shapes.areEqual(shapes.dim(result, axis), shapes.dim(data, axis)))
      continue; // whole
    std::optional<Term> from = start(op, position), step = stride(data, axis);
    if (!from || !step)
      return kUnknown;
    from->multiply(*step);
    distance.add(*from);
  }
  std::optional<SmallVector<Value>> dims = resultDims(result);
  if (!dims || !distance.fits())
    return kUnknown;
  if (!distance.isAligned(elementBytes(type.getElementType())))
    return kUnaligned;
  OpBuilder builder(op);
  Value offset = distance.build(builder, op->getLoc());
  give(result, PartOp::create(builder, op->getLoc(), type, data, offset, *dims), *dims);
  formed[op] = nullptr;
  return {};
}

/// True if `axis` of `type` is the outermost dim that is not 1.
static bool isOutermost(RankedTensorType type, int64_t axis) {
  return llvm::all_of(type.getShape().take_front(axis), [](int64_t size) { return size == 1; });
}

StringRef ViewFormer::formSplit(Operation *op) {
  Value data = op->getOperand(0);
  auto type = cast<RankedTensorType>(data.getType());
  int64_t axis = op->getAttrOfType<IntegerAttr>("axis").getInt();
  if (!isOutermost(type, axis))
    return kScattered;
  std::optional<Term> step = stride(data, axis);
  if (!step)
    return kUnknown;
  OpBuilder builder(op);
  Distance distance;
  SmallVector<std::pair<Distance, SmallVector<Value>>> parts;
  for (Value result : op->getResults()) {
    std::optional<Term> size = length(result, axis);
    std::optional<SmallVector<Value>> dims = resultDims(result);
    if (!size || !dims || !distance.fits())
      return kUnknown;
    if (!distance.isAligned(elementBytes(type.getElementType())))
      return kUnaligned;
    parts.emplace_back(distance, *dims);
    size->multiply(*step);
    distance.add(*size);
  }
  for (auto [result, part] : llvm::zip_equal(op->getResults(), parts)) {
    Value offset = part.first.build(builder, op->getLoc());
    give(result, PartOp::create(builder, op->getLoc(), result.getType(), data, offset, part.second), part.second);
  }
  formed[op] = nullptr;
  return {};
}

/// What a view shows.
static Value behindViews(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!infer::isFreeView(def))
      break;
    value = def->getOperand(0);
  }
  return value;
}

/// True if the function returns the value or a view of it: then its place is the caller's memory.
static bool isReturned(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<func::ReturnOp>(user) || (infer::isFreeView(user) && isReturned(user->getResult(0)));
  });
}

/// The first op that writes the part, if that can write into the memory of `concat`; null if not.
Operation *ViewFormer::producerToPlace(Operation *concat, Value part) {
  Value value = behindViews(part);
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != concat->getBlock() || !infer::isDeviceOp(def) || placed.contains(value) || isReturned(value))
    return nullptr;
  auto view = formed.find(def);
  return view == formed.end() ? def : view->second;
}

StringRef ViewFormer::formJoin(Operation *op) {
  Value result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  int64_t axis = op->getAttrOfType<IntegerAttr>("axis").getInt();
  if (!isOutermost(type, axis))
    return kScattered;
  std::optional<Term> step = stride(result, axis);
  std::optional<SmallVector<Value>> dims = resultDims(result);
  if (!step || !dims)
    return kUnknown;
  Operation *first = nullptr;
  Distance distance;
  SmallVector<Distance> distances;
  SmallVector<bool> direct;
  llvm::SmallDenseSet<Value> taken;
  for (Value part : op->getOperands()) {
    std::optional<Term> size = length(part, axis);
    if (!size || !distance.fits())
      return kUnknown;
    distances.push_back(distance);
    Operation *producer = producerToPlace(op, part);
    bool isAligned = distance.isAligned(elementBytes(type.getElementType()));
    direct.push_back(producer && isAligned && taken.insert(behindViews(part)).second);
    if (direct.back() && (!first || producer->isBeforeInBlock(first)))
      first = producer;
    size->multiply(*step);
    distance.add(*size);
  }
  if (2 * llvm::count(direct, true) < static_cast<int64_t>(direct.size()) || !first)
    return "more parts would be copied than computed in place";
  bool isKnown = llvm::all_of(*dims, [&](Value dim) { return dominance.properlyDominates(dim, first); });
  if (!isKnown || !llvm::all_of(distances, [&](const Distance &each) { return each.isAvailable(dominance, first); }))
    return "its size is not known when the first part is computed";
  placed.insert(taken.begin(), taken.end());
  OpBuilder early(first), builder(op);
  SmallVector<Value> offsets = llvm::map_to_vector(distances, [&](const Distance &each) { return each.build(early, op->getLoc()); });
  give(result, JoinOp::create(builder, op->getLoc(), type, op->getOperands(), offsets, *dims, direct), *dims);
  formed[op] = first;
  return {};
}

void ViewFormer::run() {
  function.walk([&](Operation *op) {
    if (!isa_and_nonnull<infer::InferDialect>(op->getDialect()))
      return;
    StringRef name = op->getName().stripDialect(), reason;
    if (name == "slice")
      reason = formSlice(op);
    else if (name == "split")
      reason = formSplit(op);
    else if (name == "concat")
      reason = formJoin(op);
    else
      return;
    if (reason.empty())
      remark::passed(op->getLoc(), remark::RemarkOpts::name("View").category("memory"))
          << remark::metric("Op", op->getName().getStringRef().str());
    else
      remark::missed(op->getLoc(), remark::RemarkOpts::name("NotView").category("memory"))
          << remark::metric("Op", op->getName().getStringRef().str()) << remark::metric("Reason", reason.str());
  });
  for (auto [before, after] : replacements)
    before.replaceAllUsesWith(after);
  for (auto &[op, first] : formed)
    op->erase();
}
