// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of tenon-reduce: shrinks IR of any level while a test script still finds it interesting.
#include "lib/Compiler/PluginArguments.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "llvm/Support/CommandLine.h"

extern "C" __attribute__((visibility("default"))) int tenon_reduce_main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  llvm::cl::extrahelp help(tenon::kPluginHelp);
  llvm::SmallVector<char *> arguments;
  if (failed(tenon::prepareDriver(argc, argv, registry, arguments)))
    return 1;
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects(); // passes that a reduction tries run when no dialect can be loaded any more
  return failed(mlir::mlirReduceMain(arguments.size(), arguments.data(), context));
}
