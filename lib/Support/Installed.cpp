// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Support/Installed.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <dlfcn.h>

using namespace llvm;

std::string tenon::installedFile(StringRef name) {
  // The library may be loaded by any program, so it asks the loader where it lies itself.
  Dl_info library;
  SmallString<256> file;
  if (!dladdr(reinterpret_cast<void *>(&installedFile), &library) || sys::fs::real_path(library.dli_fname, file))
    return "";
  SmallString<256> path(sys::path::parent_path(sys::path::parent_path(file)));
  sys::path::append(path, "share", "tenon", name);
  return sys::fs::exists(path) ? path.str().str() : "";
}
