// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs another program and reads what it prints.
#ifndef TENON_LIB_SUPPORT_PROGRAM_H
#define TENON_LIB_SUPPORT_PROGRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace tenon {
struct ProgramResult {
  /// The exit code; -1 if the program could not be started, -2 if it crashed or ran past its time.
  int code = -1;
  std::string output, errors;
};

/// Runs `program` (a path, or a name on PATH) with `arguments` and waits at most `seconds` for it (0: without limit). Only without
/// limit is it safe to call from several threads at once: the time is taken by an alarm of the process.
ProgramResult runProgram(llvm::StringRef program, llvm::ArrayRef<llvm::StringRef> arguments, unsigned seconds);

/// The Python to use: `given`, else $TENON_PYTHON, else python3.
std::string pythonProgram(llvm::StringRef given);
} // namespace tenon

#endif // TENON_LIB_SUPPORT_PROGRAM_H
