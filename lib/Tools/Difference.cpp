// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/Difference.h"

#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace tenon::cli;

/// |got - expected|, infinite if only one of them is not finite.
static double distance(double got, double expected) {
  if (got == expected || (std::isnan(got) && std::isnan(expected)))
    return 0;
  double difference = std::abs(got - expected);
  return std::isnan(difference) ? INFINITY : difference;
}

Difference tenon::cli::compareTensors(const HostTensor &got, const HostTensor &expected, double atol, double rtol) {
  Difference result;
  if (got.type != expected.type || got.dims != expected.dims) {
    result.problem = formatv("expected {0}, got {1}", expected.typeText(), got.typeText());
    return result;
  }
  if (tenon_type_bits(got.type) < 8) {
    result.problem = formatv("cannot compare {0}", tenon_type_name(got.type));
    return result;
  }
  result.elements = got.numElements();
  for (int64_t i = 0; i < result.elements; ++i) {
    double want = elementAsDouble(expected, i), difference = distance(elementAsDouble(got, i), want);
    if (difference == 0)
      continue;
    double size = std::isfinite(want) ? std::abs(want) : 0;
    result.absolute = std::max(result.absolute, difference);
    if (size > 0)
      result.relative = std::max(result.relative, difference / size);
    result.failing += !(difference <= atol + rtol * size);
    double needed = difference / (1 + size);
    if (needed > result.tolerance) {
      result.tolerance = needed;
      result.worst = i;
    }
  }
  return result;
}
