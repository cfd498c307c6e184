// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/KernelGroups.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;

/// The functions and globals of `kernels` that `roots` reach, in the module's order.
static SmallVector<Operation *> collectReachable(ModuleOp kernels, ArrayRef<LLVM::LLVMFuncOp> roots) {
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

SmallVector<OwningOpRef<ModuleOp>> tenon::splitKernels(ModuleOp kernels, size_t groupSize) {
  SmallVector<LLVM::LLVMFuncOp> entries;
  for (auto function : kernels.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() && function.getLinkage() == LLVM::Linkage::External)
      entries.push_back(function);
  SmallVector<OwningOpRef<ModuleOp>> groups;
  for (size_t begin = 0; begin < entries.size(); begin += groupSize) {
    ArrayRef<LLVM::LLVMFuncOp> roots = ArrayRef(entries).slice(begin, std::min(groupSize, entries.size() - begin));
    OwningOpRef<ModuleOp> group = ModuleOp::create(kernels.getLoc());
    OpBuilder builder = OpBuilder::atBlockEnd(group->getBody());
    for (Operation *op : collectReachable(kernels, roots))
      builder.clone(*op);
    groups.push_back(std::move(group));
  }
  return groups;
}

LogicalResult tenon::forEachGroup(size_t count, unsigned threads, const Cancellation *cancellation, llvm::function_ref<void(size_t)> task) {
  auto isCancelled = [&] { return cancellation && cancellation->isRequested(); };
  auto runUnlessCancelled = [&](size_t i) {
    if (!isCancelled())
      task(i);
  };
  if (threads <= 1 || count <= 1) {
    for (size_t i = 0; i < count; ++i)
      runUnlessCancelled(i);
    return failure(isCancelled());
  }
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(threads));
  for (size_t i = 0; i < count; ++i)
    pool.async([&runUnlessCancelled, i] { runUnlessCancelled(i); });
  pool.wait();
  return failure(isCancelled());
}
