// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constant subgraphs -> func.func @init: what the compiler computes once, by the code that it makes for it.
//
//   %w = infer.constant           func.func @main(%x, %w2 {infer.init = 0})        func.func @init(%w {infer.constant = ...}) -> tensor
//   %w2 = infer.mul %w, %s   ->     infer.conv %x, %w2                               infer.mul %w, %s
//   infer.conv %x, %w2
// Constants are arguments of @init, so that the large ones stay where they are when it runs.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Infer/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::infer {
#define GEN_PASS_DEF_INFERHOISTCONSTANTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

using namespace mlir;
using namespace tenon::infer;

/// Results up to this size are always computed at compile time; larger ones if they are not much larger than what they are made of.
static constexpr int64_t kSmallBytes = int64_t(16) << 20;

static int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (!tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat())
    return -1;
  int64_t bytes = llvm::divideCeil(tensor.getElementTypeBitWidth(), 8);
  for (int64_t size : tensor.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      return -1;
  return bytes;
}

namespace {
struct HoistConstants : tenon::infer::impl::InferHoistConstantsPassBase<HoistConstants> {
  void runOnOperation() override;

  bool isHoistable(Operation *op);
  void moveOut(func::FuncOp main, ArrayRef<Operation *> ops, ArrayRef<Value> results);

  llvm::SetVector<Operation *> hoisted;
};
} // namespace

bool HoistConstants::isHoistable(Operation *op) {
  if (!isDeviceOp(op) && !isFreeView(op))
    return false;
  if (op->getNumOperands() == 0 || !isMemoryEffectFree(op))
    return false;
  int64_t from = 0, to = 0;
  for (Value operand : op->getOperands()) {
    Operation *def = operand.getDefiningOp();
    if (!def || !(isa<ConstantOp>(def) || hoisted.contains(def)) || !isa<RankedTensorType>(operand.getType()))
      return false;
    from += std::max<int64_t>(bytesOf(operand.getType()), 0);
  }
  for (Type type : op->getResultTypes()) {
    int64_t bytes = bytesOf(type);
    if (bytes < 0)
      return false;
    to += bytes;
  }
  if (to <= kSmallBytes || to / 2 <= from)
    return true;
  remark::missed(op->getLoc(), remark::RemarkOpts::name("NotHoisted").category("constants"))
      << remark::metric("Reason", std::string("the result would be much larger than its operands"));
  return false;
}

void HoistConstants::moveOut(func::FuncOp main, ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  OpBuilder builder(main.getContext());
  builder.setInsertionPointAfter(main);
  auto init = func::FuncOp::create(builder, main.getLoc(), "init", builder.getFunctionType({}, TypeRange(ValueRange(results))));
  init.setPrivate();
  Block *body = init.addEntryBlock();
  IRMapping map;
  SmallVector<Attribute> constants;
  builder.setInsertionPointToStart(body);
  for (Operation *op : ops) {
    for (Value operand : op->getOperands()) {
      if (map.contains(operand))
        continue;
      auto constant = operand.getDefiningOp<ConstantOp>();
      // Small ones may be read by shape functions; they are part of the code.
      if (isa<DenseElementsAttr>(constant.getValue())) {
        map.map(operand, builder.clone(*constant)->getResult(0));
        continue;
      }
      map.map(operand, body->addArgument(operand.getType(), operand.getLoc()));
      constants.push_back(constant.getValue());
    }
    builder.clone(*op, map);
  }
  func::ReturnOp::create(builder, main.getLoc(), llvm::map_to_vector(results, [&](Value value) { return map.lookup(value); }));
  init.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), TypeRange(ValueRange(results))));
  for (auto [index, constant] : llvm::enumerate(constants))
    init.setArgAttr(index, "infer.constant", constant);

  for (auto [index, hoistedResult] : llvm::enumerate(results)) {
    Value result = hoistedResult;
    unsigned number = main.getNumArguments();
    auto attributes = builder.getDictionaryAttr(builder.getNamedAttr("infer.init", builder.getI64IntegerAttr(index)));
    if (failed(main.insertArgument(number, result.getType(), attributes, result.getLoc())))
      return signalPassFailure();
    result.replaceAllUsesWith(main.getArgument(number));
  }
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}

void HoistConstants::runOnOperation() {
  auto main = getOperation().lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal() || getOperation().lookupSymbol("init"))
    return;
  for (Operation &op : main.getBody().front())
    if (isHoistable(&op))
      hoisted.insert(&op);
  // Views alone cost nothing where they are; those that nothing hoisted uses stay.
  bool changed = true;
  while (changed) {
    changed = false;
    for (Operation *op : llvm::to_vector(hoisted)) {
      bool needed = isDeviceOp(op) || llvm::any_of(op->getUsers(), [&](Operation *user) { return hoisted.contains(user); });
      bool ofHoisted = llvm::any_of(op->getOperands(), [&](Value operand) { return hoisted.contains(operand.getDefiningOp()); });
      if (!needed && !ofHoisted) {
        hoisted.remove(op);
        changed = true;
      }
    }
  }
  if (hoisted.empty())
    return;
  SmallVector<Value> results;
  for (Operation *op : hoisted)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !hoisted.contains(user); }))
        results.push_back(result);
  moveOut(main, hoisted.getArrayRef(), results);
}
