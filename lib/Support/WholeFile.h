// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that appear whole or not at all, and errors instead of aborts where a disk is full (LLVM's streams abort).
#ifndef TENON_LIB_SUPPORT_WHOLEFILE_H
#define TENON_LIB_SUPPORT_WHOLEFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace tenon {

/// A file being written beside the one that it becomes. What is there and no regular file (/dev/null, a pipe) is written in place.
class WholeFile {
public:
  static llvm::Expected<std::unique_ptr<WholeFile>> create(llvm::StringRef path);
  ~WholeFile();

  /// Writes bytes at the end. Of several failures the first one counts.
  void write(const void *data, size_t bytes);
  /// Writes over the file's first bytes.
  void rewriteStart(const void *data, size_t bytes);
  /// Gives the file its name if nothing has failed.
  llvm::Error commit();

private:
  WholeFile() = default;

  int descriptor = -1; // owned
  std::string path, temporary;
  std::error_code error;
};

/// Writes `parts` one after the other to a file.
llvm::Error writeWholeFile(llvm::StringRef path, llvm::ArrayRef<llvm::StringRef> parts);

} // namespace tenon

#endif // TENON_LIB_SUPPORT_WHOLEFILE_H
