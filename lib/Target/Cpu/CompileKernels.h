// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in MLIR to machine code without imports: the CPU's code generator as the rest of the compiler sees it.
#ifndef TENON_LIB_TARGET_CPU_COMPILEKERNELS_H
#define TENON_LIB_TARGET_CPU_COMPILEKERNELS_H

#include "lib/Support/Cancellation.h"
#include "lib/Target/Cpu/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LLVM.h"

namespace mlir {
class OpPassManager;
}

namespace tenon::cpu {

/// Position-independent code and read-only data in one block. Map it anywhere, page-aligned, readable and executable.
struct CodeBlob {
  struct Kernel {
    std::string name;
    uint64_t entry; // offset in bytes; the function has the signature of runtime/engine/KernelAbi.h
  };
  std::vector<uint8_t> bytes;
  std::vector<Kernel> kernels;
  std::vector<std::string> requiredFeatures;
};

struct CompileOptions {
  CpuTarget target;
  /// Threads that compile at once. The bytes do not depend on it.
  unsigned threads = 1;
  /// 0 to 3, as LLVM's -O.
  unsigned optLevel = 3;
  /// Looked at between groups of kernels; what is cancelled fails without a diagnostic.
  const Cancellation *cancellation = nullptr;
};

/// Appends the passes that turn the kernel functions of `module @kernels` (memrefs, vectors, scf) into LLVM dialect functions
/// with the signature of runtime/engine/KernelAbi.h.
void buildLowerKernelsToLLVMPipeline(mlir::OpPassManager &pm);

/// Compiles `kernels` (after the pipeline above) to one blob. Reports errors at the module and returns failure.
mlir::FailureOr<CodeBlob> compileKernels(mlir::ModuleOp kernels, const CompileOptions &options);

/// The same kernels as x86-64 assembly, for `--emit=asm`.
mlir::FailureOr<std::string> printAssembly(mlir::ModuleOp kernels, const CompileOptions &options);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_COMPILEKERNELS_H
