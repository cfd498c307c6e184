// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constant subgraphs -> func.func @init: what the compiler computes once, by the code that it makes for it.
//
//   %w = infer.constant           func.func @main(%x, %w2 {infer.init = 0})        func.func @init(%w {infer.constant = ...}) -> tensor
//   %w2 = infer.mul %w, %s   ->     infer.conv %x, %w2                               infer.mul %w, %s
//   infer.conv %x, %w2
// Constants are arguments of @init, so that the large ones stay where they are when it runs. Both versions of @main share it.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Infer/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
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
/// @init while it is made: equal constants, ops and results are there once.
class InitFunction {
public:
  explicit InitFunction(func::FuncOp main);
  /// Copies an op of which `map` has all operands but constants.
  void add(Operation *op, IRMapping &map);
  unsigned resultNumber(Value value);
  void finish();

private:
  Operation *unique(Operation *op);
  Value argument(ConstantOp constant);

  OpBuilder builder;
  func::FuncOp init;
  Block *body;
  llvm::DenseMap<Attribute, Value> arguments;
  llvm::DenseMap<size_t, SmallVector<Operation *, 1>> known;
  llvm::SetVector<Value> results;
};

struct HoistConstants : tenon::infer::impl::InferHoistConstantsPassBase<HoistConstants> {
  void runOnOperation() override;

  bool isHoistable(Operation *op);
  void findHoisted(func::FuncOp version);
  LogicalResult moveOut(func::FuncOp version, InitFunction &init);

  llvm::SetVector<Operation *> hoisted; // of the version at hand
};
} // namespace

InitFunction::InitFunction(func::FuncOp main) : builder(main.getContext()) {
  builder.setInsertionPointAfter(main);
  init = func::FuncOp::create(builder, main.getLoc(), "init", builder.getFunctionType({}, {}));
  init.setPrivate();
  body = init.addEntryBlock();
  builder.setInsertionPointToStart(body);
}

Value InitFunction::argument(ConstantOp constant) {
  Value &argument = arguments[constant.getValue()];
  if (!argument)
    argument = body->addArgument(constant.getType(), constant.getLoc());
  return argument;
}

/// The equal op that is there, in place of `op`, or `op`.
Operation *InitFunction::unique(Operation *op) {
  constexpr auto flags = OperationEquivalence::IgnoreLocations;
  auto hash = OperationEquivalence::computeHash(op, OperationEquivalence::directHashValue, OperationEquivalence::ignoreHashValue, flags);
  SmallVector<Operation *, 1> &candidates = known[hash];
  for (Operation *candidate : candidates)
    if (OperationEquivalence::isEquivalentTo(candidate, op, OperationEquivalence::exactValueMatch, /*markEquivalent=*/nullptr, flags)) {
      op->erase();
      return candidate;
    }
  candidates.push_back(op);
  return op;
}

void InitFunction::add(Operation *op, IRMapping &map) {
  for (Value operand : op->getOperands()) {
    if (map.contains(operand))
      continue;
    // Small ones may be read by shape functions; they are part of the code.
    auto constant = operand.getDefiningOp<ConstantOp>();
    bool isSmall = isa<DenseElementsAttr>(constant.getValue());
    map.map(operand, isSmall ? unique(builder.clone(*constant))->getResult(0) : argument(constant));
  }
  IRMapping local(map);
  map.map(op->getResults(), unique(builder.clone(*op, local))->getResults());
}

unsigned InitFunction::resultNumber(Value value) {
  results.insert(value);
  return llvm::find(results, value) - results.begin();
}

void InitFunction::finish() {
  TypeRange types(results.getArrayRef());
  func::ReturnOp::create(builder, init.getLoc(), results.getArrayRef());
  init.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), types));
  for (auto [constant, argument] : arguments)
    init.setArgAttr(cast<BlockArgument>(argument).getArgNumber(), "infer.constant", constant);
}

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

/// What of the version's top level is constant and worth computing once.
void HoistConstants::findHoisted(func::FuncOp version) {
  hoisted.clear();
  for (Operation &op : version.getBody().front())
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
}

LogicalResult HoistConstants::moveOut(func::FuncOp version, InitFunction &init) {
  IRMapping map;
  for (Operation *op : hoisted)
    init.add(op, map);
  Builder builder(version.getContext());
  for (Operation *op : hoisted)
    for (Value result : op->getResults()) {
      if (llvm::all_of(result.getUsers(), [&](Operation *user) { return hoisted.contains(user); }))
        continue;
      unsigned number = version.getNumArguments();
      Attribute index = builder.getI64IntegerAttr(init.resultNumber(map.lookup(result)));
      auto attributes = builder.getDictionaryAttr(builder.getNamedAttr("infer.init", index));
      if (failed(version.insertArgument(number, result.getType(), attributes, result.getLoc())))
        return failure();
      result.replaceAllUsesWith(version.getArgument(number));
    }
  for (Operation *op : llvm::reverse(hoisted.getArrayRef()))
    op->erase();
  return success();
}

void HoistConstants::runOnOperation() {
  auto main = getOperation().lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal() || getOperation().lookupSymbol("init"))
    return;
  std::optional<InitFunction> init;
  for (func::FuncOp version : versionsOf(getOperation())) {
    findHoisted(version);
    if (hoisted.empty())
      continue;
    if (!init)
      init.emplace(main);
    if (failed(moveOut(version, *init)))
      return signalPassFailure();
  }
  if (init)
    init->finish();
}
