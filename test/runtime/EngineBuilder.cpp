// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Building and framing of test engines.
#include "test/runtime/EngineBuilder.h"

#include <cstring>

using namespace tenon::test;

EngineBuilder::EngineBuilder() {
  engine.version = fb::kFormatVersion;
  engine.producer = "runtime tests";
  auto target = std::make_unique<fb::TargetT>();
  target->device = fb::DeviceKind::cpu;
  target->arch = "x86-64";
  target->features = {"sse2"};
  target->program = std::make_unique<fb::ProgramT>();
  engine.targets.push_back(std::move(target));
  segments.push_back(kernelCode());
  auto code = std::make_unique<fb::SegmentT>();
  code->kind = fb::SegmentKind::code;
  engine.segments.push_back(std::move(code));
  program().prologue = addBlock();
  program().main = addBlock();
}

uint32_t EngineBuilder::addBlock() {
  program().blocks.push_back(std::make_unique<fb::BlockT>());
  return uint32_t(program().blocks.size() - 1);
}

uint32_t EngineBuilder::addBuffer(fb::Storage storage, uint32_t index, fb::Operand bytes, fb::Operand offset) {
  auto buffer = std::make_unique<fb::BufferT>();
  buffer->storage = storage;
  buffer->index = index;
  buffer->bytes = box(bytes);
  buffer->offset = box(offset);
  program().buffers.push_back(std::move(buffer));
  return uint32_t(program().buffers.size() - 1);
}

uint32_t EngineBuilder::addArena(fb::Operand bytes, uint32_t first, uint32_t last) {
  uint32_t number = addBuffer(fb::Storage::arena, 0, bytes);
  program().buffers[number]->first = first;
  program().buffers[number]->last = last;
  return number;
}

uint32_t EngineBuilder::addConstant(const std::vector<int32_t> &values) {
  std::vector<uint8_t> bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  auto segment = std::make_unique<fb::SegmentT>();
  segment->kind = fb::SegmentKind::constants;
  engine.segments.push_back(std::move(segment));
  segments.push_back(bytes);
  return addBuffer(fb::Storage::constant, uint32_t(segments.size() - 1), imm(int64_t(bytes.size())));
}

uint32_t EngineBuilder::addKernel(const char *name, tenon_cpu_kernel kernel, uint32_t numScalars, std::vector<bool> writes) {
  auto result = std::make_unique<fb::KernelT>();
  result->name = name;
  result->entry = kernelEntry(kernel);
  result->num_scalars = numScalars;
  result->writes = std::move(writes);
  result->nodes = {std::string("node of ") + name};
  target().kernels.push_back(std::move(result));
  return uint32_t(target().kernels.size() - 1);
}

void EngineBuilder::useCuda(const char *arch) {
  target().device = fb::DeviceKind::cuda;
  target().arch = arch;
  target().features.clear();
  for (std::unique_ptr<fb::KernelT> &kernel : target().kernels) {
    kernel->entry = 0;
    kernel->threads = 64;
  }
}

void EngineBuilder::addTensor(bool isInput, const char *name, fb::ElementType type, std::vector<fb::Operand> dims, uint32_t buffer) {
  auto tensor = std::make_unique<fb::TensorT>();
  tensor->name = name;
  tensor->type = type;
  for (const fb::Operand &dim : dims)
    tensor->dims.push_back(dim.reg() < 0 ? dim.value() : -1);
  auto binding = std::make_unique<fb::BindingT>();
  binding->dims = std::move(dims);
  binding->buffer = buffer;
  (isInput ? engine.inputs : engine.outputs).push_back(std::move(tensor));
  (isInput ? program().inputs : program().outputs).push_back(std::move(binding));
}

void EngineBuilder::addSymbol(const char *name, int64_t minimum, int64_t maximum, int32_t reg) {
  auto symbol = std::make_unique<fb::SymbolT>();
  symbol->name = name;
  symbol->minimum = minimum;
  symbol->maximum = maximum;
  engine.symbols.push_back(std::move(symbol));
  program().symbols.push_back(reg);
}

uint32_t EngineBuilder::addInput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, fb::Operand bytes) {
  auto number = uint32_t(engine.inputs.size());
  addTensor(true, name, type, std::move(dims), addBuffer(fb::Storage::input, number, bytes));
  return number;
}

uint32_t EngineBuilder::addOutput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, fb::Operand bytes) {
  auto number = uint32_t(engine.outputs.size());
  addTensor(false, name, type, std::move(dims), addBuffer(fb::Storage::output, number, bytes));
  return number;
}

uint32_t EngineBuilder::addDynamicOutput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, uint32_t buffer) {
  addTensor(false, name, type, std::move(dims), buffer);
  engine.outputs.back()->data_dependent = true;
  return uint32_t(engine.outputs.size() - 1);
}

template <typename T> void EngineBuilder::push(uint32_t block, T action) {
  auto instruction = std::make_unique<fb::InstructionT>();
  instruction->action.Set(std::move(action));
  program().blocks[block]->instructions.push_back(std::move(instruction));
}

void EngineBuilder::scalar(uint32_t block, fb::ScalarOp op, uint32_t dst, fb::Operand a, fb::Operand b, fb::Operand c) {
  fb::ScalarT action;
  action.op = op;
  action.dst = dst;
  action.a = box(a);
  action.b = box(b);
  action.c = box(c);
  push(block, std::move(action));
}

void EngineBuilder::inputDim(uint32_t block, uint32_t dst, uint32_t input, uint32_t axis) {
  fb::InputDimT action;
  action.dst = dst;
  action.input = input;
  action.axis = axis;
  push(block, std::move(action));
}

void EngineBuilder::guard(uint32_t block, fb::Operand condition, const char *message) {
  fb::GuardT action;
  action.condition = box(condition);
  action.message = message;
  push(block, std::move(action));
}

void EngineBuilder::launch(uint32_t block, uint32_t kernel, fb::Operand gridX, std::vector<uint32_t> buffers,
                           std::vector<fb::Operand> scalars, fb::Operand scratch, fb::Operand gridY, fb::Operand gridZ) {
  fb::LaunchT action;
  action.kernel = kernel;
  action.grid_x = box(gridX);
  action.grid_y = box(gridY);
  action.grid_z = box(gridZ);
  action.scratch = box(scratch);
  action.buffers = std::move(buffers);
  action.scalars = std::move(scalars);
  push(block, std::move(action));
}

void EngineBuilder::copy(uint32_t block, uint32_t dst, uint32_t src, fb::Operand bytes) {
  fb::CopyT action;
  action.dst = dst;
  action.src = src;
  action.bytes = box(bytes);
  push(block, std::move(action));
}

void EngineBuilder::hostCall(uint32_t block, const char *function, fb::ElementType type, std::vector<uint32_t> buffers,
                             std::vector<fb::Operand> scalars) {
  fb::HostCallT action;
  action.function = function;
  action.type = type;
  action.buffers = std::move(buffers);
  action.scalars = std::move(scalars);
  push(block, std::move(action));
}

void EngineBuilder::writeScalars(uint32_t block, uint32_t buffer, fb::ElementType type, std::vector<fb::Operand> values) {
  fb::WriteScalarsT action;
  action.buffer = buffer;
  action.type = type;
  action.values = std::move(values);
  push(block, std::move(action));
}

void EngineBuilder::readScalar(uint32_t block, uint32_t dst, uint32_t buffer, fb::ElementType type, fb::Operand index) {
  fb::ReadScalarT action;
  action.dst = dst;
  action.buffer = buffer;
  action.type = type;
  action.index = box(index);
  push(block, std::move(action));
}

void EngineBuilder::alloc(uint32_t block, uint32_t buffer) {
  fb::AllocT action;
  action.buffer = buffer;
  push(block, std::move(action));
}

void EngineBuilder::free(uint32_t block, uint32_t buffer) {
  fb::FreeT action;
  action.buffer = buffer;
  push(block, std::move(action));
}

void EngineBuilder::assign(uint32_t block, uint32_t dst, uint32_t src) {
  fb::AssignT action;
  action.dst = dst;
  action.src = src;
  push(block, std::move(action));
}

void EngineBuilder::ifElse(uint32_t block, fb::Operand condition, uint32_t thenBlock, uint32_t elseBlock) {
  fb::IfT action;
  action.condition = box(condition);
  action.then_block = thenBlock;
  action.else_block = elseBlock;
  push(block, std::move(action));
}

void EngineBuilder::loop(uint32_t block, uint32_t before, fb::Operand condition, uint32_t body) {
  fb::WhileT action;
  action.before_block = before;
  action.condition = box(condition);
  action.body_block = body;
  push(block, std::move(action));
}

std::vector<uint8_t> EngineBuilder::finish() {
  std::vector<uint8_t> file(fb::kPreambleSize);
  for (size_t i = 0; i < segments.size(); ++i) {
    file.resize(fb::alignUp(file.size(), fb::kSegmentAlignment));
    fb::SegmentHasher hasher;
    hasher.update(segments[i].data(), segments[i].size());
    fb::Digest digest = hasher.finish();
    fb::SegmentT &segment = *engine.segments[i];
    segment.offset = file.size();
    segment.size = segments[i].size();
    segment.hash.assign(digest.begin(), digest.end());
    file.insert(file.end(), segments[i].begin(), segments[i].end());
  }
  uint64_t headerOffset = std::max(fb::alignUp(file.size(), fb::kHeaderAlignment), fb::kSegmentAlignment);
  file.resize(headerOffset);
  flatbuffers::FlatBufferBuilder builder;
  fb::FinishEngineBuffer(builder, fb::Engine::Pack(builder, &engine));
  file.insert(file.end(), builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  auto preamble = fb::encodePreamble(file.data() + headerOffset, builder.GetSize(), headerOffset);
  std::memcpy(file.data(), preamble.data(), preamble.size());
  return file;
}

void tenon::test::rehash(std::vector<uint8_t> &file) {
  fb::Preamble preamble = fb::decodePreamble(file.data());
  auto bytes = fb::encodePreamble(file.data() + preamble.headerOffset, preamble.headerSize, preamble.headerOffset);
  std::memcpy(file.data(), bytes.data(), bytes.size());
}

EngineBuilder tenon::test::makeAddEngine() {
  EngineBuilder builder;
  auto n = int32_t(builder.addRegister()), bytes = int32_t(builder.addRegister()), grid = int32_t(builder.addRegister());
  builder.addInput("a", fb::ElementType::i32, {reg(n)}, reg(bytes));
  builder.addInput("b", fb::ElementType::i32, {reg(n)}, reg(bytes));
  builder.addOutput("c", fb::ElementType::i32, {reg(n)}, reg(bytes));
  for (auto *tensor : {&builder.engine.inputs[0], &builder.engine.inputs[1], &builder.engine.outputs[0]})
    (*tensor)->dim_names = {"n"};
  builder.addSymbol("n", 1, 1000, n);
  builder.inputDim(0, n, 0, 0);
  builder.scalar(0, fb::ScalarOp::mul, bytes, reg(n), imm(4));
  builder.scalar(0, fb::ScalarOp::ceil_div, grid, reg(n), imm(16));
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.launch(1, add, reg(grid), {builder.inputBuffer(0), builder.inputBuffer(1), builder.outputBuffer(0)}, {reg(n), imm(16)});
  return builder;
}
