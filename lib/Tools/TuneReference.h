// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a product must give, computed apart from the compiler: elements of C in float64 on the host.
#ifndef TENON_LIB_TOOLS_TUNEREFERENCE_H
#define TENON_LIB_TOOLS_TUNEREFERENCE_H

#include "lib/Tools/TuneProduct.h"

namespace tenon::cli {

class TuneReference {
public:
  /// Computes some 4500 elements: at random places, and along the last row and column, where tiles are cut.
  TuneReference(const TuneProduct &product, const TuneData &data);

  /// "" if C is right where it was computed, else the element that is farthest off, and what was expected.
  std::string check(const HostTensor &c) const;

private:
  struct Sample {
    int64_t index; // in C
    double value;
  };
  tenon_type operands; // their type
  std::vector<Sample> samples;
  double range = 0; // the greatest magnitude among them
};

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_TUNEREFERENCE_H
