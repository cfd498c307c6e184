// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of tenon-lsp-server: editors see definitions, types and diagnostics of all of Tenon's IR.
#include "lib/Compiler/PluginArguments.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/CommandLine.h"

extern "C" __attribute__((visibility("default"))) int tenon_lsp_server_main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  llvm::cl::extrahelp help(tenon::kPluginHelp);
  llvm::SmallVector<char *> arguments;
  if (failed(tenon::prepareDriver(argc, argv, registry, arguments)))
    return 1;
  return failed(mlir::MlirLspServerMain(arguments.size(), arguments.data(), registry));
}
