// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in MLIR to PTX and machine code: the GPU's code generator as the rest of the compiler sees it.
#ifndef TENON_LIB_TARGET_CUDA_COMPILEKERNELS_H
#define TENON_LIB_TARGET_CUDA_COMPILEKERNELS_H

#include "lib/Support/Cancellation.h"
#include "lib/Target/Cuda/CudaTarget.h"
#include "lib/Target/Cuda/Ptxas.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

namespace mlir {
class OpPassManager;
}

namespace tenon::cuda {

/// A kernel as the runtime launches it.
struct KernelEntry {
  std::string name;            // of the PTX entry
  unsigned file = 0;           // index into ArchCode::files
  unsigned threads = 0;        // of a block
  bool sharedScratch = true;   // must its scratch be shared memory?
  unsigned cluster = 1;        // blocks of a cluster
  bool persistent = false;     // a block for each multiprocessor is enough
  bool waits = false;          // for the kernel ahead of it, itself, by griddepcontrol
  std::vector<uint32_t> early; // buffer operands that it reads before it waits for the kernel ahead of it
};

/// All kernels for one architecture.
struct ArchCode {
  CudaArch arch;
  /// Cubins, or PTX text.
  std::vector<std::string> files;
  /// By kernel; empty where nothing was assembled.
  std::vector<KernelResources> resources;
};

struct CompiledKernels {
  std::vector<KernelEntry> kernels;
  std::vector<ArchCode> archs;
};

struct CompileOptions {
  std::vector<CudaArch> archs;
  /// Threads that compile at once. The bytes do not depend on it.
  unsigned threads = 1;
  /// 0 to 3, as LLVM's -O.
  unsigned optLevel = 3;
  /// Looked at between groups of kernels; what is cancelled fails without a diagnostic.
  const Cancellation *cancellation = nullptr;
};

/// Appends the passes that turn the kernel functions of `module @kernels` (memrefs, vectors, scf, gpu) into functions of the LLVM and
/// NVVM dialects with the parameters of runtime/engine/KernelAbi.h.
void buildLowerKernelsToNvvmPipeline(mlir::OpPassManager &pm);

/// Compiles `kernels` (after the pipeline above) to PTX for each architecture. Reports errors at the module and returns failure.
mlir::FailureOr<CompiledKernels> generatePtx(mlir::ModuleOp kernels, const CompileOptions &options);

/// The files of one architecture as one that an assembler takes: what is to be said once, a target and the memory that kernels share, is.
std::string joinPtx(llvm::ArrayRef<std::string> files);

/// Replaces the PTX of architectures that want machine code by cubins, made by the assembler at `ptxas`. Reports errors at `kernels`,
/// with the kernel's name.
mlir::LogicalResult assemble(mlir::ModuleOp kernels, CompiledKernels &code, llvm::StringRef ptxas, unsigned threads,
                             const Cancellation *cancellation = nullptr);

} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_COMPILEKERNELS_H
