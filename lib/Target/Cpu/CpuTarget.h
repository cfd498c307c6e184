// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What code is generated for: an x86-64 level or the host's own CPU.
#ifndef TENON_LIB_TARGET_CPU_CPUTARGET_H
#define TENON_LIB_TARGET_CPU_CPUTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::cpu {

/// A CPU level with everything that schedules and the code generator ask about it.
struct CpuTarget {
  /// Name in the engine: "x86-64-v3", "x86-64-v4" or "native:<llvm cpu>".
  std::string arch;
  /// LLVM's `-mcpu` and `-mattr`.
  std::string cpu;
  std::string features;
  /// Width of the vectors that kernels are written for, in bytes: 32 or 64.
  int64_t vectorBytes = 32;
  /// Architectural vector registers: 16 or 32.
  int64_t vectorRegisters = 16;
  /// CPU features that an engine must find before it may run this code, LLVM's spelling, sorted.
  std::vector<std::string> requiredFeatures;

  /// Resolves "x86-64-v3", "x86-64-v4" or "native"; fails with a message for anything else and for a host without AVX2 and FMA.
  static llvm::Expected<CpuTarget> get(llvm::StringRef level);
};

/// The features that code may use, LLVM's spelling: those of x86-64-v3 beyond the baseline, those that x86-64-v4 adds (System V psABI), and
/// those that only `native` uses where the host has them.
llvm::ArrayRef<llvm::StringLiteral> v3Features();
llvm::ArrayRef<llvm::StringLiteral> v4Features();
llvm::ArrayRef<llvm::StringLiteral> nativeFeatures();

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_CPUTARGET_H
