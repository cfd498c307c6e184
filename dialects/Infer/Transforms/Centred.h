// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit integers less a zero point, and what products of them must be to be computed from the bytes. Internal to this folder.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_CENTRED_H
#define TENON_DIALECTS_INFER_TRANSFORMS_CENTRED_H

#include "dialects/Infer/IR/Infer.h"

namespace tenon::infer {

/// bytes - zero, in i32. A zero point of none, or of the constant 0, is null.
struct Centred {
  mlir::Value bytes, zero;
};

/// How `value` is computed from bytes; no bytes if it is not.
Centred matchCentred(mlir::Value value);

/// Why the product of [..., M, K] and [K, N], or [N, K] if `isTurned`, does not become one of the bytes; empty if it does.
llvm::StringRef refuseByteProduct(const Centred &a, const Centred &b, bool isTurned = false);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_CENTRED_H
