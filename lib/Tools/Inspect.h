// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `tenon inspect` says about an engine, as JSON and as text.
#ifndef TENON_LIB_TOOLS_INSPECT_H
#define TENON_LIB_TOOLS_INSPECT_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace tenon::engine {
struct Engine;
}

namespace tenon::cli {
/// Everything about a verified engine. Stable member names.
llvm::json::Object describeEngine(const engine::Engine &engine);
/// The same as text.
void printEngine(const llvm::json::Object &description, llvm::raw_ostream &os);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_INSPECT_H
