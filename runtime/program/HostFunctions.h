// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions that host programs may call: what no kernel computes well. Part of the engine format: a function that has a name keeps its
// meaning.
#ifndef TENON_RUNTIME_PROGRAM_HOSTFUNCTIONS_H
#define TENON_RUNTIME_PROGRAM_HOSTFUNCTIONS_H

#include "runtime/support/Status.h"

#include <cstdint>

namespace tenon::runtime {

struct HostBuffer {
  char *data;
  int64_t bytes; // not negative
};

constexpr uint32_t kMaxHostBuffers = 8, kMaxHostScalars = 8;

struct HostFunction {
  const char *name;
  uint32_t numInputs, numOutputs, numScalars; // buffers read come before buffers written
  bool (*takesType)(tenon_type type);
  /// Trusts no size: an error if the buffers are smaller than the scalars say.
  Status (*call)(tenon_type type, const HostBuffer *buffers, const int64_t *scalars);
};

/// NULL if there is no such function.
const HostFunction *findHostFunction(const char *name);

/// unique: x as outer x size x inner elements -> the different slices along size, as outer x number x inner; int64: their first places,
/// which of them each slice is, how often each occurs, and their number. Scalars: outer, size, inner, sorted. Sorted they rise, compared
/// element by element; else they are in the order of their first places. NaNs are equal and come last, zeros are equal.
bool takesUniqueType(tenon_type type);
Status callUnique(tenon_type type, const HostBuffer *buffers, const int64_t *scalars);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_HOSTFUNCTIONS_H
