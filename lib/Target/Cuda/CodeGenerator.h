// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One LLVM module to PTX. Internal to this folder.
#ifndef TENON_LIB_TARGET_CUDA_CODEGENERATOR_H
#define TENON_LIB_TARGET_CUDA_CODEGENERATOR_H

#include "lib/Target/Cuda/CudaTarget.h"

#include <memory>

namespace llvm {
class Module;
}

namespace tenon::cuda {

/// Optimises `module` once and writes PTX of it for each of `archs`. A call of a function that the module does not define is an error.
llvm::Expected<std::vector<std::string>> generatePtxText(std::unique_ptr<llvm::Module> module, llvm::ArrayRef<CudaArch> archs,
                                                         unsigned optLevel);

} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_CODEGENERATOR_H
