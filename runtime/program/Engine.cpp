// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening: verify the header, choose a target that this device can run, hash and load its segments, flatten its program.
#include "runtime/program/Engine.h"

#include "runtime/cpu/CpuDevice.h"
#include "runtime/device/MakeDevice.h"
#include "runtime/engine/Verifier.h"

using namespace tenon::runtime;
namespace fb = tenon::engine;

/// The first target that `device` runs: the writer lists the best first. Without a device, the first that this machine runs at all.
Status tenon_engine::chooseTarget(uint32_t threads, const fb::Target *&result) {
  std::string reasons;
  bool isGiven = device != nullptr;
  for (uint32_t i = 0; i < sizeOf(header->targets()); ++i) {
    const fb::Target &target = *at(header->targets(), i);
    auto kind = target.device() == fb::DeviceKind::cpu ? TENON_CPU : TENON_CUDA;
    if (isGiven && kind != device->getKind())
      continue;
    std::vector<const char *> features;
    for (uint32_t k = 0; k < sizeOf(target.features()); ++k)
      features.push_back(textOf(at(target.features(), k)));
    std::string reason;
    Device *candidate = nullptr;
    if (!isGiven && kind == TENON_CUDA)
      if (Status status = makeDevice(kind, threads, candidate))
        reason = status.message();
    bool fits = isGiven             ? device->canRun(textOf(target.arch()), features, reason)
                : kind == TENON_CPU ? canRunOnCpu(textOf(target.arch()), features, reason)
                                    : candidate && candidate->canRun(textOf(target.arch()), features, reason);
    if (!fits) {
      if (candidate)
        candidate->release();
      reasons += (reasons.empty() ? "" : "; ") + reason;
      continue;
    }
    // Threads are started only for an engine that will run.
    if (!isGiven && kind == TENON_CPU)
      TENON_TRY(makeDevice(kind, threads, candidate));
    if (!isGiven)
      device = candidate;
    result = &target;
    return Status();
  }
  if (reasons.empty())
    return makeError(TENON_UNSUPPORTED, "the engine has no code for %s", device->isHost() ? "the CPU" : "CUDA devices");
  return makeError(TENON_UNSUPPORTED, "%s", reasons.c_str());
}

/// Constants of other targets' programs are hashed only: they may be on another device.
static std::vector<bool> findUsedSegments(const fb::Target &target, size_t count) {
  std::vector<bool> isUsed(count, false);
  for (uint32_t i = 0; i < sizeOf(target.kernels()); ++i)
    isUsed[at(target.kernels(), i)->segment()] = true;
  for (uint32_t i = 0; i < sizeOf(target.program()->buffers()); ++i)
    if (at(target.program()->buffers(), i)->storage() == fb::Storage::constant)
      isUsed[at(target.program()->buffers(), i)->index()] = true;
  return isUsed;
}

Status tenon_engine::loadSegments(const fb::Target &target, LoadedTarget &loaded) {
  uint32_t count = sizeOf(header->segments());
  std::vector<bool> isUsed = findUsedSegments(target, count);
  codes.resize(count);
  constants.resize(count);
  loaded.constants.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const fb::Segment &segment = *at(header->segments(), i);
    const uint8_t *bytes = image.getData() + segment.offset(), *hash = segment.hash()->data();
    bool isCode = segment.kind() == fb::SegmentKind::code;
    // What is not used is hashed as well: a file is whole or it is not.
    if (!isUsed[i]) {
      TENON_TRY(checkDigest(hashSegment(bytes, segment.size()), hash, isCode ? "code" : "constants", segment.size()));
      continue;
    }
    (isCode ? codeBytes : constantsBytes) += segment.size();
    if (isCode) {
      TENON_TRY(device->loadCode(bytes, segment.size(), hash, codes[i]));
      continue;
    }
    TENON_TRY(device->loadConstants(bytes, segment.size(), hash, constants[i]));
    loaded.constants[i] = constants[i]->getData();
  }
  return Status();
}

Status tenon_engine::findKernels(const fb::Target &target, LoadedTarget &loaded) {
  loaded.entries.resize(sizeOf(target.kernels()));
  for (uint32_t i = 0; i < loaded.entries.size(); ++i) {
    const fb::Kernel &kernel = *at(target.kernels(), i);
    KernelSpec spec = {textOf(kernel.name()),   kernel.entry(),       kernel.threads(),  kernel.scratch_space() == fb::ScratchSpace::any,
                       sizeOf(kernel.writes()), kernel.num_scalars(), kernel.num_maps(), std::max<uint32_t>(kernel.cluster(), 1),
                       kernel.persistent()};
    TENON_TRY(codes[kernel.segment()]->findKernel(spec, loaded.entries[i]));
  }
  return Status();
}

Status tenon_engine::verify() { return verifyHeader(image, header); }

Status tenon_engine::load(uint32_t threads) {
  const fb::Target *target;
  TENON_TRY(chooseTarget(threads, target));
  DeviceScope scope(*device);
  TENON_TRY(scope.takeStatus());
  LoadedTarget loaded;
  TENON_TRY(loadSegments(*target, loaded));
  TENON_TRY(findKernels(*target, loaded));
  flattenProgram(*header, *target, loaded, program);
  program.numLaunches = countLaunches(program.main);
  if (!device->isHost())
    markSegments(program);
  producer = textOf(header->producer());
  arch = textOf(target->arch());
  report = textOf(header->report());
  for (uint32_t i = 0; i < sizeOf(header->metadata()); ++i)
    metadata.emplace_back(textOf(at(header->metadata(), i)->key()), textOf(at(header->metadata(), i)->value()));
  return Status();
}
