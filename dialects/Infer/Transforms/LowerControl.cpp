// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Control ops over tensors -> host control flow: conditions and counts are read back, branches and bodies stay as they are.
//
//   %y = infer.if %c { infer.yield %a } else { infer.yield %b }
//   ->  %p = tensor.extract %c[]
//       %y = scf.if %p { scf.yield %a } else { scf.yield %b }
//
// A loop becomes an scf.while that carries its number, its condition, its tensors and the stacks of what it gives in each round. How many
// rounds there are decides how a stack is kept: if that is known before the first, as a tensor of that size whose rows are filled in,
// else as a tensor that grows by a row.
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::infer {
#define GEN_PASS_DEF_INFERLOWERCONTROLPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

using namespace mlir;
using namespace tenon::infer;

static Value castTo(OpBuilder &builder, Location loc, Type type, Value value) {
  return value.getType() == type ? value : tensor::CastOp::create(builder, loc, type, value).getResult();
}

/// Moves the body of `from` into `to`; its yield gives values of the types of `results`.
static void moveBranch(Region &from, Region &to, TypeRange results) {
  to.takeBody(from);
  Operation *yield = to.front().getTerminator();
  OpBuilder builder(yield);
  SmallVector<Value> values;
  for (auto [value, type] : llvm::zip_equal(yield->getOperands(), results))
    values.push_back(castTo(builder, yield->getLoc(), type, value));
  scf::YieldOp::create(builder, yield->getLoc(), values);
  yield->erase();
}

/// The only element of a tensor, on the host.
static Value readElement(OpBuilder &builder, Location loc, Value tensor) {
  SmallVector<Value> zeros(rankOf(tensor), arith::ConstantIndexOp::create(builder, loc, 0));
  return builder.createOrFold<tensor::ExtractOp>(loc, tensor, zeros);
}

static void lowerIf(IfOp op) {
  OpBuilder builder(op);
  Value condition = readElement(builder, op.getLoc(), op.getCond());
  auto branch = scf::IfOp::create(builder, op.getLoc(), op.getResultTypes(), condition, /*addThenBlock=*/false, /*addElseBlock=*/false);
  moveBranch(op.getThenBranch(), branch.getThenRegion(), op.getResultTypes());
  moveBranch(op.getElseBranch(), branch.getElseRegion(), op.getResultTypes());
  op.replaceAllUsesWith(branch.getResults());
  op.erase();
}

namespace {
/// The dims of one slice that a loop stacks, as values from before the loop: null where they are not known there.
using SliceDims = SmallVector<Value>;

/// A loop on its way from infer.loop or infer.scan to scf.while.
class LoopLowering {
public:
  LoopLowering(Operation *op, ArrayRef<SliceDims> sliceDims)
      : op(op), body(op->getRegion(0).front()), yield(cast<YieldOp>(body.getTerminator())), sliceDims(sliceDims), builder(op),
        loc(op->getLoc()) {}

  LogicalResult lower(LoopOp loop);
  LogicalResult lower(ScanOp scan);

private:
  /// One value that the loop gives per round.
  struct Stack {
    unsigned yielded;    // number of the slice among what the body yields
    bool backward;       // the first round gives the last row
    int64_t axis;        // of the result that the rows lie along
    Type type = nullptr; // of what is carried: rows along axis 0
    Value initial = nullptr;
  };

  LogicalResult startStacks();
  scf::WhileOp makeLoop(ValueRange carried, TypeRange carriedTypes);
  Value addRow(const Stack &stack, Value rows);
  void guardStates(ValueRange before, ValueRange after);
  void finish(scf::WhileOp loop, ValueRange carried);
  Value number(int64_t value) { return arith::ConstantIntOp::create(builder, loc, value, 64); }
  Value asTensor(Value scalar) { return tensor::FromElementsOp::create(builder, loc, RankedTensorType::get({}, scalar.getType()), scalar); }

  Operation *op;
  Block &body;
  YieldOp yield;
  ArrayRef<SliceDims> sliceDims;
  OpBuilder builder;
  Location loc;
  SmallVector<Stack> stacks;
  Value limit;  // i64: rounds at most; null if there is no such number
  Value go;     // i1: whether to begin
  Value rounds; // index: how many there will be; null if only the last one tells
  Value round;  // i64: number of the round, in the body
};
} // namespace

LogicalResult LoopLowering::startStacks() {
  for (auto [stack, dims] : llvm::zip_equal(stacks, sliceDims)) {
    auto slice = cast<RankedTensorType>(yield.getOperand(stack.yielded).getType());
    SmallVector<int64_t> shape{ShapedType::kDynamic};
    llvm::append_range(shape, slice.getShape());
    SmallVector<Value> sizes{rounds ? rounds : arith::ConstantIndexOp::create(builder, loc, 0).getResult()};
    for (auto [axis, dim] : llvm::enumerate(dims)) {
      if (!slice.isDynamicDim(axis))
        continue;
      if (!dim)
        return op->emitError("expected dimension ") << axis << " of a value that a loop stacks to be known before the loop";
      sizes.push_back(dim);
    }
    stack.type = RankedTensorType::get(shape, slice.getElementType());
    stack.initial = tensor::EmptyOp::create(builder, loc, stack.type, sizes);
  }
  return success();
}

/// The loop with an empty body that begins with the number of the round and the condition; the builder stands in the body.
scf::WhileOp LoopLowering::makeLoop(ValueRange carried, TypeRange carriedTypes) {
  SmallVector<Value> initial{number(0), go};
  for (auto [value, type] : llvm::zip_equal(carried, carriedTypes))
    initial.push_back(castTo(builder, loc, type, value));
  for (const Stack &stack : stacks)
    initial.push_back(stack.initial);
  SmallVector<Location> locations(initial.size(), loc);
  auto loop = scf::WhileOp::create(builder, loc, TypeRange(ValueRange(initial)), initial);
  Block *before = builder.createBlock(&loop.getBefore(), {}, TypeRange(ValueRange(initial)), locations);
  Value goes = before->getArgument(1);
  if (limit) {
    Value isBelow = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, before->getArgument(0), limit);
    goes = arith::AndIOp::create(builder, loc, goes, isBelow);
  }
  scf::ConditionOp::create(builder, loc, goes, before->getArguments());
  Block *after = builder.createBlock(&loop.getAfter(), {}, TypeRange(ValueRange(initial)), locations);
  round = after->getArgument(0);
  return loop;
}

Value LoopLowering::addRow(const Stack &stack, Value rows) {
  Value slice = yield.getOperand(stack.yielded);
  int64_t rank = cast<RankedTensorType>(stack.type).getRank();
  if (!rounds) {
    Value row = UnsqueezeOp::create(builder, loc, slice, builder.getDenseI64ArrayAttr({0}));
    return castTo(builder, loc, stack.type, ConcatOp::create(builder, loc, ValueRange{rows, row}, builder.getI64IntegerAttr(0)));
  }
  Value place = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), round);
  if (stack.backward) {
    Value last = arith::SubIOp::create(builder, loc, rounds, arith::ConstantIndexOp::create(builder, loc, 1));
    place = arith::SubIOp::create(builder, loc, last, place);
  }
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)), sizes, strides(rank, builder.getIndexAttr(1));
  offsets[0] = place;
  sizes.push_back(builder.getIndexAttr(1));
  for (int64_t axis = 0; axis + 1 < rank; ++axis)
    sizes.push_back(tensor::getMixedSize(builder, loc, slice, axis));
  return tensor::InsertSliceOp::create(builder, loc, slice, rows, offsets, sizes, strides);
}

/// Dims of states that the types leave open were taken to stay as they are.
void LoopLowering::guardStates(ValueRange before, ValueRange after) {
  for (auto [old, next] : llvm::zip_equal(before, after)) {
    auto type = cast<RankedTensorType>(old.getType());
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      if (!type.isDynamicDim(axis))
        continue;
      Value was = tensor::DimOp::create(builder, loc, old, axis), is = tensor::DimOp::create(builder, loc, next, axis);
      Value equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, was, is);
      cf::AssertOp::create(builder, loc, equal, "expected states of a scan to keep their shape");
    }
  }
}

/// Moves the rest of the body into the loop, whose block has the round, the condition, `carried` values and stacks; what the body yields
/// first are the carried values, if a condition does not come before them.
void LoopLowering::finish(scf::WhileOp loop, ValueRange carried) {
  Block *after = loop.getAfterBody();
  after->getOperations().splice(after->end(), body.getOperations(), body.begin(), std::prev(body.end()));
  builder.setInsertionPointToEnd(after);
  bool hasCondition = isa<LoopOp>(op);
  Value next = arith::AddIOp::create(builder, loc, round, number(1));
  SmallVector<Value> yielded{next, hasCondition ? readElement(builder, loc, yield.getOperand(0)) : after->getArgument(1)};
  for (auto [argument, value] : llvm::zip(carried, yield.getOperands().drop_front(hasCondition)))
    yielded.push_back(castTo(builder, loc, argument.getType(), value));
  if (isa<ScanOp>(op))
    guardStates(carried, ArrayRef(yielded).drop_front(2));
  for (auto [stack, rows] : llvm::zip_equal(stacks, after->getArguments().take_back(stacks.size())))
    yielded.push_back(addRow(stack, rows));
  scf::YieldOp::create(builder, loc, yielded);

  builder.setInsertionPointAfter(loop);
  for (auto [index, result] : llvm::enumerate(op->getResults())) {
    Value value = loop.getResult(2 + index);
    int64_t axis = index < carried.size() ? 0 : stacks[index - carried.size()].axis;
    if (axis != 0) {
      SmallVector<int64_t> order(rankOf(value));
      for (auto [i, dim] : llvm::enumerate(order))
        dim = static_cast<int64_t>(i) < axis ? i + 1 : static_cast<int64_t>(i) == axis ? 0 : i;
      value = TransposeOp::create(builder, loc, value, builder.getDenseI64ArrayAttr(order));
    }
    result.replaceAllUsesWith(castTo(builder, loc, result.getType(), value));
  }
  op->erase();
}

LogicalResult LoopLowering::lower(LoopOp loop) {
  limit = loop.getMaxTripCount() ? readElement(builder, loc, loop.getMaxTripCount()) : Value();
  go = loop.getCond() ? readElement(builder, loc, loop.getCond()) : arith::ConstantIntOp::create(builder, loc, 1, 1).getResult();
  // A condition that the body hands on, or that is always true, leaves the trip count alone to decide.
  Value condition = yield.getOperand(0);
  DenseElementsAttr constant;
  bool isCounted = condition == body.getArgument(1) ||
                   (matchPattern(condition, m_Constant(&constant)) && constant.isSplat() && constant.getSplatValue<bool>());
  if (limit && isCounted) {
    Value zero = number(0);
    Value count = arith::SelectOp::create(builder, loc, go, arith::MaxSIOp::create(builder, loc, limit, zero), zero);
    rounds = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), count);
  }
  ValueRange arguments = ValueRange(body.getArguments()).drop_front(2);
  for (unsigned i = 1 + arguments.size(); i < yield.getNumOperands(); ++i)
    stacks.push_back({i, /*backward=*/false, /*axis=*/0});
  if (failed(startStacks()))
    return failure();
  scf::WhileOp whole = makeLoop(loop.getInitial(), arguments.getTypes());
  ValueRange inside = ValueRange(whole.getAfterArguments()).drop_front(2).drop_back(stacks.size());
  body.getArgument(0).replaceAllUsesWith(asTensor(round));
  body.getArgument(1).replaceAllUsesWith(asTensor(whole.getAfterArguments()[1]));
  for (auto [before, now] : llvm::zip_equal(arguments, inside))
    before.replaceAllUsesWith(now);
  finish(whole, inside);
  return success();
}

LogicalResult LoopLowering::lower(ScanOp scan) {
  ValueRange operands = scan.getOperandsAndInputs();
  size_t inputs = scan.getNumScanInputs(), states = operands.size() - inputs;
  auto at = [](ArrayRef<int64_t> values, size_t i) { return values.empty() ? 0 : values[i]; };
  rounds = dimValue(builder, loc, operands[states], at(scan.getScanInputAxes(), 0));
  limit = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), rounds);
  go = arith::ConstantIntOp::create(builder, loc, 1, 1);
  for (unsigned i = 0; states + i < yield.getNumOperands(); ++i)
    stacks.push_back({static_cast<unsigned>(states + i), at(scan.getScanOutputDirections(), i) == 1, at(scan.getScanOutputAxes(), i)});
  if (failed(startStacks()))
    return failure();
  ValueRange arguments = body.getArguments();
  scf::WhileOp whole = makeLoop(operands.take_front(states), arguments.take_front(states).getTypes());
  ValueRange inside = ValueRange(whole.getAfterArguments()).slice(2, states);
  for (auto [before, now] : llvm::zip(arguments, inside))
    before.replaceAllUsesWith(now);
  for (size_t i = 0; i < inputs; ++i) {
    Value place = round;
    if (at(scan.getScanInputDirections(), i) == 1)
      place = arith::SubIOp::create(builder, loc, arith::SubIOp::create(builder, loc, limit, number(1)), round);
    Value slice = GatherOp::create(builder, loc, arguments[states + i].getType(), operands[states + i], asTensor(place),
                                   builder.getI64IntegerAttr(at(scan.getScanInputAxes(), i)));
    arguments[states + i].replaceAllUsesWith(slice);
  }
  finish(whole, inside);
  return success();
}

namespace {
struct LowerControl : tenon::infer::impl::InferLowerControlPassBase<LowerControl> {
  void runOnOperation() override {
    // Everything is asked of the analysis before the first op changes. Inner ops come before those around them.
    SmallVector<std::pair<Operation *, SmallVector<SliceDims>>> work;
    {
      SymbolicShapes shapes(getOperation());
      getOperation()->walk([&](Operation *op) {
        if (isa<IfOp, LoopOp, ScanOp>(op))
          work.emplace_back(op, dimsOfSlices(shapes, op));
      });
    }
    for (auto &[op, dims] : work)
      if (failed(lower(op, dims)))
        return signalPassFailure();
  }

  static LogicalResult lower(Operation *op, ArrayRef<SliceDims> dims) {
    if (auto loop = dyn_cast<LoopOp>(op))
      return LoopLowering(op, dims).lower(loop);
    if (auto scan = dyn_cast<ScanOp>(op))
      return LoopLowering(op, dims).lower(scan);
    lowerIf(cast<IfOp>(op));
    return success();
  }

  static SmallVector<SliceDims> dimsOfSlices(SymbolicShapes &shapes, Operation *op) {
    SmallVector<SliceDims> result;
    if (isa<IfOp>(op))
      return result;
    Region &body = op->getRegion(0);
    auto scan = dyn_cast<ScanOp>(op);
    size_t carried = scan ? scan.getOperandsAndInputs().size() - scan.getNumScanInputs() : 1 + cast<LoopOp>(op).getInitial().size();
    for (Value slice : body.front().getTerminator()->getOperands().drop_front(carried)) {
      SliceDims &dims = result.emplace_back();
      for (int64_t axis = 0; axis < rankOf(slice); ++axis) {
        Value dim = shapes.materializeDim(slice, axis);
        dims.push_back(dim && dim.getParentRegion()->isProperAncestor(&body) ? dim : Value());
      }
    }
    return result;
  }
};
} // namespace
