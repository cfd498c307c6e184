// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Host programs as instructions: SSA integers become registers or constants, !plan.buffer values become entries of the buffer table.
//
// What is known at binding goes to the prologue, wherever it stands. A value of a branch or loop is a register (or slot, for memory) that
// each side assigns at its end.
#include "lib/Engine/ProgramWriterImpl.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

std::optional<ElementType> tenon::engine::elementTypeOf(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1:
      return ElementType::boolean;
    case 4:
      return isUnsigned ? ElementType::u4 : ElementType::i4;
    case 8:
      return isUnsigned ? ElementType::u8 : ElementType::i8;
    case 16:
      return isUnsigned ? ElementType::u16 : ElementType::i16;
    case 32:
      return isUnsigned ? ElementType::u32 : ElementType::i32;
    case 64:
      return isUnsigned ? ElementType::u64 : ElementType::i64;
    default:
      return std::nullopt;
    }
  }
  return TypeSwitch<Type, std::optional<ElementType>>(type)
      .Case<Float32Type>([](auto) { return ElementType::f32; })
      .Case<Float64Type>([](auto) { return ElementType::f64; })
      .Case<Float16Type>([](auto) { return ElementType::f16; })
      .Case<BFloat16Type>([](auto) { return ElementType::bf16; })
      .Case<Float8E4M3FNType>([](auto) { return ElementType::f8e4m3; })
      .Case<Float8E5M2Type>([](auto) { return ElementType::f8e5m2; })
      .Case<IndexType>([](auto) { return ElementType::i64; })
      .Default([](Type) { return std::nullopt; });
}

BlockT &ProgramWriter::newBlock(unsigned &number) {
  number = tables.program.blocks.size();
  tables.program.blocks.push_back(std::make_unique<BlockT>());
  return *tables.program.blocks.back();
}

unsigned ProgramWriter::newBuffer(Storage storage, unsigned index, Operand offset, Operand bytes) {
  auto buffer = std::make_unique<BufferT>();
  buffer->storage = storage;
  buffer->index = index;
  buffer->offset = std::make_unique<Operand>(offset);
  buffer->bytes = std::make_unique<Operand>(bytes);
  tables.program.buffers.push_back(std::move(buffer));
  return tables.program.buffers.size() - 1;
}

Operand ProgramWriter::operand(Value value) {
  APInt known;
  if (matchPattern(value, m_ConstantInt(&known)))
    return constant(value.getType().isInteger(1) ? known.getZExtValue() : known.getSExtValue());
  auto found = registers.find(value);
  assert(found != registers.end() && "value was not written");
  return found->second;
}

Operand ProgramWriter::scalar(ScalarOp op, Operand a, Operand b, Operand c, BlockT &block) {
  auto instruction = std::make_unique<ScalarT>();
  int reg = newRegister();
  instruction->op = op;
  instruction->dst = reg;
  instruction->a = std::make_unique<Operand>(a);
  instruction->b = std::make_unique<Operand>(b);
  instruction->c = std::make_unique<Operand>(c);
  append(block, std::move(instruction));
  return Operand(0, reg);
}

void ProgramWriter::move(Operand target, Operand value) {
  auto instruction = std::make_unique<ScalarT>();
  instruction->op = ScalarOp::move;
  instruction->dst = target.reg();
  instruction->a = std::make_unique<Operand>(value);
  instruction->b = std::make_unique<Operand>(constant(0));
  instruction->c = std::make_unique<Operand>(constant(0));
  append(*current, std::move(instruction));
}

void ProgramWriter::assign(unsigned slot, unsigned buffer) {
  auto instruction = std::make_unique<AssignT>();
  instruction->dst = slot;
  instruction->src = buffer;
  append(*current, std::move(instruction));
}

LogicalResult ProgramWriter::writeBlock(mlir::Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(writeOp(&op)))
      return failure();
  return success();
}

LogicalResult ProgramWriter::writeOp(Operation *op) {
  if (isa<arith::ArithDialect>(op->getDialect()))
    return writeArith(op);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<scf::IfOp>([&](auto conditional) { return writeIf(conditional); })
      .Case<scf::WhileOp>([&](auto loop) { return writeWhile(loop); })
      .Case<scf::ForOp>([&](auto loop) { return writeFor(loop); })
      .Case<plan::LaunchOp>([&](auto launch) { return writeLaunch(launch); })
      .Case<plan::OutputOp>([&](auto output) { return writeOutput(output); })
      .Case<plan::ConstantOp, plan::OutputBufferOp, plan::AllocOp, plan::ViewOp>([&](auto memory) { return writeMemory(memory); })
      .Case<plan::InputDimOp>([&](plan::InputDimOp dim) {
        registers[dim.getResult()] = inputDim(dim.getInput(), dim.getAxis());
        return success();
      })
      .Case<plan::SymbolOp>([&](plan::SymbolOp symbol) -> LogicalResult {
        auto entry = std::make_unique<SymbolT>();
        entry->name = symbol.getName().str();
        entry->minimum = std::max<int64_t>(symbol.getMinimum(), 0);
        entry->maximum = symbol.getMaximum();
        tables.symbols.push_back(std::move(entry));
        tables.program.symbols.push_back(operand(symbol.getValue()).reg());
        return success();
      })
      .Case<plan::GuardOp>([&](plan::GuardOp guard) {
        auto instruction = std::make_unique<GuardT>();
        instruction->condition = std::make_unique<Operand>(operand(guard.getCondition()));
        instruction->message = guard.getMessage().str();
        bool early = isa<func::FuncOp>(op->getParentOp()) && bindingTime.isKnown(guard.getCondition());
        append(early ? prologue() : *current, std::move(instruction));
        return success();
      })
      .Case<plan::HostCallOp>([&](auto call) { return writeHostCall(call); })
      .Case<plan::CopyOp>([&](plan::CopyOp copy) {
        auto instruction = std::make_unique<CopyT>();
        instruction->src = bufferNumber(copy.getSource());
        instruction->dst = bufferNumber(copy.getTarget());
        instruction->bytes = std::make_unique<Operand>(operand(copy.getBytes()));
        append(*current, std::move(instruction));
        return success();
      })
      .Case<plan::WriteScalarsOp>([&](plan::WriteScalarsOp write) {
        auto instruction = std::make_unique<WriteScalarsT>();
        instruction->buffer = bufferNumber(write.getTarget());
        instruction->type = elementTypeOf(write.getElementType()).value_or(ElementType::i64);
        for (Value value : write.getValues())
          instruction->values.push_back(operand(value));
        append(*current, std::move(instruction));
        return success();
      })
      .Case<plan::ReadScalarOp>([&](plan::ReadScalarOp read) {
        auto instruction = std::make_unique<ReadScalarT>();
        int reg = newRegister();
        instruction->dst = reg;
        instruction->buffer = bufferNumber(read.getSource());
        instruction->type = elementTypeOf(read.getElementType()).value_or(ElementType::i64);
        instruction->index = std::make_unique<Operand>(operand(read.getIndex()));
        instruction->reason = read.getReason().str();
        append(*current, std::move(instruction));
        registers[read.getResult()] = Operand(0, reg);
        return success();
      })
      .Default([](Operation *other) { return other->emitError("expected an op of the host program, got ") << other->getName(); });
}

std::unique_ptr<TensorMapT> ProgramWriter::tensorMap(plan::TensorMapAttr map, ValueRange values) {
  auto result = std::make_unique<TensorMapT>();
  result->buffer = map.getBuffer();
  result->type = elementTypeOf(map.getElement()).value_or(ElementType::u8);
  for (auto [index, value] : llvm::enumerate(values))
    (index < map.getRank() ? result->dims : result->strides).push_back(operand(value));
  result->box.assign(map.getBox().begin(), map.getBox().end());
  result->steps.assign(map.getStep().begin(), map.getStep().end());
  result->steps.resize(map.getRank(), 1);
  result->lower.assign(map.getLower().begin(), map.getLower().end());
  result->upper.assign(map.getUpper().begin(), map.getUpper().end());
  result->swizzle = map.getSwizzle();
  return result;
}

LogicalResult ProgramWriter::writeLaunch(plan::LaunchOp op) {
  auto kernel = kernelNumbers.find(op.getKernel());
  if (kernel == kernelNumbers.end())
    return op.emitError("expected code for kernel ") << op.getKernel();
  auto instruction = std::make_unique<LaunchT>();
  instruction->kernel = kernel->second;
  instruction->grid_x = std::make_unique<Operand>(operand(op.getGridX()));
  instruction->grid_y = std::make_unique<Operand>(operand(op.getGridY()));
  instruction->grid_z = std::make_unique<Operand>(operand(op.getGridZ()));
  instruction->scratch = std::make_unique<Operand>(operand(op.getScratch()));
  for (Value buffer : op.getBuffers())
    instruction->buffers.push_back(bufferNumber(buffer));
  for (Value value : op.getScalars())
    instruction->scalars.push_back(operand(value));
  ValueRange mapValues = op.getMapValues();
  for (plan::TensorMapAttr map : op.getTensorMaps()) {
    instruction->maps.push_back(tensorMap(map, mapValues.take_front(map.getNumValues())));
    mapValues = mapValues.drop_front(map.getNumValues());
  }
  append(*current, std::move(instruction));

  KernelT &entry = *tables.kernels[kernel->second];
  entry.num_scalars = op.getScalars().size();
  entry.num_maps = op.getTensorMaps().size();
  entry.writes.assign(op.getWrites().begin(), op.getWrites().end());
  op.getLoc()->walk([&](Location location) {
    if (auto name = dyn_cast<NameLoc>(location))
      if (kernelNodes.insert({kernel->second, name.getName()}).second)
        entry.nodes.push_back(name.getName().str());
    return WalkResult::advance();
  });
  return success();
}

LogicalResult ProgramWriter::writeHostCall(plan::HostCallOp op) {
  std::optional<ElementType> type = elementTypeOf(op.getElementType());
  if (!type)
    return op.emitError("expected an element type that engines know, got ") << op.getElementType();
  auto instruction = std::make_unique<HostCallT>();
  instruction->function = op.getCallee().str();
  instruction->type = *type;
  for (ValueRange values : {ValueRange(op.getInputs()), ValueRange(op.getOutputs())})
    for (Value buffer : values)
      instruction->buffers.push_back(bufferNumber(buffer));
  for (Value value : op.getScalars())
    instruction->scalars.push_back(operand(value));
  append(*current, std::move(instruction));
  return success();
}

LogicalResult ProgramWriter::writeMemory(Operation *op) {
  Value result = op->getResult(0);
  if (auto constantOp = dyn_cast<plan::ConstantOp>(op)) {
    if (constantOp.getIndex() >= constants.size())
      return op->emitError("expected a constant number below ") << constants.size() << ", got " << constantOp.getIndex();
    auto [entry, isNew] = constantBuffers.try_emplace(constantOp.getIndex(), 0);
    const ConstantPlace &place = constants[constantOp.getIndex()];
    if (isNew)
      entry->second = newBuffer(Storage::constant, place.segment, constant(place.offset), constant(place.bytes));
    buffers[result] = entry->second;
  } else if (auto output = dyn_cast<plan::OutputBufferOp>(op)) {
    buffers[result] = newBuffer(Storage::output, output.getOutput(), constant(0), operand(output.getBytes()));
  } else if (auto view = dyn_cast<plan::ViewOp>(op)) {
    buffers[result] = newBuffer(Storage::view, bufferNumber(view.getSource()), operand(view.getOffset()), operand(view.getBytes()));
  } else {
    auto alloc = cast<plan::AllocOp>(op);
    bool planned = !alloc.getPool() && bindingTime.isKnown(alloc.getBytes());
    unsigned number = newBuffer(planned ? Storage::arena : Storage::pool, 0, constant(0), operand(alloc.getBytes()));
    buffers[result] = number;
    if (!planned) {
      auto instruction = std::make_unique<AllocT>();
      instruction->buffer = number;
      append(*current, std::move(instruction));
    }
  }
  return success();
}

LogicalResult ProgramWriter::writeOutput(plan::OutputOp op) {
  if (op.getOutput() >= tables.outputs.size())
    return op.emitError("expected an output number below ") << tables.outputs.size() << ", got " << op.getOutput();
  TensorT &tensor = *tables.outputs[op.getOutput()];
  BindingT &binding = *tables.program.outputs[op.getOutput()];
  binding.buffer = bufferNumber(op.getBuffer());
  for (auto [axis, dim] : llvm::enumerate(op.getDims())) {
    binding.dims.push_back(operand(dim));
    if (binding.dims.back().reg() < 0)
      tensor.dims[axis] = binding.dims.back().value();
    tensor.data_dependent |= !bindingTime.isKnown(dim);
  }
  return success();
}
