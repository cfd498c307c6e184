// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compile driver. Its stages are filled in as the rooms land.
#include "lib/Compiler/Compile.h"

using namespace tenon;

static constexpr llvm::StringRef stageNames[] = {"infer", "fused", "linalg", "kernels", "llvm", "asm", "plan", "engine"};

llvm::ArrayRef<llvm::StringRef> tenon::stages() { return stageNames; }

CompileResult tenon::compile(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress, const CancelFn &cancel) {
  CompileResult result;
  result.diagnostics.push_back({Severity::error, "internal", "the compile driver is not built yet", "", "", "", 0});
  return result;
}

CompileResult tenon::check(const ModelSource &model, const CompileOptions &options) {
  CompileResult result;
  result.diagnostics.push_back({Severity::error, "internal", "the compile driver is not built yet", "", "", "", 0});
  return result;
}
