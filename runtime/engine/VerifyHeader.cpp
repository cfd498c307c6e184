// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structure of the FlatBuffer and rules H (header) and T (targets).
#include "runtime/cuda/Architecture.h"
#include "runtime/engine/Schema.h"
#include "runtime/engine/Verifier.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cinttypes>
#include <string_view>

using namespace tenon::runtime;
namespace fb = tenon::engine;

static constexpr unsigned kMaxTableDepth = 64;
static constexpr unsigned kMaxTables = 16u << 20;

/// H2: segments tile the file between preamble and header, with zeros where alignment leaves room.
static Status verifySegments(const Image &image, const fb::Engine &engine) {
  uint64_t end = fb::kPreambleSize;
  for (uint32_t i = 0; i < sizeOf(engine.segments()); ++i) {
    const fb::Segment &segment = *at(engine.segments(), i);
    if (segment.kind() > fb::SegmentKind::MAX)
      return makeError(TENON_INVALID_ENGINE, "H2: segment %u has unknown kind %u", i, unsigned(segment.kind()));
    if (sizeOf(segment.hash()) != sizeof(fb::Digest))
      return makeError(TENON_INVALID_ENGINE, "H2: segment %u: expected a hash of 32 bytes, got %u", i, sizeOf(segment.hash()));
    uint64_t start = fb::alignUp(end, fb::kSegmentAlignment);
    if (segment.offset() != start)
      return makeError(TENON_INVALID_ENGINE, "H2: segment %u: expected offset %" PRIu64 ", got %" PRIu64, i, start, segment.offset());
    if (start > image.getHeaderOffset() || segment.size() > image.getHeaderOffset() - start)
      return makeError(TENON_INVALID_ENGINE, "H2: segment %u of %" PRIu64 " bytes runs into the header", i, segment.size());
    if (!isZero(image.getData() + end, start - end))
      return makeError(TENON_CORRUPT_ENGINE, "H2: bytes between segments are not zero");
    end = start + segment.size();
  }
  uint64_t start = std::max(fb::alignUp(end, fb::kHeaderAlignment), fb::kSegmentAlignment);
  if (start != image.getHeaderOffset())
    return makeError(TENON_INVALID_ENGINE, "H2: expected the header at %" PRIu64 ", got %" PRIu64, start, image.getHeaderOffset());
  if (!isZero(image.getData() + end, start - end))
    return makeError(TENON_CORRUPT_ENGINE, "H2: bytes before the header are not zero");
  return Status();
}

/// H3 for one list of tensors.
static Status verifyTensors(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> *tensors, const char *what) {
  std::vector<std::string_view> names;
  for (uint32_t i = 0; i < sizeOf(tensors); ++i) {
    const fb::Tensor &tensor = *at(tensors, i);
    if (tensor.type() > fb::ElementType::MAX || tensor.type() == fb::ElementType::string)
      return makeError(TENON_INVALID_ENGINE, "H3: %s %u has unsupported element type %u", what, i, unsigned(tensor.type()));
    uint32_t rank = sizeOf(tensor.dims());
    if (rank > uint32_t(fb::kMaxRank))
      return makeError(TENON_INVALID_ENGINE, "H3: %s %u: expected at most %d dims, got %u", what, i, fb::kMaxRank, rank);
    if (sizeOf(tensor.dim_names()) != 0 && sizeOf(tensor.dim_names()) != rank)
      return makeError(TENON_INVALID_ENGINE, "H3: %s %u: expected %u dim names, got %u", what, i, rank, sizeOf(tensor.dim_names()));
    for (uint32_t axis = 0; axis < rank; ++axis) {
      int64_t dim = at(tensor.dims(), axis);
      if (dim < -1)
        return makeError(TENON_INVALID_ENGINE, "H3: %s %u: expected dims of at least -1, got %" PRIi64, what, i, dim);
    }
    names.emplace_back(tensor.name()->string_view());
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end())
    return makeError(TENON_INVALID_ENGINE, "H3: two %ss have the same name", what);
  return Status();
}

/// T1: kernels lie in code segments.
static Status verifyKernels(const fb::Engine &engine, const fb::Target &target) {
  for (uint32_t i = 0; i < sizeOf(target.kernels()); ++i) {
    const fb::Kernel &kernel = *at(target.kernels(), i);
    if (kernel.segment() >= sizeOf(engine.segments()) || at(engine.segments(), kernel.segment())->kind() != fb::SegmentKind::code)
      return makeError(TENON_INVALID_ENGINE, "T1: kernel %u: segment %u is not a code segment", i, kernel.segment());
    uint64_t size = at(engine.segments(), kernel.segment())->size();
    if (kernel.entry() >= size)
      return makeError(TENON_INVALID_ENGINE, "T1: kernel %u: entry %" PRIu64 " is outside its segment of %" PRIu64 " bytes", i,
                       kernel.entry(), size);
  }
  return Status();
}

/// T4 and T5: what a target's device needs to know of its code.
static Status verifyDevice(const fb::Target &target, uint32_t number) {
  bool isCpu = target.device() == fb::DeviceKind::cpu;
  Architecture architecture;
  if (!isCpu && !parseArchitecture(textOf(target.arch()), architecture))
    return makeError(TENON_INVALID_ENGINE, "T5: target %u: '%s' is not an architecture of CUDA devices", number, textOf(target.arch()));
  for (uint32_t i = 0; i < sizeOf(target.kernels()); ++i) {
    const fb::Kernel &kernel = *at(target.kernels(), i);
    if (kernel.scratch_space() > fb::ScratchSpace::MAX)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: unknown scratch space %u", i, unsigned(kernel.scratch_space()));
    if (isCpu && kernel.threads() != 0)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected no threads of a CPU kernel, got %u", i, kernel.threads());
    if (sizeOf(kernel.early()) != 0 && !kernel.waits())
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u reads operands early but waits for nothing", i);
    if (isCpu && kernel.waits())
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected a CPU kernel to leave waiting to the host", i);
    for (uint32_t k = 0; k < sizeOf(kernel.early()); ++k)
      if (at(kernel.early(), k) >= sizeOf(kernel.writes()) || at(kernel.writes(), at(kernel.early(), k)))
        return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: operand %u is none that it reads", i, at(kernel.early(), k));
    if (isCpu)
      continue;
    if (kernel.threads() == 0 || kernel.threads() % fb::kWarpSize != 0 || kernel.threads() > fb::kMaxBlockThreads)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected a multiple of %u threads up to %u, got %u", i, fb::kWarpSize,
                       fb::kMaxBlockThreads, kernel.threads());
    if (kernel.cluster() > 8 || (kernel.cluster() & (kernel.cluster() - 1)) != 0)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected a cluster of 0, 1, 2, 4 or 8 blocks, got %u", i, kernel.cluster());
    if (kernel.entry() != 0)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected entry 0 of a CUDA kernel, got %" PRIu64, i, kernel.entry());
    uint64_t operands = uint64_t(sizeOf(kernel.writes())) + kernel.num_scalars();
    if (operands > fb::kMaxKernelOperands)
      return makeError(TENON_INVALID_ENGINE, "T4: kernel %u: expected at most %u buffers and scalars, got %" PRIu64, i,
                       fb::kMaxKernelOperands, operands);
  }
  return Status();
}

/// T6 for one list: the program binds what the interface has, with the same numbers.
static Status verifyBindings(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> *tensors,
                             const flatbuffers::Vector<flatbuffers::Offset<fb::Binding>> *bindings, const char *what) {
  if (sizeOf(bindings) != sizeOf(tensors))
    return makeError(TENON_INVALID_ENGINE, "T6: expected a program with %u %ss, got %u", sizeOf(tensors), what, sizeOf(bindings));
  for (uint32_t i = 0; i < sizeOf(tensors); ++i) {
    const auto *dims = at(tensors, i)->dims();
    const auto *bound = at(bindings, i)->dims();
    if (sizeOf(bound) != sizeOf(dims))
      return makeError(TENON_INVALID_ENGINE, "T6: %s %u: expected %u dims, got %u", what, i, sizeOf(dims), sizeOf(bound));
    for (uint32_t axis = 0; axis < sizeOf(dims); ++axis) {
      Operand operand = toOperand(at(bound, axis));
      if (at(dims, axis) >= 0 && (operand.reg >= 0 || operand.value != at(dims, axis)))
        return makeError(TENON_INVALID_ENGINE, "T6: %s %u: dim %u is another one in the program", what, i, axis);
    }
  }
  return Status();
}

/// T2 for the buffers of inputs and outputs, and T6.
static Status verifyInterface(const fb::Engine &engine, const fb::Program &program) {
  TENON_TRY(verifyBindings(engine.inputs(), program.inputs(), "input"));
  TENON_TRY(verifyBindings(engine.outputs(), program.outputs(), "output"));
  if (sizeOf(program.symbols()) != sizeOf(engine.symbols()))
    return makeError(TENON_INVALID_ENGINE, "T6: expected a program with %u symbols, got %u", sizeOf(engine.symbols()),
                     sizeOf(program.symbols()));
  uint32_t numBuffers = sizeOf(program.buffers());
  for (uint32_t i = 0; i < sizeOf(program.inputs()); ++i) {
    uint32_t buffer = at(program.inputs(), i)->buffer();
    if (buffer >= numBuffers || at(program.buffers(), buffer)->storage() != fb::Storage::input ||
        at(program.buffers(), buffer)->index() != i)
      return makeError(TENON_INVALID_ENGINE, "T2: input %u: buffer %u is not its storage", i, buffer);
    if (at(engine.inputs(), i)->data_dependent())
      return makeError(TENON_INVALID_ENGINE, "T2: input %u is marked as data-dependent", i);
  }
  for (uint32_t i = 0; i < sizeOf(program.outputs()); ++i)
    if (at(program.outputs(), i)->buffer() >= numBuffers)
      return makeError(TENON_INVALID_ENGINE, "T2: output %u: there is no buffer %u", i, at(program.outputs(), i)->buffer());
  return Status();
}

/// T2 and T3 for each buffer.
static Status verifyStorage(const fb::Engine &engine, const fb::Program &program) {
  for (uint32_t i = 0; i < sizeOf(program.buffers()); ++i) {
    const fb::Buffer &buffer = *at(program.buffers(), i);
    uint32_t index = buffer.index();
    if (buffer.storage() > fb::Storage::MAX)
      return makeError(TENON_INVALID_ENGINE, "T2: buffer %u has unknown storage %u", i, unsigned(buffer.storage()));
    if (buffer.storage() == fb::Storage::input && index >= sizeOf(engine.inputs()))
      return makeError(TENON_INVALID_ENGINE, "T2: buffer %u: there is no input %u", i, index);
    if (buffer.storage() == fb::Storage::output &&
        (index >= sizeOf(engine.outputs()) ||
         at(program.buffers(), at(program.outputs(), index)->buffer())->storage() != fb::Storage::output))
      return makeError(TENON_INVALID_ENGINE, "T2: buffer %u: there is no output %u in the caller's memory", i, index);
    if (buffer.storage() != fb::Storage::constant)
      continue;
    if (index >= sizeOf(engine.segments()) || at(engine.segments(), index)->kind() != fb::SegmentKind::constants)
      return makeError(TENON_INVALID_ENGINE, "T3: buffer %u: segment %u does not hold constants", i, index);
    Operand offset = toOperand(buffer.offset()), bytes = toOperand(buffer.bytes());
    if (offset.reg >= 0 || bytes.reg >= 0 || offset.value % int64_t(fb::kBufferAlignment) != 0 ||
        !fitsInside(offset.value, bytes.value, int64_t(at(engine.segments(), index)->size())))
      return makeError(TENON_INVALID_ENGINE, "T3: buffer %u: %" PRIi64 " bytes at %" PRIi64 " are not a constant of segment %u", i,
                       bytes.value, offset.value, index);
  }
  return Status();
}

Status tenon::runtime::verifyHeader(const Image &image, const fb::Engine *&result) {
  flatbuffers::Verifier verifier(image.getHeader(), image.getHeaderSize(), kMaxTableDepth, kMaxTables);
  if (!fb::VerifyEngineBuffer(verifier))
    return makeError(TENON_CORRUPT_ENGINE, "the engine's header is not a well-formed FlatBuffer");
  const fb::Engine &engine = *fb::GetEngine(image.getHeader());
  if (engine.version() != fb::kFormatVersion)
    return makeError(TENON_WRONG_VERSION, "H1: expected a header of version %u, got version %u", fb::kFormatVersion, engine.version());
  if (sizeOf(engine.targets()) == 0)
    return makeError(TENON_INVALID_ENGINE, "H1: the engine has no target");
  TENON_TRY(verifySegments(image, engine));
  TENON_TRY(verifyTensors(engine.inputs(), "input"));
  TENON_TRY(verifyTensors(engine.outputs(), "output"));
  for (uint32_t i = 0; i < sizeOf(engine.symbols()); ++i) {
    const fb::Symbol &symbol = *at(engine.symbols(), i);
    if (symbol.minimum() < 0 || symbol.maximum() < symbol.minimum())
      return makeError(TENON_INVALID_ENGINE, "H4: symbol %u: expected 0 <= minimum <= maximum, got %" PRIi64 " and %" PRIi64, i,
                       symbol.minimum(), symbol.maximum());
  }
  for (uint32_t i = 0; i < sizeOf(engine.targets()); ++i) {
    const fb::Target &target = *at(engine.targets(), i);
    if (target.device() > fb::DeviceKind::MAX)
      return makeError(TENON_INVALID_ENGINE, "T1: target %u is for unknown device %u", i, unsigned(target.device()));
    TENON_TRY(verifyKernels(engine, target));
    TENON_TRY(verifyDevice(target, i));
    TENON_TRY(verifyInterface(engine, *target.program()));
    TENON_TRY(verifyStorage(engine, *target.program()));
    TENON_TRY(verifyProgram(engine, target, image.getHeaderSize()));
  }
  result = &engine;
  return Status();
}
