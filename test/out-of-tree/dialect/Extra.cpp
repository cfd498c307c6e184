// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect, the op's scalar body, and the entry that `tenon-opt --load-dialect-plugin` looks for.
#include "dialects/Infer/IR/Infer.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

#include "ExtraDialect.h.inc"
#define GET_OP_CLASSES
#include "ExtraOps.h.inc"

#include "ExtraDialect.cpp.inc"
#define GET_OP_CLASSES
#include "ExtraOps.cpp.inc"

using namespace mlir;

void extra::ExtraDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "ExtraOps.cpp.inc"
      >();
}

Value extra::SquareOp::buildScalar(OpBuilder &builder, Location loc, ValueRange operands) {
  return arith::MulFOp::create(builder, loc, operands[0], operands[0]);
}

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "extra", "0.1", [](DialectRegistry *registry) { registry->insert<extra::ExtraDialect>(); }};
}
