// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Engines that break one rule of docs/engine-format.md.
#ifndef TENON_TEST_RUNTIME_SPOILEDENGINE_H
#define TENON_TEST_RUNTIME_SPOILEDENGINE_H

#include "test/runtime/Session.h"

#include <functional>

namespace tenon::test {

/// Opens an engine and closes it.
inline tenon_status *openFile(const std::vector<uint8_t> &file) {
  tenon_engine *engine;
  tenon_status *status = tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine);
  tenon_engine_release(engine);
  return status;
}

/// Spoils the add engine and expects the refusal.
inline void expectInvalid(const char *message, const std::function<void(EngineBuilder &)> &spoil,
                          const char *code = "TENON_INVALID_ENGINE") {
  EngineBuilder builder = makeAddEngine();
  spoil(builder);
  expectError(openFile(builder.finish()), code, message);
}

/// The first instruction of main: a launch of "add".
inline fb::LaunchT &launchOf(EngineBuilder &builder) { return *builder.program().blocks[1]->instructions[0]->action.AsLaunch(); }

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_SPOILEDENGINE_H
