// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Assembly of an engine: code segment, constant segments, then the header that describes them.
#include "lib/Engine/WriteEngine.h"

#include "lib/Engine/EngineFile.h"
#include "lib/Engine/ProgramWriter.h"
#include "tenon/version.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

/// Constants share segments up to this size: the loader hashes segments in parallel.
static constexpr uint64_t kSegmentBytes = uint64_t(64) << 20;

static LogicalResult writeConstants(ModuleOp module, EngineFile &file, ConstantProvider derived, std::vector<ConstantPlace> &places,
                                    uint64_t &total) {
  auto constants = module->getAttrOfType<ArrayAttr>("plan.constants");
  if (!constants)
    return module.emitError("expected plan.constants on the module");
  unsigned segment = 0; // the code
  bool open = false;
  for (auto [index, attribute] : llvm::enumerate(constants)) {
    if (!open) {
      file.beginSegment(SegmentKind::constants);
      ++segment;
      open = true;
    }
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

FailureOr<EngineFacts> tenon::engine::writeEngine(ModuleOp module, const EngineCode &code, const EngineOptions &options,
                                                  ConstantProvider derived) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return module.emitError("expected a function named main");
  llvm::Expected<std::unique_ptr<EngineFile>> file = EngineFile::create(options.path);
  if (!file)
    return module.emitError(llvm::toString(file.takeError()));

  (*file)->beginSegment(SegmentKind::code);
  (*file)->append(code.bytes);
  (*file)->endSegment();
  EngineFacts facts;
  std::vector<ConstantPlace> places;
  if (failed(writeConstants(module, **file, derived, places, facts.constantsBytes)))
    return failure();
  FailureOr<HostProgramTables> tables = writeProgram(main, places, code.kernelNames);
  if (failed(tables))
    return failure();

  EngineT header;
  header.version = kFormatVersion;
  header.producer = std::string("tenon ") + TENON_VERSION_STRING;
  header.inputs = std::move(tables->inputs);
  header.outputs = std::move(tables->outputs);
  header.symbols = std::move(tables->symbols);
  header.report = options.report;
  writeMetadata(module, header);
  auto target = std::make_unique<TargetT>();
  target->device = DeviceKind::cpu;
  target->arch = code.arch;
  target->features = code.features;
  target->kernels = std::move(tables->kernels);
  for (auto [kernel, entry] : llvm::zip_equal(target->kernels, code.kernelEntries))
    kernel->entry = entry;
  target->constants_bytes = facts.constantsBytes;
  facts.arenaBytes = tables->program.arena_bytes;
  facts.liveBytes = tables->program.live_bytes;
  facts.arenaStatic = tables->program.arena_static;
  target->program = std::make_unique<ProgramT>(std::move(tables->program));
  header.targets.push_back(std::move(target));
  if (llvm::Error error = (*file)->finish(header))
    return module.emitError(llvm::toString(std::move(error)));
  facts.memory = (*file)->takeMemory();
  return facts;
}
