// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activation functions of recurrent cells, by ONNX name.
#ifndef TENON_CONVERSION_INFERTOLINALG_RECURRENTCELL_H
#define TENON_CONVERSION_INFERTOLINALG_RECURRENTCELL_H

#include "dialects/Infer/IR/Scalar.h"
#include <optional>

namespace tenon {

/// An activation with its parameters; those that are not given have ONNX's defaults.
struct Activation {
  llvm::StringRef name;
  std::optional<double> alpha, beta;

  /// Whether the function exists, and takes parameters in the lists `activation_alpha` and `activation_beta`.
  static bool isKnown(llvm::StringRef name);
  static bool takesAlpha(llvm::StringRef name);
  static bool takesBeta(llvm::StringRef name);

  infer::Scalar operator()(const infer::Scalar &x) const;
  bool operator==(const Activation &other) const;
};

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_RECURRENTCELL_H
