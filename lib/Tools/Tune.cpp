// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon tune`: which schedule is the fastest for a product, on this GPU, into a table that the compiler asks.
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/TuneRun.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <ctime>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

static std::string timeText(double time) { return time > 0 ? formatv("{0:f2}", time).str() : "-"; }

static std::string textOf(const TuneProduct &product) { return schedule::describeProduct(product.key, product.rows, product.rows); }

/// Reads the table that the winner goes into; an empty one if the file is not there yet.
static std::optional<schedule::TunedTable> readTable(StringRef path, Console &console) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file && file.getError() == std::errc::no_such_file_or_directory)
    return schedule::TunedTable();
  if (!file) {
    console.error("io-error", formatv("cannot read '{0}': {1}", path, file.getError().message()).str());
    return std::nullopt;
  }
  Expected<schedule::TunedTable> table = schedule::TunedTable::parse((*file)->getBuffer(), path);
  if (table)
    return std::move(*table);
  console.error("invalid-table", toString(table.takeError()));
  return std::nullopt;
}

static std::string today() {
  std::time_t now = std::time(nullptr);
  std::tm utc = {};
  char text[16];
  std::strftime(text, sizeof(text), "%Y-%m-%d", gmtime_r(&now, &utc));
  return text;
}

namespace {
/// What the measurement says: the fastest row, and whether the table gains by it.
struct Verdict {
  const TuneRow *winner = nullptr; // null: none was right
  bool isKept = false;
  schedule::TunedEntry entry; // of the winner
};
} // namespace

/// The first row is the cost model's choice.
static Verdict judge(const TuneProduct &product, ArrayRef<TuneRow> rows, StringRef device, double gain) {
  Verdict verdict;
  double next = 0;
  for (const TuneRow &row : rows) {
    if (row.time == 0)
      continue;
    bool isFirst = !verdict.winner || row.time < verdict.winner->time;
    if (isFirst && verdict.winner)
      next = verdict.winner->time;
    else if (!isFirst && (next == 0 || row.time < next))
      next = row.time;
    if (isFirst)
      verdict.winner = &row;
  }
  if (!verdict.winner)
    return verdict;
  verdict.isKept = rows.front().time == 0 || verdict.winner->time <= rows.front().time * (1 - gain / 100);
  verdict.entry = verdict.winner->entry(product);
  verdict.entry.nextTime = next;
  verdict.entry.modelTime = rows.front().time;
  verdict.entry.device = device.str();
  verdict.entry.date = today();
  return verdict;
}

static std::string noteOf(const TuneRow &row, const TuneRow &first) {
  std::string note = &row == &first ? "the cost model's choice" : "";
  if (!row.problem.empty())
    note += (note.empty() ? "" : "; ") + std::string(row.isWrong ? "wrong: " : "refused: ") + row.problem;
  return note;
}

static void printRows(ArrayRef<TuneRow> rows, raw_ostream &os) {
  os << formatv("{0,9}  {1,9}  {2}\n", "us", "model us", "schedule");
  for (const TuneRow &row : rows)
    os << StringRef(formatv("{0,9}  {1,9}  {2,-30}  {3}", timeText(row.time), timeText(row.candidate.estimate),
                            schedule::describeSchedule(row.candidate.schedule), noteOf(row, rows.front()))
                        .str())
              .rtrim()
       << "\n";
}

/// Each candidate with the line that would make a table choose it.
static json::Array rowsToJson(const TuneProduct &product, ArrayRef<TuneRow> rows) {
  json::Array array;
  for (const TuneRow &row : rows) {
    json::Object object{{"schedule", schedule::describeSchedule(row.candidate.schedule)},
                        {"entry", schedule::printTunedEntry(row.entry(product))},
                        {"ok", row.problem.empty()}};
    if (row.time > 0)
      object["us"] = row.time;
    if (row.candidate.estimate > 0)
      object["model_us"] = row.candidate.estimate;
    if (!row.problem.empty())
      object["problem"] = json::fixUTF8(row.problem);
    array.push_back(std::move(object));
  }
  return array;
}

/// Puts the verdict into the table: what the cost model chooses anyway needs no entry, and an old one goes.
static bool writeTable(StringRef path, schedule::TunedTable &table, const Verdict &verdict, Console &console) {
  const schedule::TunedEntry &entry = verdict.entry;
  if (verdict.isKept)
    table.put(entry);
  else
    table.remove(entry.product, entry.leastRows, entry.mostRows);
  Problem problem;
  if (writeWhole(path, table.print(), "", problem))
    return true;
  console.error(problem.code, problem.message);
  return false;
}

static void printVerdict(const Verdict &verdict, StringRef path, double gain, raw_ostream &os) {
  std::string name = schedule::describeSchedule(verdict.entry.schedule);
  if (!verdict.isKept)
    os << formatv("the cost model's choice is within {0} % of the fastest, {1}: it needs no entry\n", numberText(gain, 3), name);
  else if (path.empty())
    os << "with --table=FILE this line would be written:\n" << schedule::printTunedEntry(verdict.entry) << "\n";
  else
    os << formatv("wrote {0} to {1}\n", name, path);
}

/// Compiles, checks and times all rows.
static bool measureAll(TuneRun &run, std::vector<TuneRow> &rows, Console &console) {
  if (!run.prepare())
    return false;
  for (auto [index, row] : enumerate(rows)) {
    console.progress("compiling and checking", static_cast<double>(index) / static_cast<double>(rows.size()));
    if (!run.open(row))
      return false;
  }
  bool ok = run.measure(rows);
  console.endProgress();
  return ok;
}

/// Of one product; std::nullopt if nothing can be said, which the console knows why.
static std::optional<json::Object> measureAndReport(const TuneProduct &product, std::vector<TuneRow> &rows, double gain,
                                                    const Arguments &arguments) {
  Console &console = arguments.getConsole();
  StringRef path = arguments.text(OPT_table);
  std::optional<schedule::TunedTable> table = path.empty() ? schedule::TunedTable() : readTable(path, console);
  TuneRun run(product, arguments);
  if (!table || !measureAll(run, rows, console))
    return std::nullopt;
  Verdict verdict = judge(product, rows, run.deviceName(), gain);
  if (!console.isJson()) {
    outs() << formatv("{0} on {1}, {2} copies\n", textOf(product), run.deviceName(), run.copies());
    printRows(rows, outs());
  }
  for (const TuneRow &row : rows)
    if (row.isWrong)
      console.error("mismatch", schedule::describeSchedule(row.candidate.schedule) + ": " + row.problem);
  json::Object result{{"product", textOf(product)}, {"device", run.deviceName()}, {"candidates", rowsToJson(product, rows)}};
  if (!verdict.winner) {
    console.error("compile-failed", "no schedule computes " + textOf(product));
    return result;
  }
  if (!path.empty() && !writeTable(path, *table, verdict, console))
    return std::nullopt;
  result["winner"] = schedule::describeSchedule(verdict.entry.schedule);
  result["kept"] = verdict.isKept;
  if (!console.isJson())
    printVerdict(verdict, path, gain, outs());
  return result;
}

static json::Object list(const TuneProduct &product, ArrayRef<TuneRow> rows, Console &console) {
  if (!console.isJson()) {
    outs() << textOf(product) << "\n";
    printRows(rows, outs());
  }
  return json::Object{{"product", textOf(product)}, {"candidates", rowsToJson(product, rows)}};
}

static std::optional<std::vector<TuneProduct>> productsOf(const Arguments &arguments) {
  if (arguments.positional().empty() != arguments.has(OPT_product)) {
    arguments.getConsole().error("usage", "expected a model or --product=MxNxK");
    return std::nullopt;
  }
  if (!arguments.has(OPT_product))
    return tuneProductsOfModel(arguments);
  std::optional<TuneProduct> product = tuneProductOf(arguments);
  return product ? std::optional(std::vector{std::move(*product)}) : std::nullopt;
}

int tenon::cli::runTune(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<std::vector<TuneProduct>> products = productsOf(arguments);
  std::optional<double> gain = arguments.number(OPT_min_gain, 2, 0, 99);
  if (!products || !gain)
    return console.exitCode();
  json::Array results;
  for (const TuneProduct &product : *products) {
    std::vector<TuneRow> rows;
    for (schedule::Candidate &candidate : schedule::listCandidates(product.key, product.rows, product.steps))
      rows.emplace_back().candidate = std::move(candidate);
    if (rows.empty()) {
      console.error("unsupported",
                    textOf(product) +
                        ": operands that the copy engine does not take as they lie, and too little to compute: no tile schedule is tried");
      return console.exitCode();
    }
    std::optional<json::Object> result =
        arguments.has(OPT_list_candidates) ? list(product, rows, console) : measureAndReport(product, rows, *gain, arguments);
    if (!result)
      return console.exitCode();
    results.push_back(std::move(*result));
  }
  if (console.isJson())
    console.result(std::move(results));
  return console.exitCode();
}
