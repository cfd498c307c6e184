// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/Accesses.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace tenon::schedule {

Value findMemory(Value memory) {
  while (Operation *op = memory.getDefiningOp()) {
    if (isa<memref::ViewOp>(op))
      return memory;
    auto view = dyn_cast<ViewLikeOpInterface>(op);
    if (!view)
      return {};
    memory = view.getViewSource();
  }
  return isa<func::FuncOp>(cast<BlockArgument>(memory).getOwner()->getParentOp()) ? memory : Value();
}

void Accesses::add(Set &set, Value memory) { set.insert(findMemory(memory).getAsOpaquePointer()); }

Accesses Accesses::of(Operation *op) {
  Accesses result;
  op->walk([&](MemoryEffectOpInterface inner) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    inner.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      Value value = effect.getValue();
      bool known = value && isa<MemRefType>(value.getType());
      Set *set = isa<MemoryEffects::Write>(effect.getEffect())  ? &result.writes
                 : isa<MemoryEffects::Read>(effect.getEffect()) ? &result.reads
                                                                : nullptr;
      if (set)
        set->insert(known ? findMemory(value).getAsOpaquePointer() : nullptr);
    }
  });
  return result;
}

void Accesses::merge(const Accesses &other) {
  reads.insert(other.reads.begin(), other.reads.end());
  writes.insert(other.writes.begin(), other.writes.end());
}

bool Accesses::meet(const Set &a, const Set &b) {
  if (a.empty() || b.empty())
    return false;
  return a.contains(nullptr) || b.contains(nullptr) || llvm::any_of(a, [&](void *memory) { return b.contains(memory); });
}

bool Accesses::conflictsWith(const Accesses &other) const {
  return meet(writes, other.writes) || meet(writes, other.reads) || meet(reads, other.writes);
}

} // namespace tenon::schedule
