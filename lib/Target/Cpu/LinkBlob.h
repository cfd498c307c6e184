// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A static linker for kernels: ELF objects to one position-independent block. Internal to this folder.
#ifndef TENON_LIB_TARGET_CPU_LINKBLOB_H
#define TENON_LIB_TARGET_CPU_LINKBLOB_H

#include "lib/Target/Cpu/CompileKernels.h"
#include "llvm/ADT/ArrayRef.h"

namespace tenon::cpu {

/// Lays out the loadable sections of `objects` (x86-64 ELF, relocatable) in order and resolves every relocation inside the block.
/// Kernels are the global functions. Fails on an undefined symbol, on writable data and on a relocation that is not PC-relative.
llvm::Error linkBlob(llvm::ArrayRef<llvm::StringRef> objects, CodeBlob &blob);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_LINKBLOB_H
