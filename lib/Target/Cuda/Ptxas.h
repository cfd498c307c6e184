// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NVIDIA's assembler as a program: where it is, how it is run, what it says about kernels.
#ifndef TENON_LIB_TARGET_CUDA_PTXAS_H
#define TENON_LIB_TARGET_CUDA_PTXAS_H

#include "lib/Support/Cancellation.h"
#include "lib/Target/Cuda/CudaTarget.h"
#include "llvm/ADT/StringMap.h"

namespace tenon::cuda {

/// What one thread (registers, stack, spills) and one block (shared memory, dynamic excluded) of a kernel take.
struct KernelResources {
  uint64_t registers = 0;
  uint64_t stackBytes = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  uint64_t sharedBytes = 0;
};

struct Assembly {
  std::string cubin;
  llvm::StringMap<KernelResources> resources; // by kernel
};

/// Path of the assembler: `given` if that is not empty, which is an error if it cannot be run; else the one on PATH or in
/// $CUDA_HOME/bin (/usr/local/cuda/bin); empty if there is none.
llvm::Expected<std::string> findPtxas(llvm::StringRef given);

/// Assembles PTX text for `arch`. Kernels that spill registers so that more blocks fit a multiprocessor are assembled again without that
/// aim. Safe to call from several threads at once. An error names the kernel if the assembler does.
llvm::Expected<Assembly> runPtxas(llvm::StringRef program, llvm::StringRef ptx, const CudaArch &arch,
                                  const Cancellation *cancellation = nullptr);

/// Reads what `ptxas -v` prints.
llvm::StringMap<KernelResources> parseResources(llvm::StringRef report);

} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_PTXAS_H
