// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/TileToNvvm/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace tenon::tile {

Value Emitter::constant(int64_t value) { return arith::ConstantIntOp::create(builder, loc, value, 32); }
Value Emitter::add(Value a, Value b) { return builder.createOrFold<arith::AddIOp>(loc, a, b); }
Value Emitter::subtract(Value a, Value b) { return builder.createOrFold<arith::SubIOp>(loc, a, b); }
Value Emitter::multiply(Value a, Value b) { return builder.createOrFold<arith::MulIOp>(loc, a, b); }
Value Emitter::divide(Value a, Value b) { return builder.createOrFold<arith::DivUIOp>(loc, a, b); }
Value Emitter::remainder(Value a, Value b) { return builder.createOrFold<arith::RemUIOp>(loc, a, b); }
Value Emitter::minimum(Value a, Value b) { return builder.createOrFold<arith::MinUIOp>(loc, a, b); }
Value Emitter::bitXor(Value a, Value b) { return builder.createOrFold<arith::XOrIOp>(loc, a, b); }
Value Emitter::isLess(Value a, Value b) { return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, a, b); }

Value Emitter::thread() { return NVVM::ThreadIdXOp::create(builder, loc, builder.getI32Type()); }

Value Emitter::warpgroup() {
  // The shuffle tells ptxas that the value is uniform: branches on it need no reconvergence, and addresses stay in uniform registers.
  return NVVM::ShflOp::create(builder, loc, builder.getI32Type(), constant(-1), divide(thread(), kWarpgroup), constant(0), constant(0x1f),
                              NVVM::ShflKind::idx, UnitAttr());
}

Value Emitter::threadOffset(LayoutAttr layout, int64_t Position::*coordinate) {
  Value sum = constant(0);
  auto addSteps = [&](ArrayRef<int64_t> flat, Value index) {
    // Neighbouring bits whose steps double are one field of the index: the usual layouts become a division, a remainder and a product.
    SmallVector<Position> steps = getSteps(flat);
    for (size_t bit = 0; bit < steps.size();) {
      int64_t step = steps[bit].*coordinate;
      size_t end = bit + 1;
      while (step && end < steps.size() && steps[end].*coordinate == step << (end - bit))
        ++end;
      if (step)
        sum = add(sum, multiply(remainder(divide(index, int64_t(1) << bit), int64_t(1) << (end - bit)), step));
      bit = end;
    }
  };
  addSteps(layout.getLanes(), lane());
  addSteps(layout.getWarps(), warp());
  return sum;
}

Value Emitter::move(Value pointer, Value bytes) {
  IntegerAttr known;
  if (matchPattern(bytes, m_Constant(&known)) && known.getValue().isZero())
    return pointer;
  return LLVM::GEPOp::create(builder, loc, pointer.getType(), builder.getI8Type(), pointer, ValueRange(bytes));
}

Value Emitter::tileAt(SmemType type, Value ring, Value count) {
  return type.getStages() == 1 ? ring : move(ring, multiply(remainder(count, type.getStages()), type.getTileBytes()));
}

Value Emitter::barrierAt(BarriersType type, Value ring, Value count) {
  return type.getStages() == 1 ? ring : move(ring, multiply(remainder(count, type.getStages()), 8));
}

Value Emitter::parityOf(BarriersType type, Value count) { return remainder(divide(count, type.getStages()), 2); }

Value Emitter::ptx(Type result, const Twine &text, const Twine &constraints, ValueRange operands) {
  auto asmOp = LLVM::InlineAsmOp::create(builder, loc, result ? TypeRange(result) : TypeRange(), operands, builder.getStringAttr(text),
                                         builder.getStringAttr(constraints),
                                         /*has_side_effects=*/builder.getUnitAttr(), /*is_align_stack=*/UnitAttr(),
                                         LLVM::TailCallKindAttr(), LLVM::AsmDialectAttr(), ArrayAttr());
  return result ? asmOp.getRes() : Value();
}

SmallVector<Value> Emitter::unpack(Value fragment) {
  SmallVector<Value> registers;
  for (size_t i = 0; i < cast<LLVM::LLVMStructType>(fragment.getType()).getBody().size(); ++i)
    registers.push_back(LLVM::ExtractValueOp::create(builder, loc, fragment, i));
  return registers;
}

Value Emitter::pack(Type type, ValueRange registers) {
  Value fragment = LLVM::UndefOp::create(builder, loc, type);
  for (auto [i, value] : llvm::enumerate(registers))
    fragment = LLVM::InsertValueOp::create(builder, loc, fragment, value, i);
  return fragment;
}

Type registersOf(FragmentType type) {
  MLIRContext *context = type.getContext();
  Type word = type.getPacking() > 1 ? IntegerType::get(context, 32) : type.getElementType();
  return LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(getElements(type).size() / type.getPacking(), word));
}

} // namespace tenon::tile
