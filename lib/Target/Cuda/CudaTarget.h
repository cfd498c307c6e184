// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What GPU code is generated for: a list of architectures, each as machine code or as PTX.
#ifndef TENON_LIB_TARGET_CUDA_CUDATARGET_H
#define TENON_LIB_TARGET_CUDA_CUDATARGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace tenon::cuda {

/// One architecture of an engine.
struct CudaArch {
  /// Name in the engine: "sm_90a" for machine code (cubins), "compute_80" for PTX, which the driver compiles for that GPU or a later one.
  std::string name;
  /// LLVM's `-mcpu`, which is also the target that the PTX names: "sm_90a".
  std::string processor;
  /// The oldest PTX version that knows the processor, times ten: old assemblers and drivers take as much as they can.
  unsigned ptxVersion = 0;
  bool isBinary() const { return llvm::StringRef(name).starts_with("sm_"); }
};

/// What --target=cuda stands for: machine code for Hopper, PTX for everything from Ampere on.
inline constexpr llvm::StringLiteral kDefaultArchs = "sm_90a,compute_80";

/// Parses "sm_80,sm_90a,compute_80". The result is in an engine's order: machine code before PTX, later processors before earlier
/// ones. Fails for an unknown name, listing the known ones.
llvm::Expected<std::vector<CudaArch>> parseArchs(llvm::StringRef list);

/// The same list without machine code: each processor gives way to PTX of its generation. For machines without an assembler.
std::vector<CudaArch> withoutBinaries(llvm::ArrayRef<CudaArch> archs);

} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_CUDATARGET_H
