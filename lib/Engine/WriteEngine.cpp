// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Assembly of an engine: code segments, constant segments, then the header that describes them.
#include "lib/Engine/WriteEngine.h"

#include "lib/Engine/EngineFile.h"
#include "lib/Engine/ProgramWriter.h"
#include "tenon/version.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

/// Constants share segments up to this size: the loader hashes segments in parallel.
static constexpr uint64_t kSegmentBytes = uint64_t(64) << 20;

namespace {
/// Writes each constant once, whichever programs use it.
class ConstantWriter {
public:
  /// `segment` is the number of the first one.
  ConstantWriter(EngineFile &file, unsigned segment, ConstantProvider derived, const Cancellation *cancellation)
      : file(file), segment(segment), derived(derived), cancellation(cancellation) {}

  /// Places of all constants of `module`. What no earlier program has begins a segment: a device loads what its own program uses.
  FailureOr<std::vector<ConstantPlace>> write(ModuleOp module);

private:
  LogicalResult append(Attribute attribute);

  EngineFile &file;
  unsigned segment;
  ConstantProvider derived;
  const Cancellation *cancellation;
  bool open = false;
  llvm::DenseMap<Attribute, ConstantPlace> written;
};
} // namespace

LogicalResult ConstantWriter::append(Attribute attribute) {
  if (!open)
    file.beginSegment(SegmentKind::constants);
  open = true;
  file.alignTo(kBufferAlignment);
  uint64_t begin = file.segmentSize();
  auto sink = [&](ArrayRef<uint8_t> bytes) { file.append(bytes); };
  auto elements = dyn_cast<ElementsAttr>(attribute);
  if (failed(elements && hasBytes(elements) ? streamElements(elements, sink) : derived(attribute, sink)))
    return failure();
  written[attribute] = {segment, static_cast<int64_t>(begin), static_cast<int64_t>(file.segmentSize() - begin)};
  return success();
}

FailureOr<std::vector<ConstantPlace>> ConstantWriter::write(ModuleOp module) {
  auto constants = module->getAttrOfType<ArrayAttr>("plan.constants");
  if (!constants)
    return module.emitError("expected plan.constants on the module");
  auto endSegment = [&] {
    file.endSegment();
    ++segment;
    open = false;
  };
  std::vector<ConstantPlace> places;
  for (auto [index, attribute] : llvm::enumerate(constants)) {
    if (cancellation && cancellation->isRequested())
      return failure();
    if (!written.contains(attribute) && failed(append(attribute)))
      return module.emitError("expected constant ") << index << " to have bytes";
    places.push_back(written[attribute]);
    if (open && file.segmentSize() >= kSegmentBytes)
      endSegment();
  }
  if (open)
    endSegment();
  return places;
}

static void writeMetadata(ModuleOp module, EngineT &header) {
  auto metadata = module->getAttrOfType<DictionaryAttr>("infer.metadata");
  if (!metadata)
    return;
  for (NamedAttribute entry : metadata) {
    auto value = dyn_cast<StringAttr>(entry.getValue());
    if (!value)
      continue;
    auto property = std::make_unique<PropertyT>();
    property->key = entry.getName().str();
    property->value = value.str();
    header.metadata.push_back(std::move(property));
  }
}

/// Header entries of a program and one of its targets, whose code begins with segment `segment`.
static FailureOr<HostProgramTables> writeTarget(func::FuncOp main, const EngineCode &code, unsigned segment, ArrayRef<ConstantPlace> places,
                                                TargetT &target) {
  std::vector<std::string> names;
  for (const EngineKernel &kernel : code.kernels)
    names.push_back(kernel.name);
  FailureOr<HostProgramTables> tables = writeProgram(main, places, names);
  if (failed(tables))
    return failure();
  target.device = code.device;
  target.arch = code.arch;
  target.features = code.features;
  target.kernels = std::move(tables->kernels);
  for (auto [entry, kernel] : llvm::zip_equal(target.kernels, code.kernels)) {
    entry->segment = segment + kernel.file;
    entry->entry = kernel.entry;
    entry->threads = kernel.threads;
    entry->scratch_space = kernel.scratchSpace;
    entry->cluster = kernel.cluster;
    entry->persistent = kernel.persistent;
    entry->waits = kernel.waits;
    entry->early = kernel.early;
  }
  target.program = std::make_unique<ProgramT>(std::move(tables->program));
  for (const ConstantPlace &place : places)
    target.constants_bytes += place.bytes;
  return std::move(*tables);
}

/// Do callers see the same tensor?
static bool isSame(ArrayRef<std::unique_ptr<TensorT>> tensors, ArrayRef<std::unique_ptr<TensorT>> others) {
  return llvm::equal(tensors, others, [](const std::unique_ptr<TensorT> &tensor, const std::unique_ptr<TensorT> &other) {
    return tensor->name == other->name && tensor->type == other->type && tensor->dims == other->dims &&
           tensor->data_dependent == other->data_dependent;
  });
}

static unsigned writeCode(EngineFile &file, ArrayRef<EngineProgram> programs) {
  unsigned numSegments = 0;
  for (const EngineProgram &program : programs)
    for (const EngineCode &code : program.targets)
      for (const std::string &bytes : code.files) {
        file.beginSegment(SegmentKind::code);
        file.append({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
        file.endSegment();
        ++numSegments;
      }
  return numSegments;
}

/// All targets of `program`; `segment` is the number of its first segment of code.
static LogicalResult writeTargets(const EngineProgram &program, ArrayRef<ConstantPlace> places, unsigned &segment, EngineT &header) {
  ModuleOp module = program.module;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("expected a function named main");
  for (const EngineCode &code : program.targets) {
    auto target = std::make_unique<TargetT>();
    FailureOr<HostProgramTables> tables = writeTarget(main, code, segment, places, *target);
    if (failed(tables))
      return failure();
    segment += code.files.size();
    if (header.targets.empty()) {
      header.inputs = std::move(tables->inputs);
      header.outputs = std::move(tables->outputs);
      header.symbols = std::move(tables->symbols);
    } else if (!isSame(header.inputs, tables->inputs) || !isSame(header.outputs, tables->outputs)) {
      return module.emitError("expected the interface of the program for ") << header.targets.front()->arch;
    }
    header.targets.push_back(std::move(target));
  }
  return success();
}

FailureOr<EngineFacts> tenon::engine::writeEngine(ArrayRef<EngineProgram> programs, const EngineOptions &options,
                                                  ConstantProvider derived) {
  ModuleOp first = programs.front().module;
  auto refuseFile = [&](llvm::Error error) -> FailureOr<EngineFacts> {
    std::string problem = llvm::toString(std::move(error));
    if (!options.fileProblem)
      return first.emitError(problem);
    *options.fileProblem = problem;
    return failure();
  };
  llvm::Expected<std::unique_ptr<EngineFile>> file = EngineFile::create(options.path);
  if (!file)
    return refuseFile(file.takeError());
  EngineT header;
  header.version = kFormatVersion;
  header.producer = std::string("tenon ") + TENON_VERSION_STRING;
  header.report = options.report;
  writeMetadata(first, header);
  ConstantWriter constants(**file, writeCode(**file, programs), derived, options.cancellation);
  unsigned segment = 0;
  for (const EngineProgram &program : programs) {
    FailureOr<std::vector<ConstantPlace>> places = constants.write(program.module);
    if (failed(places) || failed(writeTargets(program, *places, segment, header)))
      return failure();
  }
  const TargetT &best = *header.targets.front();
  EngineFacts facts;
  facts.constantsBytes = best.constants_bytes;
  facts.arenaBytes = best.program->arena_bytes;
  facts.liveBytes = best.program->live_bytes;
  facts.arenaStatic = best.program->arena_static;
  if (llvm::Error error = (*file)->finish(header))
    return refuseFile(std::move(error));
  facts.memory = (*file)->takeMemory();
  return facts;
}
