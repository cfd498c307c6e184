// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of LLVM dialect kernels -> one code block. Kernels are compiled in groups of fixed size, each in an LLVM context of its
// own, so that threads share nothing and the bytes do not depend on how many there are.
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cpu/CodeGenerator.h"
#include "lib/Target/Cpu/LinkBlob.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/ModuleTranslation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;

namespace tenon::cpu {
namespace {

/// Entries per LLVM module: enough to share a set-up of some milliseconds, few enough to balance threads.
constexpr size_t kGroupSize = 4;

/// The functions and globals of `kernels` that `roots` reach, in the module's order.
SmallVector<Operation *> collectReachable(ModuleOp kernels, ArrayRef<LLVM::LLVMFuncOp> roots) {
  SymbolTable symbols(kernels);
  llvm::SetVector<Operation *> reached;
  SmallVector<Operation *> work(roots.begin(), roots.end());
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    if (!reached.insert(op))
      continue;
    if (auto uses = SymbolTable::getSymbolUses(op))
      for (SymbolTable::SymbolUse use : *uses)
        if (Operation *callee = symbols.lookup(use.getSymbolRef().getLeafReference()))
          work.push_back(callee);
  }
  SmallVector<Operation *> ordered;
  for (Operation &op : *kernels.getBody())
    if (reached.contains(&op))
      ordered.push_back(&op);
  return ordered;
}

SmallVector<OwningOpRef<ModuleOp>> splitKernels(ModuleOp kernels) {
  SmallVector<LLVM::LLVMFuncOp> entries;
  for (auto function : kernels.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() && function.getLinkage() == LLVM::Linkage::External)
      entries.push_back(function);
  SmallVector<OwningOpRef<ModuleOp>> groups;
  for (size_t begin = 0; begin < entries.size(); begin += kGroupSize) {
    ArrayRef<LLVM::LLVMFuncOp> roots = ArrayRef(entries).slice(begin, std::min(kGroupSize, entries.size() - begin));
    OwningOpRef<ModuleOp> group = ModuleOp::create(kernels.getLoc());
    OpBuilder builder = OpBuilder::atBlockEnd(group->getBody());
    for (Operation *op : collectReachable(kernels, roots))
      builder.clone(*op);
    groups.push_back(std::move(group));
  }
  return groups;
}

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
  SmallVector<OwningOpRef<ModuleOp>> groups = splitKernels(kernels);
  std::vector<Compiled> results(groups.size());
  if (options.threads <= 1 || groups.size() <= 1) {
    for (auto [group, result] : llvm::zip(groups, results))
      compileGroup(*group, options, kind, result);
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.threads));
    for (size_t i = 0; i < groups.size(); ++i)
      pool.async([&, i] { compileGroup(*groups[i], options, kind, results[i]); });
    pool.wait();
  }
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
