// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// @main and @main_general -> one host program: a branch on what @main takes for granted, decided when shapes are bound.
//
// What both sides give to the caller has its place outside of the branch where its size follows from the inputs, so that outputs are made
// in the caller's memory and their dims are known before anything runs.
#include "dialects/Infer/IR/Versions.h"
#include "conversion/DispatchToPlan/HostProgram.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace tenon;

static bool isVersionCheck(Operation &op) { return isa<cf::AssertOp>(op) && op.hasAttr(infer::kVersionAttr); }

/// Converts what a host value needs; the block is converted as a whole later.
LogicalResult HostProgram::convertAhead(Value value) {
  if (scalars.contains(value) || tensors.contains(value))
    return success();
  Operation *def = value.getDefiningOp();
  if (!def || !(isa<arith::ArithDialect>(def->getDialect()) || isa<tensor::DimOp>(def)))
    return emitError(value.getLoc(), "expected versions that the inputs' dims choose between");
  for (Value operand : def->getOperands())
    if (failed(convertAhead(operand)))
      return failure();
  return convertOp(def);
}

/// Whether all that @main takes for granted holds.
FailureOr<Value> HostProgram::chooseVersion(func::FuncOp main) {
  Value holds = arith::ConstantIntOp::create(builder, main.getLoc(), 1, 1);
  for (Operation &op : main.getBody().front()) {
    if (!isVersionCheck(op))
      continue;
    Value condition = cast<cf::AssertOp>(op).getArg();
    if (failed(convertAhead(condition)))
      return failure();
    holds = arith::AndIOp::create(builder, op.getLoc(), holds, scalars.lookup(condition));
  }
  return holds;
}

/// One side of the branch, without a terminator yet, and the tensors that it returns.
LogicalResult HostProgram::convertVersion(func::FuncOp version, Region &region, SmallVectorImpl<HostTensor> &results) {
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&region);
  auto terminator = cast<func::ReturnOp>(version.getBody().front().getTerminator());
  noteDestinations(terminator);
  noteParts(version);
  for (Operation &op : version.getBody().front().without_terminator()) {
    location = op.getLoc();
    if (!isVersionCheck(op) && failed(convertOp(&op)))
      return failure();
  }
  for (Value operand : terminator.getOperands())
    results.push_back(tensors.lookup(operand));
  return success();
}

/// Moves the arithmetic that gives `value` out of the branch.
static void hoist(Value value, Operation *branch) {
  Operation *def = value.getDefiningOp();
  if (!def || !branch->isProperAncestor(def))
    return;
  for (Value operand : def->getOperands())
    hoist(operand, branch);
  def->moveBefore(branch);
}

/// Puts other memory in the place of an output's, which several results of a side may be in.
static void replaceBuffer(plan::OutputBufferOp op, Value memory, MutableArrayRef<HostTensor> side) {
  for (HostTensor &tensor : side)
    if (tensor.buffer == op.getResult())
      tensor.buffer = memory;
  op.replaceAllUsesWith(memory);
  op.erase();
}

/// An output whose size follows from the inputs: its memory is named outside of the branch, and each side makes its value there.
void HostProgram::giveOutput(unsigned index, Value holds, scf::IfOp branch, MutableArrayRef<SmallVector<HostTensor>> results) {
  builder.setInsertionPoint(branch);
  HostTensor output{{}, {}, results[0][index].elementType};
  for (auto [a, b] : llvm::zip_equal(results[0][index].dims, results[1][index].dims)) {
    hoist(a, branch);
    hoist(b, branch);
    output.dims.push_back(a == b ? a : arith::SelectOp::create(builder, location, holds, a, b).getResult());
  }
  output.buffer = plan::OutputBufferOp::create(builder, location, bufferType, index, bytesOf(output.elementType, output.dims)).getResult();
  for (auto [side, region] : llvm::zip_equal(results, branch->getRegions())) {
    HostTensor tensor = side[index];
    auto own = tensor.buffer.getDefiningOp<plan::OutputBufferOp>();
    if (own && own.getOutput() == index) {
      replaceBuffer(own, output.buffer, side);
      continue;
    }
    builder.setInsertionPointToEnd(&region.front());
    plan::CopyOp::create(builder, location, tensor.buffer, output.buffer, bytesOf(tensor.elementType, tensor.dims));
  }
  builder.setInsertionPointAfter(branch);
  plan::OutputOp::create(builder, location, index, output.buffer, output.dims);
}

/// Result `index` of a side in memory of a pool, which the caller gets.
HostTensor HostProgram::toPool(unsigned index, MutableArrayRef<HostTensor> side) {
  auto own = side[index].buffer.getDefiningOp<plan::OutputBufferOp>();
  if (!own || own.getOutput() != index)
    return copyToPool(side[index]);
  OpBuilder at(own);
  replaceBuffer(own, plan::AllocOp::create(at, own.getLoc(), bufferType, own.getBytes(), /*pool=*/true), side);
  return side[index];
}

LogicalResult HostProgram::convertVersions(func::FuncOp main, func::FuncOp general) {
  llvm::StringMap<Value> symbols;
  main.walk([&](infer::SymbolicDimOp symbol) { symbols[symbol.getName()] = scalars.lookupOrNull(symbol.getResult()); });
  general.walk([&](infer::SymbolicDimOp symbol) {
    if (Value value = symbols.lookup(symbol.getName()))
      scalars.map(symbol.getResult(), value);
  });
  for (auto [own, other] : llvm::zip_equal(main.getArguments(), general.getArguments()))
    tensors[other] = tensors.lookup(own);
  FailureOr<Value> holds = chooseVersion(main);
  if (failed(holds))
    return failure();

  auto branch = scf::IfOp::create(builder, main.getLoc(), TypeRange(), *holds, /*withElseRegion=*/true);
  SmallVector<HostTensor> results[2];
  for (auto [side, version, region] : llvm::zip_equal(results, ArrayRef<func::FuncOp>{main, general}, branch->getRegions())) {
    region.getBlocks().clear();
    if (failed(convertVersion(version, region, side)))
      return failure();
  }

  // Sizes that only the run tells leave the branch with their memory.
  SmallVector<unsigned> late;
  SmallVector<Type> types;
  SmallVector<Value> yielded[2];
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    if (areKnownAtBinding(results[0][i].dims) && areKnownAtBinding(results[1][i].dims)) {
      giveOutput(i, *holds, branch, results);
      continue;
    }
    late.push_back(i);
    types.push_back(bufferType);
    types.append(results[0][i].dims.size(), indexType);
    for (unsigned side : {0, 1}) {
      builder.setInsertionPointToEnd(&branch->getRegion(side).front());
      HostTensor tensor = toPool(i, results[side]);
      yielded[side].push_back(tensor.buffer);
      llvm::append_range(yielded[side], tensor.dims);
    }
  }
  for (unsigned side : {0, 1}) {
    builder.setInsertionPointToEnd(&branch->getRegion(side).front());
    scf::YieldOp::create(builder, branch.getLoc(), yielded[side]);
  }
  builder.setInsertionPoint(branch);
  auto whole = scf::IfOp::create(builder, branch.getLoc(), types, *holds, /*withElseRegion=*/true);
  whole.getThenRegion().takeBody(branch.getThenRegion());
  whole.getElseRegion().takeBody(branch.getElseRegion());
  branch.erase();
  builder.setInsertionPointToEnd(entry);
  ValueRange values = whole.getResults();
  for (unsigned i : late) {
    size_t rank = results[0][i].dims.size();
    plan::OutputOp::create(builder, location, i, values.front(), values.slice(1, rank));
    values = values.drop_front(1 + rank);
  }
  func::ReturnOp::create(builder, location);
  return success();
}
