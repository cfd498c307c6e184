// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --load-dialect-plugin and --load-pass-plugin of the drivers.
#ifndef TENON_LIB_COMPILER_PLUGINARGUMENTS_H
#define TENON_LIB_COMPILER_PLUGINARGUMENTS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir {
class DialectRegistry;
}

namespace tenon {
/// What --help says of the two flags, for an llvm::cl::extrahelp of the driver: upstream's mains hide flags that they do not know.
inline constexpr char kPluginHelp[] = "\nPlugins:\n\n"
                                      "  --load-dialect-plugin=<file> - Load dialects from a library\n"
                                      "  --load-pass-plugin=<file>    - Load passes from a library\n";

/// Loads the plugins that `--load-dialect-plugin=FILE` and `--load-pass-plugin=FILE` name into `registry` and the pass
/// registry, and stores the other arguments in `rest`. Prints the reason and fails if a plugin cannot be loaded.
/// Plugins must link the same shared libMLIR, so a static build refuses them.
/// Before that it registers Tenon's dialects and passes: with this a driver begins.
mlir::LogicalResult prepareDriver(int argc, char **argv, mlir::DialectRegistry &registry, llvm::SmallVectorImpl<char *> &rest);
} // namespace tenon

#endif // TENON_LIB_COMPILER_PLUGINARGUMENTS_H
