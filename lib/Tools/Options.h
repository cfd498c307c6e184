// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of `tenon`: commands, their flags (Options.td), help and the suggestion for a misspelt word.
#ifndef TENON_LIB_TOOLS_OPTIONS_H
#define TENON_LIB_TOOLS_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

namespace tenon::cli {
class Console;

/// One bit per command: the visibility of a flag.
enum CommandBit : unsigned {
  CompileVis = 1u << 1,
  CheckVis = 1u << 2,
  DoctorVis = 1u << 3,
  RunVis = 1u << 4,
  BenchVis = 1u << 5,
  CompareVis = 1u << 6,
  InspectVis = 1u << 7,
  ExplainVis = 1u << 8,
  TuneVis = 1u << 9,
};

/// Ids of the flags, as TableGen names them.
enum FlagId {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "lib/Tools/Options.inc"
#undef OPTION
};

/// The arguments of one command. Reading a flag that cannot be parsed reports a usage error to the console.
class Arguments {
public:
  Arguments(llvm::opt::InputArgList list, Console &console) : list(std::move(list)), console(console) {}

  bool has(FlagId flag) const { return list.hasArg(flag); }
  /// The last value of `flag`, or `fallback`.
  llvm::StringRef text(FlagId flag, llvm::StringRef fallback = "") const { return list.getLastArgValue(flag, fallback); }
  std::vector<std::string> all(FlagId flag) const { return list.getAllArgValues(flag); }
  llvm::SmallVector<llvm::StringRef> positional() const;
  /// The last value as a number in [minimum, maximum]; on a bad one reports it and returns std::nullopt.
  std::optional<int64_t> integer(FlagId flag, int64_t fallback, int64_t minimum, int64_t maximum) const;
  std::optional<double> number(FlagId flag, double fallback, double minimum, double maximum) const;
  /// True if the value is one of `allowed`; else reports a usage error that lists them.
  bool oneOf(FlagId flag, llvm::StringRef value, llvm::ArrayRef<llvm::StringRef> allowed) const;
  Console &getConsole() const { return console; }

private:
  llvm::opt::InputArgList list;
  Console &console;
};

/// A command of `tenon`.
struct Command {
  llvm::StringLiteral name;
  llvm::StringLiteral usage;   // what follows `tenon NAME`
  llvm::StringLiteral summary; // one line
  llvm::StringLiteral details; // paragraphs for --help, or empty
  CommandBit bit;
  unsigned minimumPositional, maximumPositional;
  int (*run)(const Arguments &arguments);
};

/// Every command, in the order of the help.
llvm::ArrayRef<Command> commands();
/// The command of that name, or null.
const Command *findCommand(llvm::StringRef name);
/// The command whose name is nearest to `name`, or null if none is near.
const Command *nearestCommand(llvm::StringRef name);

/// Parses the arguments after the command's name. Reports unknown flags, missing values and a wrong number of positional
/// arguments; returns std::nullopt then.
std::optional<Arguments> parseArguments(const Command &command, llvm::ArrayRef<const char *> argv, Console &console);

/// Help of the program, of one command, and of everything as Markdown (docs/cli.md).
void printHelp(llvm::raw_ostream &os);
void printHelp(const Command &command, bool withRare, llvm::raw_ostream &os);
void printMarkdown(llvm::raw_ostream &os);
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_OPTIONS_H
