// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parsing, help and suggestions, all from the tables of Options.td and Commands.cpp.
#include "lib/Tools/Options.h"

#include "lib/Tools/Console.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/Arg.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace llvm::opt;
using namespace tenon::cli;

#define OPTTABLE_STR_TABLE_CODE
#include "lib/Tools/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE
#define OPTTABLE_PREFIXES_TABLE_CODE
#include "lib/Tools/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE
#define OPTTABLE_PREFIXES_UNION_CODE
#include "lib/Tools/Options.inc"
#undef OPTTABLE_PREFIXES_UNION_CODE

static constexpr OptTable::Info infoTable[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "lib/Tools/Options.inc"
#undef OPTION
};

namespace {
class TenonOptTable : public PrecomputedOptTable {
public:
  TenonOptTable() : PrecomputedOptTable(OptionStrTable, OptionPrefixesTable, infoTable, OptionPrefixesUnion) {}
};
} // namespace

/// Built for each use: it costs microseconds, and the library keeps no global state.
static TenonOptTable makeTable() { return TenonOptTable(); }

SmallVector<StringRef> Arguments::positional() const {
  SmallVector<StringRef> result;
  for (const Arg *argument : list.filtered(OPT_INPUT))
    result.push_back(argument->getValue());
  return result;
}

/// The flag as the user writes it, without the "=".
static std::string spelling(const OptTable &table, unsigned flag) { return table.getOptionPrefixedName(flag).rtrim('=').str(); }

std::optional<int64_t> Arguments::integer(FlagId flag, int64_t fallback, int64_t minimum, int64_t maximum) const {
  if (!has(flag))
    return fallback;
  int64_t value;
  if (!text(flag).getAsInteger(10, value) && value >= minimum && value <= maximum)
    return value;
  console.error(
      "usage",
      formatv("{0} expects a whole number from {1} to {2}, got '{3}'", spelling(makeTable(), flag), minimum, maximum, text(flag)).str());
  return std::nullopt;
}

std::optional<double> Arguments::number(FlagId flag, double fallback, double minimum, double maximum) const {
  if (!has(flag))
    return fallback;
  double value;
  if (!text(flag).getAsDouble(value) && std::isfinite(value) && value >= minimum && value <= maximum)
    return value;
  console.error("usage", formatv("{0} expects a number from {1} to {2}, got '{3}'", spelling(makeTable(), flag), numberText(minimum, 6),
                                 numberText(maximum, 6), text(flag))
                             .str());
  return std::nullopt;
}

bool Arguments::oneOf(FlagId flag, StringRef value, ArrayRef<StringRef> allowed) const {
  if (is_contained(allowed, value))
    return true;
  console.error("usage", formatv("{0} expects one of {1}, got '{2}'", spelling(makeTable(), flag), join(allowed, ", "), value).str());
  return false;
}

/// Names the flag of `command` nearest to `argument`, or "" if none is near.
static std::string suggestFlag(const OptTable &table, const Command &command, StringRef argument) {
  std::string nearest;
  StringRef name = argument.split('=').first;
  unsigned distance = table.findNearest(name, nearest, opt::Visibility(command.bit));
  // A word that shares nothing with the flag is no suggestion.
  return distance <= std::max<size_t>(2, name.size() / 3) ? StringRef(nearest).rtrim('=').str() : std::string();
}

/// The commands that know the flag `argument`, for a flag given to the wrong command.
static std::string commandsKnowing(const OptTable &table, StringRef argument) {
  StringRef name = argument.split('=').first;
  SmallVector<StringRef> names;
  for (unsigned id = 1; id <= table.getNumOptions(); ++id)
    if (StringRef(spelling(table, id)) == name)
      for (const Command &command : commands())
        if ((infoTable[id - 1].Visibility & command.bit) && !is_contained(names, command.name))
          names.push_back(command.name);
  return join(names, ", ");
}

static void reportUnknown(const OptTable &table, const Command &command, StringRef argument, Console &console) {
  std::string message = formatv("unknown flag '{0}' for 'tenon {1}'", argument.split('=').first, command.name);
  std::string suggestion = suggestFlag(table, command, argument);
  std::string others = commandsKnowing(table, argument);
  if (!others.empty())
    message += formatv("; it belongs to: {0}", others);
  else if (!suggestion.empty())
    message += formatv("; did you mean '{0}'?", suggestion);
  else
    message += formatv("; see 'tenon {0} --help'", command.name);
  console.error("usage", message);
}

std::optional<Arguments> tenon::cli::parseArguments(const Command &command, ArrayRef<const char *> argv, Console &console) {
  TenonOptTable table = makeTable();
  unsigned missingIndex = 0, missingCount = 0;
  InputArgList list = table.ParseArgs(argv, missingIndex, missingCount, opt::Visibility(command.bit));
  bool ok = true;
  if (missingCount) {
    console.error("usage", formatv("flag '{0}' expects a value", argv[missingIndex]).str());
    ok = false;
  }
  for (const Arg *argument : list.filtered(OPT_UNKNOWN)) {
    reportUnknown(table, command, argument->getSpelling(), console);
    ok = false;
  }
  if (list.hasArg(OPT_help) || list.hasArg(OPT_help_all))
    return Arguments(std::move(list), console);
  size_t count = list.getAllArgValues(OPT_INPUT).size();
  if (ok && (count < command.minimumPositional || count > command.maximumPositional)) {
    console.error("usage", formatv("expected 'tenon {0} {1}', got {2} argument{3} that {4} not a flag", command.name, command.usage, count,
                                   count == 1 ? "" : "s", count == 1 ? "is" : "are")
                               .str());
    ok = false;
  }
  return ok ? std::optional<Arguments>(Arguments(std::move(list), console)) : std::nullopt;
}

const Command *tenon::cli::findCommand(StringRef name) {
  const Command *found = find_if(commands(), [&](const Command &command) { return command.name == name; });
  return found == commands().end() ? nullptr : found;
}

const Command *tenon::cli::nearestCommand(StringRef name) {
  const Command *nearest = nullptr;
  unsigned best = std::max<size_t>(2, name.size() / 3) + 1;
  for (const Command &command : commands()) {
    unsigned distance = name.edit_distance(command.name);
    if (distance < best) {
      best = distance;
      nearest = &command;
    }
  }
  return nearest;
}

/// Calls `use(spelling, help)` for the flags of `command`, group by group; a new group calls `heading` first.
static void forEachFlag(const Command &command, bool withRare, function_ref<void(StringRef)> heading,
                        function_ref<void(StringRef, StringRef)> use) {
  TenonOptTable table = makeTable();
  for (unsigned group : {OPT_ModelGroup, OPT_RunGroup, OPT_MeasureGroup, OPT_CompareGroup, OPT_TuneGroup, OPT_GeneralGroup}) {
    bool first = true;
    for (unsigned id = 1; id <= table.getNumOptions(); ++id) {
      const OptTable::Info &info = infoTable[id - 1];
      if (info.GroupID != group || !info.HelpText || !(info.Visibility & command.bit) || (!withRare && (info.Flags & HelpHidden)))
        continue;
      if (std::exchange(first, false))
        heading(table.getOptionName(group));
      use(table.getOptionPrefixedName(id).str() + (info.MetaVar ? info.MetaVar : ""), info.HelpText);
    }
  }
}

/// Prints `text` from column `column` on, wrapped at 100 characters; the cursor stands at `at`.
static void printWrapped(raw_ostream &os, StringRef text, size_t at, size_t column) {
  os.indent(at < column ? column - at : 2);
  size_t position = std::max(at + 2, column);
  SmallVector<StringRef> words;
  text.split(words, ' ');
  bool first = true;
  for (StringRef word : words) {
    if (!first && position + 1 + word.size() > 100) {
      os << '\n';
      os.indent(column);
      position = column;
    } else if (!first) {
      os << ' ';
      ++position;
    }
    os << word;
    position += word.size();
    first = false;
  }
  os << '\n';
}

void tenon::cli::printHelp(raw_ostream &os) {
  os << "tenon: compiles ONNX models into engines and runs them\n\nusage: tenon COMMAND [ARGUMENTS]\n\n";
  for (const Command &command : commands()) {
    os << "  " << command.name;
    printWrapped(os, command.summary, 2 + command.name.size(), 12);
  }
  os << "\n  tenon COMMAND --help   the flags of a command\n  tenon --version        the version\n"
        "\nexit codes: 0 success, 1 refused or different, 2 wrong usage, 3 something is missing here, 4 a bug in tenon, 130 interrupted\n";
}

void tenon::cli::printHelp(const Command &command, bool withRare, raw_ostream &os) {
  os << "tenon " << command.name << ": " << command.summary << "\n\nusage: tenon " << command.name;
  if (!command.usage.empty())
    os << " " << command.usage;
  os << "\n";
  if (!command.details.empty())
    os << "\n" << command.details << "\n";
  forEachFlag(
      command, withRare, [&](StringRef heading) { os << "\n"
                                                     << heading << "\n"; },
      [&](StringRef flag, StringRef help) {
        os << "  " << flag;
        printWrapped(os, help, 2 + flag.size(), 28);
      });
}

void tenon::cli::printMarkdown(raw_ostream &os) {
  os << "<!-- Made by `tenon --help-markdown`; edit lib/Tools/Options.td and lib/Tools/Commands.cpp instead. -->\n# The command line\n\n";
  os << "A flag takes its value as `--flag=value` or `--flag value`. Results go to standard output, diagnostics and progress to standard "
        "error;\n"
        "with `--json` both are JSON, diagnostics one object per line. [errors.md](errors.md) lists the exit codes and the error codes.\n\n"
        "What takes more than a second shows its phase, how much of it is done and the seconds. The share is that of the stages and their\n"
        "functions (compile, check), of the kernels that the run launches (run, compare), of the time or the runs, whichever ends later, "
        "between\n"
        "runs so that it is in no measured time (bench), or of the outputs (comparing). It is `-` where nothing is known: ONNX Runtime's "
        "run,\n"
        "programs with loops, a GPU's run (it launches graphs), and the opening of an engine.\n";
  for (const Command &command : commands()) {
    os << "\n## tenon " << command.name << "\n\n`tenon " << command.name << (command.usage.empty() ? "" : " ") << command.usage
       << "`: " << command.summary << ".\n";
    if (!command.details.empty())
      os << "\n" << command.details << "\n";
    os << "\n| flag | meaning |\n|---|---|\n";
    forEachFlag(
        command, /*withRare=*/true, [](StringRef) {},
        [&](StringRef flag, StringRef help) {
          std::string escaped = flag.str();
          for (size_t at = 0; (at = escaped.find('|', at)) != std::string::npos; at += 2)
            escaped.replace(at, 1, "\\|");
          os << "| `" << escaped << "` | " << help << " |\n";
        });
  }
}
