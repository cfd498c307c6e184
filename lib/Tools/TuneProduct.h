// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product that `tenon tune` measures: what the flags say, its data, and a model that holds it.
#ifndef TENON_LIB_TOOLS_TUNEPRODUCT_H
#define TENON_LIB_TOOLS_TUNEPRODUCT_H

#include "lib/Schedule/Tile/TunedTable.h"
#include "lib/Tools/HostTensor.h"
#include <optional>
#include <string>
#include <vector>

namespace tenon::cli {
class Arguments;

struct TuneProduct {
  schedule::ProductKey key;
  int64_t rows = 1;
  std::vector<std::string> steps; // of the epilogue: an operand as the table spells it ("row f32"), which is added, or a function's name

  /// A is stored [K, M]; B is stored [K, N].
  bool isTransposedA() const { return key.layout[0] == 't'; }
  bool isTransposedB() const { return key.layout[1] == 'n'; }
  /// B is an activation, not weights.
  bool isBatched() const { return key.batch != 0; }
  /// "row f32" rather than "gelu".
  static bool isOperand(llvm::StringRef step) { return step.contains(' '); }
};

/// The product of --product and its neighbours. Reports what is wrong.
std::optional<TuneProduct> tuneProductOf(const Arguments &arguments);
/// Each product of the model that is the command's argument once, as the compiler forms them. Reports what is wrong.
std::optional<std::vector<TuneProduct>> tuneProductsOfModel(const Arguments &arguments);

/// What the compiler's report says about products: (name of the remark, message).
std::vector<std::pair<std::string, std::string>> productRemarks(llvm::StringRef report);

/// A function of an epilogue, as it is computed to check.
struct TuneFunction {
  llvm::StringLiteral name;
  double (*compute)(double);
};
llvm::ArrayRef<TuneFunction> tuneFunctions();

/// Random normal numbers, the same on every machine.
struct TuneData {
  HostTensor a, b;
  std::vector<HostTensor> operands; // of the steps that add one, in their order
  size_t resultBytes = 0;           // of C

  bool fill(const TuneProduct &product, Problem &problem);
  /// Products in the model: their operands and results are together several times what an L2 cache holds.
  int64_t copies() const;
  /// The tensor behind an input of the model; null if it has no such input.
  const HostTensor *find(llvm::StringRef input) const;
};

/// Writes FOLDER/product.onnx: `copies` times C = steps(A * B), each with inputs and outputs of its own: "a.0", "c.0", ... Weights are
/// constants, as in real models: kernels may read them early, and passes may transpose them.
bool writeTuneModel(const TuneProduct &product, const TuneData &data, llvm::StringRef folder, Problem &problem);

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_TUNEPRODUCT_H
