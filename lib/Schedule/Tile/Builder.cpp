// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Tile/Builder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tenon::schedule;
using namespace tenon::tile;

KernelOp KernelBuilder::kernel(StringRef name, TypeRange inputs, int64_t threads, int64_t cluster, function_ref<void(ValueRange)> body) {
  auto op = create<KernelOp>(name, builder.getFunctionType(inputs, {}), threads, cluster, ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &entry = op.getBody().emplaceBlock();
  entry.addArguments(inputs, SmallVector<Location>(inputs.size(), loc));
  builder.setInsertionPointToStart(&entry);
  body(entry.getArguments());
  create<tile::ReturnOp>();
  return op;
}

void KernelBuilder::roles(function_ref<void()> body) {
  auto op = create<RolesOp>();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op.getBody().emplaceBlock());
  body();
}

void KernelBuilder::role(StringRef name, int64_t warpgroups, int64_t registers, function_ref<void(Value)> body) {
  auto op = create<RoleOp>(builder.getStringAttr(name), builder.getI64IntegerAttr(warpgroups),
                           registers ? builder.getI64IntegerAttr(registers) : IntegerAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block &block = op.getBody().emplaceBlock();
  block.addArgument(builder.getI32Type(), loc);
  builder.setInsertionPointToStart(&block);
  body(block.getArgument(0));
  create<YieldOp>();
}

void KernelBuilder::elect(function_ref<void()> body) {
  auto op = create<ElectOp>();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op.getBody().emplaceBlock());
  body();
  create<YieldOp>();
}

ValueRange KernelBuilder::loop(Value first, Value end, Value step, ValueRange carried,
                               function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto op = create<scf::ForOp>(first, end, step, carried,
                               [&](OpBuilder &, Location, Value index, ValueRange values) { create<scf::YieldOp>(body(index, values)); });
  return op.getResults();
}

void KernelBuilder::onlyIf(Value condition, function_ref<void()> body) {
  create<scf::IfOp>(condition, [&](OpBuilder &, Location) {
    body();
    create<scf::YieldOp>();
  });
}

Value KernelBuilder::addFragments(Value a, Value b) {
  auto map = create<MapOp>(TypeRange(a.getType()), ValueRange{a, b});
  OpBuilder::InsertionGuard guard(builder);
  Block &body = map.getBody().emplaceBlock();
  Type element = cast<FragmentType>(a.getType()).getElementType();
  body.addArguments({element, element}, {loc, loc});
  builder.setInsertionPointToStart(&body);
  Value left = body.getArgument(0), right = body.getArgument(1);
  create<YieldOp>(element.isF32() ? create<arith::AddFOp>(left, right).getResult() : create<arith::AddIOp>(left, right).getResult());
  return map.getResult(0);
}

Value KernelBuilder::mapEpilogue(const GemmProblem &problem, ArrayRef<Value> inputs, size_t index) {
  if (!problem.epilogue)
    return inputs.front();
  auto sum = cast<FragmentType>(inputs.front().getType());
  bool isInteger = isa<IntegerType>(index ? problem.furtherOutputs[index - 1] : problem.output);
  Type element = isInteger ? Type(builder.getI32Type()) : builder.getF32Type();
  auto map = create<MapOp>(TypeRange(FragmentType::get(builder.getContext(), sum.getRows(), sum.getColumns(), element)), inputs);
  OpBuilder::InsertionGuard guard(builder);
  Block &body = map.getBody().emplaceBlock();
  for (Value input : inputs)
    body.addArgument(cast<FragmentType>(input.getType()).getElementType(), loc);
  builder.setInsertionPointToStart(&body);
  create<YieldOp>(problem.epilogue(builder, loc, body.getArguments())[index]);
  return map.getResult(0);
}

Value KernelBuilder::movedBy(Value pointer, Type element, ArrayRef<Value> counts) {
  Value index;
  for (Value count : counts) {
    Value wide = create<arith::ExtSIOp>(builder.getI64Type(), count);
    index = index ? create<arith::MulIOp>(index, wide).getResult() : wide;
  }
  return create<LLVM::GEPOp>(pointer.getType(), element, pointer, ValueRange{index});
}

Value KernelBuilder::wide(int64_t value) { return create<arith::ConstantIntOp>(value, 64); }

Value KernelBuilder::narrow(Value value) { return create<arith::TruncIOp>(builder.getI32Type(), value); }

Value KernelBuilder::widen(Value value) { return create<arith::ExtUIOp>(builder.getI64Type(), value); }

Value KernelBuilder::isBelow(Value a, Value b) { return create<arith::CmpIOp>(arith::CmpIPredicate::ult, a, b); }

void KernelBuilder::forEachWorkgroup(Value workgroups, function_ref<void(Value)> body) {
  Type i32 = builder.getI32Type();
  Value block = widen(create<NVVM::BlockIdXOp>(i32)), blocks = widen(create<NVVM::GridDimXOp>(i32));
  loop(block, workgroups, blocks, {}, [&](Value workgroup, ValueRange) {
    body(workgroup);
    return SmallVector<Value>();
  });
}
