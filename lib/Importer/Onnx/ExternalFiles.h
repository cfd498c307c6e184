// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps the files that a model names, and only those: regular files inside the model's folder.
#ifndef TENON_LIB_IMPORTER_ONNX_EXTERNALFILES_H
#define TENON_LIB_IMPORTER_ONNX_EXTERNALFILES_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>

namespace tenon::onnx_importer {

using Mapping = std::shared_ptr<llvm::MemoryBuffer>;

/// Maps a regular file; null and a reason otherwise.
Mapping mapModelFile(llvm::StringRef path, std::string &reason);

/// The external data files of one model, each mapped once. Not thread-safe.
class ExternalFiles {
public:
  /// `folder` empty: the model has no folder, every location is refused.
  explicit ExternalFiles(llvm::StringRef folder) : folder(folder) {}
  ~ExternalFiles();
  ExternalFiles(const ExternalFiles &) = delete;
  ExternalFiles &operator=(const ExternalFiles &) = delete;

  /// Maps `location`, a relative path that may not leave the folder, by symbolic links neither. Null and a reason otherwise.
  Mapping map(llvm::StringRef location, std::string &reason);

private:
  std::string folder;
  int folderFd = -1;
  llvm::StringMap<Mapping> files;
};

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_EXTERNALFILES_H
