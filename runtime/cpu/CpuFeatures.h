// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this processor (and its operating system) can run, under LLVM's feature names; and how many threads this process may use.
#ifndef TENON_RUNTIME_CPU_CPUFEATURES_H
#define TENON_RUNTIME_CPU_CPUFEATURES_H

#include <cstdint>

namespace tenon::runtime {

/// Does this processor have the feature ("avx2", "+avx512f")? False for names that are not known.
bool hasCpuFeature(const char *name);

/// Cores that this process may use: its affinity mask without second hardware threads of a core, limited by the cgroup's quota. At least 1.
uint32_t countUsableCores();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPUFEATURES_H
