// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Support/Program.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include <cstdlib>

using namespace llvm;
using namespace tenon;

static std::string readAll(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

ProgramResult tenon::runProgram(StringRef program, ArrayRef<StringRef> arguments, unsigned seconds) {
  ProgramResult result;
  ErrorOr<std::string> path = sys::findProgramByName(program);
  if (!path) {
    result.errors = path.getError().message();
    return result;
  }
  SmallString<128> output, errors;
  if (std::error_code error = sys::fs::createTemporaryFile("tenon", "out", output)) {
    result.errors = error.message();
    return result;
  }
  FileRemover removeOutput(output);
  if (std::error_code error = sys::fs::createTemporaryFile("tenon", "err", errors)) {
    result.errors = error.message();
    return result;
  }
  FileRemover removeErrors(errors);
  SmallVector<StringRef> argv{*path};
  argv.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(output), StringRef(errors)};
  std::string message;
  result.code = sys::ExecuteAndWait(*path, argv, std::nullopt, redirects, seconds, 0, &message);
  result.output = readAll(output);
  result.errors = readAll(errors);
  if (result.errors.empty())
    result.errors = message;
  return result;
}

std::string tenon::pythonProgram(StringRef given) {
  if (!given.empty())
    return given.str();
  const char *fromEnvironment = std::getenv("TENON_PYTHON");
  return fromEnvironment && *fromEnvironment ? fromEnvironment : "python3";
}
