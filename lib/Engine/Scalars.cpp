// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Host arithmetic and control flow as instructions over registers. Integers of every width are 64 bits wide in a register.
#include "lib/Engine/ProgramWriterImpl.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

/// The instruction of a two-operand op. Unsigned forms appear on sizes, which are not negative.
static std::optional<ScalarOp> binaryOp(Operation *op) {
  return TypeSwitch<Operation *, std::optional<ScalarOp>>(op)
      .Case<arith::AddIOp>([](auto) { return ScalarOp::add; })
      .Case<arith::SubIOp>([](auto) { return ScalarOp::sub; })
      .Case<arith::MulIOp>([](auto) { return ScalarOp::mul; })
      .Case<arith::FloorDivSIOp>([](auto) { return ScalarOp::floor_div; })
      .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([](auto) { return ScalarOp::ceil_div; })
      .Case<arith::DivSIOp, arith::DivUIOp>([](auto) { return ScalarOp::trunc_div; })
      .Case<arith::RemSIOp, arith::RemUIOp>([](auto) { return ScalarOp::rem; })
      .Case<arith::MinSIOp, arith::MinUIOp>([](auto) { return ScalarOp::min; })
      .Case<arith::MaxSIOp, arith::MaxUIOp>([](auto) { return ScalarOp::max; })
      .Case<arith::AndIOp>([](auto) { return ScalarOp::and_; })
      .Case<arith::OrIOp>([](auto) { return ScalarOp::or_; })
      .Case<arith::XOrIOp>([](auto) { return ScalarOp::xor_; })
      .Default([](Operation *) { return std::nullopt; });
}

/// One of two buffers: a slot that a branch sets.
void ProgramWriter::writeBufferSelect(arith::SelectOp op) {
  declare(op.getResult());
  auto instruction = std::make_unique<IfT>();
  instruction->condition = std::make_unique<Operand>(operand(op.getCondition()));
  BlockT *outer = current;
  current = &newBlock(instruction->then_block);
  assignAll(op.getResult(), op.getTrueValue());
  current = &newBlock(instruction->else_block);
  assignAll(op.getResult(), op.getFalseValue());
  current = outer;
  append(*current, std::move(instruction));
}

LogicalResult ProgramWriter::writeArith(Operation *op) {
  Value result = op->getResult(0);
  if (auto select = dyn_cast<arith::SelectOp>(op); select && isa<plan::BufferType>(result.getType())) {
    writeBufferSelect(select);
    return success();
  }
  if (op->hasTrait<OpTrait::ConstantLike>()) {
    if (!result.getType().isIntOrIndex())
      return op->emitError("expected integers on the host, got ") << result.getType();
    return success();
  }
  BlockT &block = bindingTime.isKnown(result) ? prologue() : *current;
  auto at = [&](unsigned index) { return operand(op->getOperand(index)); };
  if (std::optional<ScalarOp> binary = binaryOp(op)) {
    registers[result] = scalar(*binary, at(0), at(1), constant(0), block);
    return success();
  }
  if (isa<arith::SelectOp>(op) && result.getType().isIntOrIndex()) {
    registers[result] = scalar(ScalarOp::select, at(0), at(1), at(2), block);
    return success();
  }
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    using P = arith::CmpIPredicate;
    P predicate = compare.getPredicate();
    bool swap = predicate == P::sgt || predicate == P::sge || predicate == P::ugt || predicate == P::uge;
    bool strict = predicate == P::slt || predicate == P::ult || predicate == P::sgt || predicate == P::ugt;
    ScalarOp kind = strict ? ScalarOp::lt : ScalarOp::le;
    if (predicate == P::eq || predicate == P::ne)
      kind = predicate == P::eq ? ScalarOp::eq : ScalarOp::ne;
    registers[result] = swap ? scalar(kind, at(1), at(0), constant(0), block) : scalar(kind, at(0), at(1), constant(0), block);
    return success();
  }
  bool widens =
      isa<arith::ExtUIOp, arith::IndexCastUIOp>(op) || (isa<arith::ExtSIOp, arith::IndexCastOp, arith::TruncIOp>(op) &&
                                                        !op->getOperand(0).getType().isInteger(1) && !result.getType().isInteger(1));
  if (widens) {
    registers[result] = at(0);
    return success();
  }
  return op->emitError("expected integer arithmetic that the host program has, got ") << op->getName();
}

void ProgramWriter::declare(Value value) {
  if (isa<plan::BufferType>(value.getType()))
    buffers[value] = newBuffer(Storage::slot, 0, constant(0), constant(0));
  else
    registers[value] = Operand(0, newRegister());
}

void ProgramWriter::assignAll(ValueRange targets, ValueRange values) {
  // A register or slot that is a later source is saved first.
  SmallVector<std::pair<Operand, Operand>> moves;
  SmallVector<std::pair<unsigned, unsigned>> assigns;
  for (unsigned index = 0; index < targets.size(); ++index) {
    Value target = targets[index], value = values[index];
    if (isa<plan::BufferType>(target.getType())) {
      unsigned source = bufferNumber(value);
      bool overwritten = llvm::any_of(targets, [&](Value other) {
        return other != target && isa<plan::BufferType>(other.getType()) && buffers.lookup(other) == source;
      });
      if (overwritten) {
        unsigned saved = newBuffer(Storage::slot, 0, constant(0), constant(0));
        assign(saved, source);
        source = saved;
      }
      assigns.emplace_back(buffers.lookup(target), source);
      continue;
    }
    Operand source = operand(value);
    bool overwritten = source.reg() >= 0 && llvm::any_of(targets, [&](Value other) {
                         return other != target && registers.contains(other) && registers.find(other)->second.reg() == source.reg();
                       });
    if (overwritten)
      source = scalar(ScalarOp::move, source, constant(0), constant(0), *current);
    moves.emplace_back(registers.find(target)->second, source);
  }
  for (auto [target, source] : moves)
    move(target, source);
  for (auto [target, source] : assigns)
    if (target != source)
      assign(target, source);
}

LogicalResult ProgramWriter::writeIf(scf::IfOp op) {
  for (Value result : op.getResults())
    declare(result);
  auto instruction = std::make_unique<IfT>();
  instruction->condition = std::make_unique<Operand>(operand(op.getCondition()));
  BlockT *outer = current;
  for (Region *region : {&op.getThenRegion(), &op.getElseRegion()}) {
    current = &newBlock(region == &op.getThenRegion() ? instruction->then_block : instruction->else_block);
    if (region->empty())
      continue;
    if (failed(writeBlock(region->front())))
      return failure();
    assignAll(op.getResults(), region->front().getTerminator()->getOperands());
  }
  current = outer;
  append(*current, std::move(instruction));
  return success();
}

LogicalResult ProgramWriter::writeWhile(scf::WhileOp op) {
  auto instruction = std::make_unique<WhileT>();
  for (Value argument : op.getBeforeArguments())
    declare(argument);
  assignAll(op.getBeforeArguments(), op.getInits());
  for (auto [argument, result] : llvm::zip_equal(op.getAfterArguments(), op.getResults())) {
    declare(argument);
    if (isa<plan::BufferType>(result.getType()))
      buffers[result] = buffers[argument];
    else
      registers[result] = registers.find(argument)->second;
  }
  BlockT *outer = current;
  current = &newBlock(instruction->before_block);
  if (failed(writeBlock(*op.getBeforeBody())))
    return failure();
  assignAll(op.getAfterArguments(), op.getConditionOp().getArgs());
  instruction->condition = std::make_unique<Operand>(operand(op.getConditionOp().getCondition()));
  current = &newBlock(instruction->body_block);
  if (failed(writeBlock(*op.getAfterBody())))
    return failure();
  assignAll(op.getBeforeArguments(), op.getYieldOp().getOperands());
  current = outer;
  append(*current, std::move(instruction));
  return success();
}

LogicalResult ProgramWriter::writeFor(scf::ForOp op) {
  auto instruction = std::make_unique<WhileT>();
  declare(op.getInductionVar());
  for (auto [argument, result] : llvm::zip_equal(op.getRegionIterArgs(), op.getResults())) {
    declare(argument);
    registers[result] = registers.find(argument)->second;
  }
  Operand counter = registers.find(op.getInductionVar())->second;
  move(counter, operand(op.getLowerBound()));
  assignAll(op.getRegionIterArgs(), op.getInitArgs());
  BlockT &before = newBlock(instruction->before_block);
  instruction->condition = std::make_unique<Operand>(scalar(ScalarOp::lt, counter, operand(op.getUpperBound()), constant(0), before));
  BlockT *outer = current;
  current = &newBlock(instruction->body_block);
  if (failed(writeBlock(*op.getBody())))
    return failure();
  assignAll(op.getRegionIterArgs(), op.getBody()->getTerminator()->getOperands());
  move(counter, scalar(ScalarOp::add, counter, operand(op.getStep()), constant(0), *current));
  current = outer;
  append(*current, std::move(instruction));
  return success();
}
