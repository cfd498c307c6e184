// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions to floats that no instruction of the CPU does: float8, and f64 to 16-bit floats.
#ifndef TENON_CONVERSION_MATHTOARITH_FLOAT8_H
#define TENON_CONVERSION_MATHTOARITH_FLOAT8_H

#include "conversion/MathToArith/Lanes.h"

namespace tenon::math {

/// `x` converted to `element`, rounded once to nearest even; null if an instruction does that.
mlir::Value expandConversion(const Lanes &x, mlir::Type element);

/// The integers `x` as float8; null for another type of `element`.
mlir::Value expandFromInteger(const Lanes &x, bool isUnsigned, mlir::Type element);

} // namespace tenon::math

#endif // TENON_CONVERSION_MATHTOARITH_FLOAT8_H
