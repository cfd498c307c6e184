// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/IR/Versions.h"

using namespace mlir;

SmallVector<func::FuncOp, 2> tenon::infer::versionsOf(ModuleOp module) {
  SmallVector<func::FuncOp, 2> versions;
  for (StringRef name : {StringRef("main"), StringRef(kGeneralName)})
    if (auto version = module.lookupSymbol<func::FuncOp>(name))
      versions.push_back(version);
  return versions;
}
