// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of `tenon`: finds the command, parses its flags, runs it.
#include "lib/Support/Cancellation.h"
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/ErrorTable.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "tenon/version.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <csignal>

using namespace llvm;
using namespace tenon::cli;

static tenon::Cancellation interruption;

/// The first Ctrl-C asks the command to stop, so that it can leave no half-written file; the next one kills.
static void onInterrupt(int signal) {
  interruption.request();
  std::signal(signal, SIG_DFL);
}

bool tenon::cli::interrupted() { return interruption.isRequested(); }

const volatile int32_t *tenon::cli::interruptFlag() { return interruption.getAddress(); }

static void printErrorsMarkdown(raw_ostream &os) {
  os << "<!-- Made by `tenon --errors-markdown`; edit lib/Tools/ErrorTable.cpp instead. -->\n# Error codes and exit codes\n\n"
        "Every error has a code that does not change between versions; its message may. The command line prints it as `error[CODE]: ...`, "
        "or as\n"
        "the field `code` with `--json`; the C API as TENON_ and the code in upper case, Python as the member `code` of the "
        "exception.\n\n| exit code | meaning |\n|---|---|\n| 0 | success |\n| 1 | refused (the model, the engine, an "
        "input) or different "
        "(`compare`) |\n| 2 | wrong usage |\n| 3 | something is missing on this machine |\n| 4 | a bug in tenon |\n| 130 | interrupted "
        "|\n\n"
        "Numbers of the C API are stable too. After an error an engine is usable, and a context once what the message names has been put "
        "right.\n\n"
        "| code | exit code | C API | when | what to do |\n|---|---|---|---|---|\n";
  for (const ErrorEntry &entry : errorTable()) {
    os << "| `" << entry.code << "` | " << entry.exitCode << " | ";
    for (int number = 1; StringRef(tenon_code_name(static_cast<tenon_code>(number))) != "TENON_UNKNOWN"; ++number)
      if (codeText(static_cast<tenon_code>(number)) == entry.code)
        os << "`" << tenon_code_name(static_cast<tenon_code>(number)) << "` " << number;
    os << " | " << entry.meaning << " | " << entry.remedy << " |\n";
  }
}

int tenon::cli::runExplain(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  SmallVector<StringRef> codes = arguments.positional();
  json::Array rows;
  for (const ErrorEntry &entry : errorTable()) {
    if (!codes.empty() && entry.code != codes.front())
      continue;
    rows.push_back(json::Object{{"code", entry.code}, {"exit_code", entry.exitCode}, {"meaning", entry.meaning}, {"remedy", entry.remedy}});
    if (!console.isJson())
      outs() << formatv("{0,-12} {1}{2}{3} (exit code {4})\n", entry.code, entry.meaning, entry.remedy.empty() ? "" : ": ", entry.remedy,
                        entry.exitCode);
  }
  if (rows.empty()) {
    console.error("usage", formatv("unknown error code '{0}'; 'tenon explain' lists all of them", codes.front()).str());
    return console.exitCode();
  }
  if (console.isJson())
    console.result(std::move(rows));
  return Success;
}

/// What `tenon` does without a command. Returns std::nullopt if `word` is none of that.
static std::optional<int> runWithoutCommand(StringRef word) {
  if (word == "--help" || word == "-h" || word == "help")
    printHelp(outs());
  else if (word == "--version")
    outs() << "tenon " << TENON_VERSION_STRING << "\n";
  else if (word == "--help-markdown")
    printMarkdown(outs());
  else if (word == "--errors-markdown")
    printErrorsMarkdown(outs());
  else
    return std::nullopt;
  return Success;
}

static int runMain(ArrayRef<const char *> argv) {
  if (argv.empty()) {
    printHelp(errs());
    return WrongUsage;
  }
  StringRef word = argv.front();
  if (std::optional<int> code = runWithoutCommand(word))
    return *code;
  Console console(any_of(argv, [](StringRef argument) { return argument == "--json"; }));
  // `tenon help COMMAND` is not special: --help belongs to the command.
  const Command *command = findCommand(word);
  if (!command) {
    const Command *nearest = nearestCommand(word);
    console.error("usage", nearest ? formatv("unknown command '{0}'; did you mean '{1}'?", word, nearest->name).str()
                                   : formatv("unknown command '{0}'; 'tenon --help' lists the commands", word).str());
    return console.exitCode();
  }
  std::optional<Arguments> arguments = parseArguments(*command, argv.drop_front(), console);
  if (!arguments)
    return console.exitCode();
  if (arguments->has(OPT_help) || arguments->has(OPT_help_all)) {
    printHelp(*command, arguments->has(OPT_help_all), outs());
    return Success;
  }
  StringRef when = arguments->text(OPT_progress, "auto");
  if (!arguments->oneOf(OPT_progress, when, {"auto", "plain", "none"}))
    return console.exitCode();
  console.setProgress(when == "auto" ? ProgressMode::automatic : when == "plain" ? ProgressMode::plain : ProgressMode::none);
  std::signal(SIGINT, onInterrupt);
  int code = command->run(*arguments);
  console.endProgress();
  return code;
}

extern "C" __attribute__((visibility("default"))) int tenon_main(int argc, char **argv) {
  int code = runMain(ArrayRef<const char *>(argv, argc).drop_front(argc > 0));
  outs().flush();
  // A full disk or a closed pipe is a failure of ours, not a crash of the stream's destructor.
  if (outs().has_error()) {
    outs().clear_error();
    return code ? code : static_cast<int>(Refused);
  }
  return code;
}
