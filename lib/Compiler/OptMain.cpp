// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of tenon-opt: runs any pass or pipeline on any level of IR.
#include "lib/Compiler/PluginArguments.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

extern "C" __attribute__((visibility("default"))) int tenon_opt_main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  // Upstream's main knows the flags of plugins, but reads them after it has made a flag of every pass.
  llvm::SmallVector<char *> arguments;
  if (failed(tenon::prepareDriver(argc, argv, registry, arguments)))
    return 1;
  return failed(mlir::MlirOptMain(arguments.size(), arguments.data(), "Tenon's pass driver\n", registry));
}
