// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the user sees: diagnostics (text or JSON lines), results, and a progress line.
#ifndef TENON_LIB_TOOLS_CONSOLE_H
#define TENON_LIB_TOOLS_CONSOLE_H

#include "lib/Compiler/Compile.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

namespace tenon::cli {

/// Exit codes of `tenon`; stable.
enum ExitCode { Success = 0, Refused = 1, WrongUsage = 2, Missing = 3, Bug = 4, Interrupted = 130 };

/// A number with at most `digits` significant digits, as C's %g prints it.
std::string numberText(double value, int digits);

enum class ProgressMode { automatic, plain, none };

/// Standard output and standard error of one command. Not thread-safe: used by the thread that runs the command.
class Console {
public:
  explicit Console(bool json) : json(json) {}

  bool isJson() const { return json; }
  void setProgress(ProgressMode mode) { progressMode = mode; }

  /// Prints a diagnostic to standard error. Errors set the exit code (the first error decides).
  void report(const Diagnostic &diagnostic);
  void error(llvm::StringRef code, llvm::StringRef message);
  void warning(llvm::StringRef code, llvm::StringRef message);
  void note(llvm::StringRef message);

  /// Shows `phase` and `share` (of all work, in [0, 1]; unknown if negative) if the command has taken more than a second: one line that is
  /// rewritten on a terminal, else a line per phase.
  void progress(llvm::StringRef phase, double share);
  /// Takes the progress line away.
  void endProgress();
  /// Shows `phase`, its share and the seconds while `work`, which uses no console, runs on this thread. Another thread asks for the share.
  void during(llvm::StringRef phase, llvm::function_ref<double()> share, llvm::function_ref<void()> work);
  /// The same for work that does not tell how far it is.
  void during(llvm::StringRef phase, llvm::function_ref<void()> work) {
    during(phase, [] { return -1.0; }, work);
  }

  /// Prints a result: JSON in JSON mode.
  void result(llvm::json::Value value);
  llvm::raw_ostream &out() { return llvm::outs(); }

  /// The exit code that the reported errors ask for.
  int exitCode() const { return code; }

private:
  bool json;
  int code = Success;
  ProgressMode progressMode = ProgressMode::automatic;
  bool progressShown = false;
  std::string lastPhase;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now(), lastShown;
};

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_CONSOLE_H
