// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decides whether an engine's header may be used: first its structure, then the rules of docs/engine-format.md, whose labels (H1, T2, P5
// ...) the messages and the tests carry. Every message is TENON_INVALID_ENGINE with the label in front, unless the structure is broken.
#ifndef TENON_RUNTIME_ENGINE_VERIFIER_H
#define TENON_RUNTIME_ENGINE_VERIFIER_H

#include "runtime/engine/Image.h"

namespace tenon::engine {
struct Engine;
struct Launch;
struct Target;
} // namespace tenon::engine

namespace tenon::runtime {

/// Checks a whole header; on success `engine` points into the image's header.
Status verifyHeader(const Image &image, const engine::Engine *&engine);

/// Rules P of one target; called by verifyHeader.
Status verifyProgram(const engine::Engine &engine, const engine::Target &target, uint64_t headerSize);

/// Rules P6 and P7 of one target: places and lifetimes in the arena; called by verifyProgram once the blocks form a tree.
Status verifyArena(const engine::Target &target);

/// Rule P12; called by verifyProgram for a launch whose kernel exists.
Status verifyTensorMaps(const engine::Launch &launch, const engine::Target &target);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ENGINE_VERIFIER_H
