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

/// `segment` is the number of the first one.
static LogicalResult writeConstants(ModuleOp module, EngineFile &file, unsigned segment, ConstantProvider derived,
                                    std::vector<ConstantPlace> &places, uint64_t &total) {
  auto constants = module->getAttrOfType<ArrayAttr>("plan.constants");
  if (!constants)
    return module.emitError("expected plan.constants on the module");
  bool open = false;
  for (auto [index, attribute] : llvm::enumerate(constants)) {
    if (!open)
      file.beginSegment(SegmentKind::constants);
    open = true;
    file.alignTo(kBufferAlignment);
    uint64_t begin = file.segmentSize();
    auto sink = [&](ArrayRef<uint8_t> bytes) { file.append(bytes); };
    auto elements = dyn_cast<ElementsAttr>(attribute);
    if (failed(elements ? streamElements(elements, sink) : derived(attribute, sink)))
      return module.emitError("expected constant ") << index << " to have bytes";
    places.push_back({segment, static_cast<int64_t>(begin), static_cast<int64_t>(file.segmentSize() - begin)});
    total += file.segmentSize() - begin;
    if (file.segmentSize() >= kSegmentBytes) {
      file.endSegment();
      ++segment;
      open = false;
    }
  }
  if (open)
    file.endSegment();
  return success();
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

/// The code of one target, which begins with segment `segment`, and the program with its kernels.
static FailureOr<std::unique_ptr<TargetT>> writeTarget(func::FuncOp main, const EngineCode &code, unsigned segment,
                                                       ArrayRef<ConstantPlace> places, HostProgramTables &tables) {
  std::vector<std::string> names;
  for (const EngineKernel &kernel : code.kernels)
    names.push_back(kernel.name);
  FailureOr<HostProgramTables> written = writeProgram(main, places, names);
  if (failed(written))
    return failure();
  tables = std::move(*written);
  auto target = std::make_unique<TargetT>();
  target->device = code.device;
  target->arch = code.arch;
  target->features = code.features;
  target->kernels = std::move(tables.kernels);
  for (auto [entry, kernel] : llvm::zip_equal(target->kernels, code.kernels)) {
    entry->segment = segment + kernel.file;
    entry->entry = kernel.entry;
    entry->threads = kernel.threads;
    entry->scratch_space = kernel.scratchSpace;
    entry->cluster = kernel.cluster;
    entry->persistent = kernel.persistent;
  }
  target->program = std::make_unique<ProgramT>(std::move(tables.program));
  return target;
}

FailureOr<EngineFacts> tenon::engine::writeEngine(ModuleOp module, ArrayRef<EngineCode> targets, const EngineOptions &options,
                                                  ConstantProvider derived) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("expected a function named main");
  llvm::Expected<std::unique_ptr<EngineFile>> file = EngineFile::create(options.path);
  if (!file)
    return module.emitError(llvm::toString(file.takeError()));

  unsigned numSegments = 0;
  for (const EngineCode &code : targets)
    for (const std::string &bytes : code.files) {
      (*file)->beginSegment(SegmentKind::code);
      (*file)->append({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
      (*file)->endSegment();
      ++numSegments;
    }
  EngineFacts facts;
  std::vector<ConstantPlace> places;
  if (failed(writeConstants(module, **file, numSegments, derived, places, facts.constantsBytes)))
    return failure();

  EngineT header;
  header.version = kFormatVersion;
  header.producer = std::string("tenon ") + TENON_VERSION_STRING;
  header.report = options.report;
  writeMetadata(module, header);
  unsigned segment = 0;
  for (const EngineCode &code : targets) {
    HostProgramTables tables;
    FailureOr<std::unique_ptr<TargetT>> target = writeTarget(main, code, segment, places, tables);
    if (failed(target))
      return failure();
    segment += code.files.size();
    (*target)->constants_bytes = facts.constantsBytes;
    // The same program whatever it runs on.
    facts.arenaBytes = (*target)->program->arena_bytes;
    facts.liveBytes = (*target)->program->live_bytes;
    facts.arenaStatic = (*target)->program->arena_static;
    header.inputs = std::move(tables.inputs);
    header.outputs = std::move(tables.outputs);
    header.symbols = std::move(tables.symbols);
    header.targets.push_back(std::move(*target));
  }
  if (llvm::Error error = (*file)->finish(header))
    return module.emitError(llvm::toString(std::move(error)));
  facts.memory = (*file)->takeMemory();
  return facts;
}
