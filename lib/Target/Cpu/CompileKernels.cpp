// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of LLVM dialect kernels -> one code block. Kernels are compiled in groups of fixed size, each in an LLVM context of its
// own, so that threads share nothing and the bytes do not depend on how many there are.
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cpu/CodeGenerator.h"
#include "lib/Target/Cpu/LinkBlob.h"
#include "lib/Target/KernelGroups.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace mlir;

namespace tenon::cpu {
namespace {

/// Entries per LLVM module: enough to share a set-up of some milliseconds, few enough to balance threads.
constexpr size_t kGroupSize = 4;

struct Compiled {
  SmallVector<char, 0> bytes;
  std::string error;
};

void compileGroup(ModuleOp group, const CompileOptions &options, CodeKind kind, Compiled &result) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(group, context, "kernels", /*disableVerification=*/false);
  if (!module) {
    result.error = "translation of kernels to LLVM IR failed";
    return;
  }
  if (llvm::Error error = generateCode(*module, options.target, options.optLevel, kind, result.bytes))
    result.error = llvm::toString(std::move(error));
}

FailureOr<std::vector<Compiled>> compileGroups(ModuleOp kernels, const CompileOptions &options, CodeKind kind) {
  SmallVector<OwningOpRef<ModuleOp>> groups = splitKernels(kernels, kGroupSize);
  std::vector<Compiled> results(groups.size());
  auto compile = [&](size_t i) { compileGroup(*groups[i], options, kind, results[i]); };
  if (failed(forEachGroup(groups.size(), options.threads, options.cancellation, compile)))
    return failure();
  for (const Compiled &result : results)
    if (!result.error.empty())
      return kernels.emitError(result.error), failure();
  return results;
}

} // namespace

FailureOr<CodeBlob> compileKernels(ModuleOp kernels, const CompileOptions &options) {
  FailureOr<std::vector<Compiled>> compiled = compileGroups(kernels, options, CodeKind::object);
  if (failed(compiled))
    return failure();
  SmallVector<StringRef> objects;
  for (const Compiled &object : *compiled)
    objects.emplace_back(object.bytes.data(), object.bytes.size());
  CodeBlob blob;
  blob.requiredFeatures = options.target.requiredFeatures;
  if (llvm::Error error = linkBlob(objects, blob))
    return kernels.emitError(llvm::toString(std::move(error))), failure();
  return blob;
}

FailureOr<std::string> printAssembly(ModuleOp kernels, const CompileOptions &options) {
  FailureOr<std::vector<Compiled>> compiled = compileGroups(kernels, options, CodeKind::assembly);
  if (failed(compiled))
    return failure();
  std::string text;
  for (const Compiled &part : *compiled)
    text.append(part.bytes.begin(), part.bytes.end());
  return text;
}

} // namespace tenon::cpu
