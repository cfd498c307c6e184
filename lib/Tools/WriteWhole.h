// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that appear whole or not at all.
#ifndef TENON_LIB_TOOLS_WRITEWHOLE_H
#define TENON_LIB_TOOLS_WRITEWHOLE_H

#include "llvm/ADT/StringRef.h"

namespace tenon::cli {
struct Problem;
/// Writes `head` and then `data`. Not both may be empty.
bool writeWhole(llvm::StringRef path, llvm::StringRef head, llvm::StringRef data, Problem &problem);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_WRITEWHOLE_H
