// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are installed beside the compiler library.
#ifndef TENON_LIB_SUPPORT_INSTALLED_H
#define TENON_LIB_SUPPORT_INSTALLED_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace tenon {

/// Path of share/tenon/`name` of the tree whose `lib` holds this library: an installed one, a wheel's or a build's. Empty if there is no
/// such file.
std::string installedFile(llvm::StringRef name);

} // namespace tenon

#endif // TENON_LIB_SUPPORT_INSTALLED_H
