// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Support/Program.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

using namespace llvm;
using namespace tenon;

/// Between two looks at a program that runs.
static constexpr std::chrono::milliseconds kPause(5);

static std::string readAll(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// Waits for the process, or ends it.
static int waitFor(const sys::ProcessInfo &process, unsigned seconds, const Cancellation *cancellation, std::string &message) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    sys::ProcessInfo state = sys::Wait(process, /*SecondsToWait=*/0, &message);
    if (state.Pid != 0)
      return state.ReturnCode;
    bool isLate = seconds != 0 && std::chrono::steady_clock::now() >= end;
    if (isLate || (cancellation && cancellation->isRequested())) {
      ::kill(process.Pid, SIGKILL);
      sys::Wait(process, std::nullopt);
      message = isLate ? "it ran past its time" : "cancelled";
      return -2;
    }
    std::this_thread::sleep_for(kPause);
  }
}

ProgramResult tenon::runProgram(StringRef program, ArrayRef<StringRef> arguments, unsigned seconds, const Cancellation *cancellation) {
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
  sys::ProcessInfo process = sys::ExecuteNoWait(*path, argv, std::nullopt, redirects, 0, &message);
  result.code = process.Pid == sys::ProcessInfo::InvalidPid ? -1 : waitFor(process, seconds, cancellation, message);
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
