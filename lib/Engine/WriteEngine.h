// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module with a host program, its code and its constants -> an engine file.
#ifndef TENON_LIB_ENGINE_WRITEENGINE_H
#define TENON_LIB_ENGINE_WRITEENGINE_H

#include "lib/Support/Cancellation.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/engine/engine_generated.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>
#include <vector>

namespace tenon::engine {

/// A kernel in one of its target's files; the members are those of the engine's table.
struct EngineKernel {
  std::string name;
  unsigned file = 0;
  uint64_t entry = 0;
  unsigned threads = 0;
  ScratchSpace scratchSpace = ScratchSpace::shared;
  unsigned cluster = 0;
  bool persistent = false;
  bool waits = false;
  std::vector<uint32_t> early = {};
};

/// Machine code of one target: each file becomes a segment.
struct EngineCode {
  DeviceKind device = DeviceKind::cpu;
  std::string arch;
  std::vector<std::string> features;
  std::vector<std::string> files;
  std::vector<EngineKernel> kernels;
};

/// A host program, and the code of every target that runs it.
struct EngineProgram {
  mlir::ModuleOp module;
  llvm::ArrayRef<EngineCode> targets;
};

/// Takes the bytes of a constant piece by piece.
using ByteSink = llvm::function_ref<void(llvm::ArrayRef<uint8_t>)>;

struct EngineOptions {
  std::string path;   // empty: memory
  std::string report; // JSON for `tenon inspect`
  /// Where to say why the file cannot be written; if null, that is reported at a module too.
  std::string *fileProblem = nullptr;
  /// Looked at between constants; what is cancelled fails without a diagnostic.
  const Cancellation *cancellation = nullptr;
};

/// Memory is that of the first program, the one for the best target.
struct EngineFacts {
  std::string memory; // the bytes, if there was no path
  uint64_t arenaBytes = 0, liveBytes = 0, constantsBytes = 0;
  bool arenaStatic = false;
};

/// Gives the bytes of constants that have none themselves: resources without a blob.
using ConstantProvider = llvm::function_ref<mlir::LogicalResult(mlir::Attribute, ByteSink)>;

/// Writes an engine of `programs`, each on its targets, best first. They have one interface and are of one context: a constant that two
/// of them use is in the file once. Failures are reported at a module.
mlir::FailureOr<EngineFacts> writeEngine(llvm::ArrayRef<EngineProgram> programs, const EngineOptions &options, ConstantProvider derived);

/// False for a resource that is only a name.
bool hasBytes(mlir::ElementsAttr elements);

/// Streams an elements attribute in the engine's layout: row-major, bool as one byte.
mlir::LogicalResult streamElements(mlir::ElementsAttr elements, ByteSink sink);

} // namespace tenon::engine

#endif // TENON_LIB_ENGINE_WRITEENGINE_H
