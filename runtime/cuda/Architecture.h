// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The architectures that a CUDA target may name.
#ifndef TENON_RUNTIME_CUDA_ARCHITECTURE_H
#define TENON_RUNTIME_CUDA_ARCHITECTURE_H

namespace tenon::runtime {

/// "sm_90", "sm_90a", "sm_100f": cubins; "compute_80": PTX.
struct Architecture {
  bool isPtx;
  int major, minor;
  char suffix; // 'a', 'f', or 0
};

/// False if `text` names none.
bool parseArchitecture(const char *text, Architecture &architecture);

/// Does code for `target` run on a device of that compute capability? sm_90a runs on 9.0 only; sm_XY and sm_XYf on X.Y and later minor
/// versions of X; PTX of compute_XY on X.Y and everything later.
bool runsOn(const char *target, int major, int minor);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_ARCHITECTURE_H
