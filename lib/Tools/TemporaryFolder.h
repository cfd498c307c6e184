// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder that goes away with its files.
#ifndef TENON_LIB_TOOLS_TEMPORARYFOLDER_H
#define TENON_LIB_TOOLS_TEMPORARYFOLDER_H

#include "lib/Tools/HostTensor.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"

namespace tenon::cli {

class TemporaryFolder {
public:
  /// Makes "<name>-XXXXXX" where the system keeps temporary files; fills `problem` if it cannot.
  TemporaryFolder(llvm::StringRef name, Problem &problem) {
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory(name, path)) {
      problem.set("io-error", "cannot make a temporary folder: " + error.message());
      path.clear();
    }
  }
  ~TemporaryFolder() {
    if (!path.empty())
      (void)llvm::sys::fs::remove_directories(path);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  bool valid() const { return !path.empty(); }
  std::string file(const llvm::Twine &name) const { return (path + "/" + name).str(); }
  llvm::StringRef get() const { return path; }

private:
  llvm::SmallString<128> path;
};

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_TEMPORARYFOLDER_H
