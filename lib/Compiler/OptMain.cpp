// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of tenon-opt: runs any pass or pipeline on any level of IR.
#include "lib/Compiler/Registration.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

extern "C" __attribute__((visibility("default"))) int tenon_opt_main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tenon::registerDialects(registry);
  tenon::registerPasses();
  return failed(mlir::MlirOptMain(argc, argv, "Tenon's pass driver\n", registry));
}
