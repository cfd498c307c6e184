// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a tensor is from its reference.
#ifndef TENON_LIB_TOOLS_DIFFERENCE_H
#define TENON_LIB_TOOLS_DIFFERENCE_H

#include "lib/Tools/HostTensor.h"

namespace tenon::cli {
struct Difference {
  std::string problem;  // why the two cannot be compared ("expected f32[2], got f32[3]"), else ""
  double absolute = 0;  // greatest |got - expected|
  double relative = 0;  // greatest |got - expected| / |expected| where expected is not 0
  double tolerance = 0; // smallest t with |got - expected| <= t + t * |expected| for every element
  int64_t elements = 0;
  int64_t failing = 0; // elements outside atol + rtol * |expected|
  int64_t worst = 0;   // row-major index of the element that needs the greatest tolerance
  bool passes() const { return problem.empty() && failing == 0; }
};

/// Compares in double precision. Two NaNs are equal, and so are two infinities of one sign; else such an element needs an
/// infinite tolerance.
Difference compareTensors(const HostTensor &got, const HostTensor &expected, double atol, double rtol);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_DIFFERENCE_H
