// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --load-dialect-plugin and --load-pass-plugin for the drivers whose upstream main does not know them.
#ifndef TENON_LIB_COMPILER_PLUGINARGUMENTS_H
#define TENON_LIB_COMPILER_PLUGINARGUMENTS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir {
class DialectRegistry;
}

namespace tenon {
/// Loads the plugins that `--load-dialect-plugin=FILE` and `--load-pass-plugin=FILE` name into `registry` and the pass
/// registry, and stores the other arguments in `rest`. Prints the reason and fails if a plugin cannot be loaded.
/// Plugins must link the same shared libMLIR, so a static build refuses them.
/// Before that it registers Tenon's dialects and passes: with this a driver begins.
mlir::LogicalResult prepareDriver(int argc, char **argv, mlir::DialectRegistry &registry, llvm::SmallVectorImpl<char *> &rest);
} // namespace tenon

#endif // TENON_LIB_COMPILER_PLUGINARGUMENTS_H
