// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tensor in the tools' memory, and its files: .npy, TensorProto (.pb), raw bytes (.bin).
// Files are untrusted: every size is checked before memory is taken.
#ifndef TENON_LIB_TOOLS_HOSTTENSOR_H
#define TENON_LIB_TOOLS_HOSTTENSOR_H

#include "tenon/tenon.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

namespace tenon::cli {

/// Why something failed: a code of the error table and a message.
struct Problem {
  std::string code, message;
  /// Fills both and returns false, so that a function can end with it.
  bool set(llvm::StringRef newCode, std::string newMessage);
};

/// Row-major and contiguous. Owns its memory, which is aligned to 64 bytes.
struct HostTensor {
  std::string name;
  tenon_type type = TENON_F32;
  llvm::SmallVector<int64_t> dims;
  size_t bytes = 0;
  std::unique_ptr<char, void (*)(void *)> data{nullptr, std::free};

  /// Takes memory for `type` and `dims`; fails on negative or overflowing dims and when memory runs out.
  bool allocate(Problem &problem);
  int64_t numElements() const;
  /// The runtime's view of it; valid while the tensor lives.
  tenon_tensor view() const;
  /// "f32[1x3x224x224]".
  std::string typeText() const;
};

/// Bytes of a tensor, or std::nullopt if dims are negative or the size overflows.
std::optional<size_t> byteSize(tenon_type type, llvm::ArrayRef<int64_t> dims);
/// "1x3x224x224", "?" for a negative dim, "scalar" for none.
std::string dimsText(llvm::ArrayRef<int64_t> dims);
/// Element number `index` as a double; for bool and integers too. The type must have whole bytes.
double elementAsDouble(const HostTensor &tensor, int64_t index);
/// Converts to the bits of a 16- or 8-bit float type, rounding half to even.
uint64_t bitsFromDouble(tenon_type type, double value);

/// Reads a file by its ending. `expected` settles what the file does not say: the type of two-byte void .npy data (bfloat16 as
/// ml_dtypes saves it), and type and dims of .bin files.
bool readTensor(llvm::StringRef path, tenon_type expected, llvm::ArrayRef<int64_t> expectedDims, HostTensor &tensor, Problem &problem);
bool readNpy(llvm::StringRef path, tenon_type expected, HostTensor &tensor, Problem &problem);
bool readTensorProto(llvm::StringRef path, HostTensor &tensor, Problem &problem);

/// Writes a file, whole or not at all.
bool writeNpy(llvm::StringRef path, const HostTensor &tensor, Problem &problem);
bool writeTensorProto(llvm::StringRef path, const HostTensor &tensor, Problem &problem);

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_HOSTTENSOR_H
