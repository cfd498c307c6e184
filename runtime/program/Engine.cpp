// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening: verify the header, choose a target that this device can run, hash and load its segments, flatten its program.
#include "runtime/program/Engine.h"

#include "runtime/engine/Verifier.h"

#include <cinttypes>
#include <cstring>

using namespace tenon::runtime;
namespace fb = tenon::engine;

/// The first target whose features the device has: the writer lists the best first.
Status tenon_engine::chooseTarget(const fb::Target *&result) const {
  std::string reasons;
  for (uint32_t i = 0; i < sizeOf(header->targets()); ++i) {
    const fb::Target &target = *at(header->targets(), i);
    if (target.device() != fb::DeviceKind::cpu)
      continue;
    std::vector<const char *> features;
    for (uint32_t k = 0; k < sizeOf(target.features()); ++k)
      features.push_back(textOf(at(target.features(), k)));
    std::vector<const char *> missing = device->findMissingFeatures(features);
    if (missing.empty()) {
      result = &target;
      return Status();
    }
    reasons += std::string(reasons.empty() ? "" : "; ") + textOf(target.arch()) + " needs";
    for (const char *feature : missing)
      reasons += std::string(" ") + (*feature == '+' ? feature + 1 : feature);
  }
  if (reasons.empty())
    return makeError(TENON_UNSUPPORTED, "the engine has no code for the CPU");
  return makeError(TENON_UNSUPPORTED, "this processor lacks features that the engine's code needs: %s", reasons.c_str());
}

Status tenon_engine::loadSegments(const fb::Target &target, std::vector<LoadedSegment> &segments) {
  std::vector<bool> isUsed(sizeOf(header->segments()), false);
  for (uint32_t i = 0; i < sizeOf(target.kernels()); ++i)
    isUsed[at(target.kernels(), i)->segment()] = true;
  segments.resize(isUsed.size());
  for (uint32_t i = 0; i < segments.size(); ++i) {
    const fb::Segment &segment = *at(header->segments(), i);
    const uint8_t *bytes = image.getData() + segment.offset(), *hash = segment.hash()->data();
    if (segment.kind() == fb::SegmentKind::code && isUsed[i]) {
      codes.emplace_back();
      TENON_TRY(device->loadCode(bytes, segment.size(), hash, codes.back()));
      segments[i].code = codes.back()->getEntry(0);
      codeBytes += segment.size();
      continue;
    }
    // Another target's code is hashed as well: a file is whole or it is not.
    fb::Digest digest = fb::hashBytes(bytes, segment.size());
    if (std::memcmp(digest.data(), hash, digest.size()) != 0)
      return makeError(TENON_CORRUPT_ENGINE, "segment %u of %" PRIu64 " bytes does not match its hash: the file is damaged", i,
                       segment.size());
    if (segment.kind() == fb::SegmentKind::constants) {
      segments[i].constants = reinterpret_cast<const char *>(bytes);
      constantsBytes += segment.size();
    }
  }
  return Status();
}

Status tenon_engine::verify() { return verifyHeader(image, header); }

Status tenon_engine::load() {
  const fb::Target *target;
  TENON_TRY(chooseTarget(target));
  std::vector<LoadedSegment> segments;
  TENON_TRY(loadSegments(*target, segments));
  flattenProgram(*header, *target, segments, program);
  producer = textOf(header->producer());
  arch = textOf(target->arch());
  report = textOf(header->report());
  for (uint32_t i = 0; i < sizeOf(header->metadata()); ++i)
    metadata.emplace_back(textOf(at(header->metadata(), i)->key()), textOf(at(header->metadata(), i)->value()));
  return Status();
}
