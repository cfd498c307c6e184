// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs another program and reads what it prints.
#ifndef TENON_LIB_SUPPORT_PROGRAM_H
#define TENON_LIB_SUPPORT_PROGRAM_H

#include "lib/Support/Cancellation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace tenon {
struct ProgramResult {
  /// The exit code; -1 if the program could not be started, -2 if it crashed, ran past its time or was cancelled.
  int code = -1;
  std::string output, errors;
};

/// Runs `program` (a path, or a name on PATH) with `arguments` and waits at most `seconds` for it (0: without limit). It is killed if
/// `cancellation` is requested before it has ended. Safe to call from several threads at once.
ProgramResult runProgram(llvm::StringRef program, llvm::ArrayRef<llvm::StringRef> arguments, unsigned seconds,
                         const Cancellation *cancellation = nullptr);

/// The Python to use: `given`, else $TENON_PYTHON, else python3.
std::string pythonProgram(llvm::StringRef given);
} // namespace tenon

#endif // TENON_LIB_SUPPORT_PROGRAM_H
