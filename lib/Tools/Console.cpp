// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/Console.h"

#include "lib/Tools/ErrorTable.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

std::string tenon::cli::numberText(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
  return buffer;
}

static StringRef severityName(Severity severity) {
  switch (severity) {
  case Severity::error:
    return "error";
  case Severity::warning:
    return "warning";
  case Severity::note:
    return "note";
  }
  return "error";
}

/// JSON holds UTF-8 only, while a model's names may be any bytes.
static json::Value jsonText(StringRef text) { return json::isUTF8(text) ? text.str() : json::fixUTF8(text); }

static json::Value toJson(const Diagnostic &diagnostic) {
  json::Object object{{"severity", severityName(diagnostic.severity)}, {"message", jsonText(diagnostic.message)}};
  if (!diagnostic.code.empty())
    object["code"] = diagnostic.code;
  if (!diagnostic.op.empty() || !diagnostic.node.empty()) {
    object["node"] = jsonText(diagnostic.node);
    object["op"] = jsonText(diagnostic.op);
    object["domain"] = jsonText(diagnostic.domain);
  }
  if (diagnostic.opset)
    object["opset"] = diagnostic.opset;
  return object;
}

/// "node 'conv1' (Conv, opset 17): ", "node 'conv1': " if the op is unknown, or "".
static std::string nodePrefix(const Diagnostic &diagnostic) {
  if (diagnostic.op.empty() && diagnostic.node.empty())
    return "";
  if (diagnostic.op.empty())
    return formatv("node '{0}': ", diagnostic.node);
  std::string what = diagnostic.domain.empty() ? diagnostic.op : diagnostic.domain + "." + diagnostic.op;
  if (diagnostic.opset)
    what += formatv(", opset {0}", diagnostic.opset);
  return formatv("node '{0}' ({1}): ", diagnostic.node, what);
}

/// Writes `text` as UTF-8 with control characters escaped: a model's names must not drive the terminal.
static void printSafe(raw_ostream &os, StringRef text) {
  for (char c : json::fixUTF8(text))
    if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20)
      os << (c == 0x7f ? '?' : c);
    else
      os << formatv("\\x{0:x-2}", static_cast<unsigned>(c));
}

void Console::report(const Diagnostic &diagnostic) {
  endProgress();
  if (diagnostic.severity == Severity::error && code == Success)
    code = exitCodeOf(diagnostic.code);
  raw_ostream &os = errs();
  if (json) {
    os << formatv("{0}", toJson(diagnostic)) << "\n";
    return;
  }
  os << severityName(diagnostic.severity);
  if (diagnostic.severity != Severity::note && !diagnostic.code.empty())
    os << "[" << diagnostic.code << "]";
  os << ": ";
  printSafe(os, nodePrefix(diagnostic) + diagnostic.message);
  os << "\n";
}

static Diagnostic makeDiagnostic(Severity severity, StringRef code, StringRef message) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = code.str();
  diagnostic.message = message.str();
  return diagnostic;
}

void Console::error(StringRef code, StringRef message) { report(makeDiagnostic(Severity::error, code, message)); }
void Console::warning(StringRef code, StringRef message) { report(makeDiagnostic(Severity::warning, code, message)); }
void Console::note(StringRef message) { report(makeDiagnostic(Severity::note, "", message)); }

void Console::progress(StringRef phase, double share) {
  using namespace std::chrono;
  steady_clock::time_point now = steady_clock::now();
  // What takes less than a second needs no progress.
  if (progressMode == ProgressMode::none || now - start < seconds(1))
    return;
  bool line = progressMode == ProgressMode::automatic && sys::Process::StandardErrIsDisplayed();
  int percent = static_cast<int>(std::min(share, 1.0) * 100);
  std::string done = share < 0 ? "   -" : formatv("{0,3}%", percent).str();
  if (line) {
    if (phase == lastPhase && now - lastShown < milliseconds(100))
      return;
    errs() << formatv("\r\x1b[K{0} {1} ({2:f0} s)", done, phase, duration<double>(now - start).count());
    errs().flush();
    progressShown = true;
  } else if (phase != lastPhase) {
    if (json)
      errs() << formatv("{0}", json::Value(json::Object{{"progress", share < 0 ? json::Value(nullptr) : percent}, {"phase", phase}}))
             << "\n";
    else
      errs() << formatv("[{0}] {1}\n", done, phase);
  }
  lastShown = now;
  lastPhase = phase.str();
}

void Console::during(StringRef phase, function_ref<double()> share, function_ref<void()> work) {
  if (progressMode == ProgressMode::none)
    return work();
  std::mutex mutex;
  std::condition_variable ended;
  bool isDone = false;
  std::thread watch([&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (!ended.wait_for(lock, std::chrono::milliseconds(100), [&] { return isDone; }))
      progress(phase, share());
  });
  work();
  {
    std::lock_guard<std::mutex> lock(mutex);
    isDone = true;
  }
  ended.notify_one();
  watch.join();
  endProgress();
}

void Console::endProgress() {
  if (std::exchange(progressShown, false))
    errs() << "\r\x1b[K";
  errs().flush();
}

void Console::result(json::Value value) {
  endProgress();
  outs() << formatv("{0:2}", value) << "\n";
}
