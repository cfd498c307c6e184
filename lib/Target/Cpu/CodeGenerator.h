// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One LLVM module to an ELF object or to assembly. Internal to this folder.
#ifndef TENON_LIB_TARGET_CPU_CODEGENERATOR_H
#define TENON_LIB_TARGET_CPU_CODEGENERATOR_H

#include "lib/Target/Cpu/CpuTarget.h"
#include "llvm/ADT/SmallVector.h"

namespace llvm {
class Module;
}

namespace tenon::cpu {

enum class CodeKind { object, assembly };

/// Optimises `module` for `target` and appends what it compiles to to `out`. Only library functions that nobody has to provide may remain.
llvm::Error generateCode(llvm::Module &module, const CpuTarget &target, unsigned optLevel, CodeKind kind, llvm::SmallVectorImpl<char> &out);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_CODEGENERATOR_H
