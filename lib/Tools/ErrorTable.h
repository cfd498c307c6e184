// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one table of error codes: what each means, the exit code it ends `tenon` with, and what a user can do.
// docs/errors.md and `tenon explain` are made from it.
#ifndef TENON_LIB_TOOLS_ERRORTABLE_H
#define TENON_LIB_TOOLS_ERRORTABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tenon::cli {
struct ErrorEntry {
  llvm::StringLiteral code;
  int exitCode;
  llvm::StringLiteral meaning;
  llvm::StringLiteral remedy;
};

llvm::ArrayRef<ErrorEntry> errorTable();
/// The entry of `code`, or null.
const ErrorEntry *findError(llvm::StringRef code);
/// The exit code of an error; 1 for a code that the table lacks.
int exitCodeOf(llvm::StringRef code);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_ERRORTABLE_H
