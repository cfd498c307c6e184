// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A line of the table of measured schedules <-> an entry. What the members are called and may hold is data; the reader takes nothing that
// the writer does not write, so that a misspelt member is no silent default.
#include "lib/Schedule/Tile/TunedTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace tenon::schedule;
using llvm::StringLiteral;
using llvm::StringRef;
namespace json = llvm::json;

namespace {

template <typename Schedule> struct Number {
  StringLiteral name;
  int64_t Schedule::*member;
  int64_t most;         // the generator says what fits; this keeps its arithmetic sane
  bool isLater = false; // than the first tables: may be zero, and is left out where it is what it always is
};

template <typename Schedule> struct Flag {
  StringLiteral name;
  bool Schedule::*member;
};

constexpr Number<GemmSchedule> kLargeNumbers[] = {
    {"consumers", &GemmSchedule::consumers, 3}, {"blocks", &GemmSchedule::blocks, 4},   {"tile_n", &GemmSchedule::tileN, 256},
    {"stages", &GemmSchedule::stages, 64},      {"cluster", &GemmSchedule::cluster, 4}, {"group", &GemmSchedule::group, 65536},
};
// Rows of a matrix say whether threads read or write it: that is no choice.
constexpr Flag<GemmSchedule> kLargeFlags[] = {
    {"ping_pong", &GemmSchedule::pingPong}, {"cluster_along_n", &GemmSchedule::clusterAlongN}, {"stream_c", &GemmSchedule::streamC}};
constexpr Number<SmallGemmSchedule> kSmallNumbers[] = {
    {"consumers", &SmallGemmSchedule::consumers, 4}, {"tile_m", &SmallGemmSchedule::tileM, 256},
    {"stages", &SmallGemmSchedule::stages, 64},      {"split", &SmallGemmSchedule::split, 8},
    {"ahead", &SmallGemmSchedule::ahead, 64, true},  {"release", &SmallGemmSchedule::release, 4096, true},
};

constexpr StringLiteral kElements[] = {"f16", "bf16", "f32"};
constexpr StringLiteral kOutputs[] = {"f16", "bf16", "f32"};
constexpr StringLiteral kLayouts[] = {"nn", "nt", "tn", "tt"};
constexpr StringLiteral kOperands[] = {"column f16", "column bf16", "column f32",  "row f16",   "row bf16",
                                       "row f32",    "matrix f16",  "matrix bf16", "matrix f32"};
constexpr int64_t kMostRows = INT32_MAX; // kernels count in 32 bits

/// Takes the members of an object one by one. Only the first that is wrong is told of; one that nobody takes is wrong too.
class Members {
public:
  Members(const json::Object &object, StringRef name, std::string &problem) : object(object), name(name), problem(problem) {}

  /// The member, or null if it is missing, which is wrong if it is required.
  const json::Value *take(StringRef member, bool isRequired = true);
  void number(StringRef member, int64_t &value, int64_t most, bool isRequired = true, int64_t least = 1);
  void number(const json::Value &from, const std::string &member, int64_t &value, int64_t most, int64_t least = 1);
  void flag(StringRef member, bool &value, bool isRequired = true);
  void text(StringRef member, std::string &value, llvm::ArrayRef<StringLiteral> allowed);
  void texts(StringRef member, std::vector<std::string> &values, llvm::ArrayRef<StringLiteral> allowed);
  void time(StringRef member, double &value);
  void free(StringRef member, std::string &value);
  void rows(TunedEntry &entry);
  const json::Object *nested(StringRef member, bool isRequired = true);
  void finish();

private:
  void fail(StringRef member, StringRef expected) {
    if (problem.empty())
      problem = llvm::formatv("expected {0} as {1}{2}", expected, name, member);
  }

  const json::Object &object;
  StringRef name; // with a dot, if the object is inside another one
  std::string &problem;
  llvm::SmallVector<StringRef> taken;
};

} // namespace

const json::Value *Members::take(StringRef member, bool isRequired) {
  taken.push_back(member);
  const json::Value *value = object.get(member);
  if (!value && isRequired)
    fail(member, "a value");
  return value;
}

void Members::number(const json::Value &from, const std::string &member, int64_t &value, int64_t most, int64_t least) {
  std::optional<int64_t> given = from.getAsInteger();
  if (!given || *given < least || *given > most)
    return fail(member, llvm::formatv("a whole number from {0} to {1}", least, most).str());
  value = *given;
}

void Members::number(StringRef member, int64_t &value, int64_t most, bool isRequired, int64_t least) {
  if (const json::Value *from = take(member, isRequired))
    number(*from, member.str(), value, most, least);
}

void Members::flag(StringRef member, bool &value, bool isRequired) {
  const json::Value *from = take(member, isRequired);
  std::optional<bool> given = from ? from->getAsBoolean() : std::nullopt;
  if (given)
    value = *given;
  else if (from)
    fail(member, "true or false");
}

void Members::text(StringRef member, std::string &value, llvm::ArrayRef<StringLiteral> allowed) {
  const json::Value *from = take(member);
  std::optional<StringRef> given = from ? from->getAsString() : std::nullopt;
  if (!given || !llvm::is_contained(allowed, *given))
    return fail(member, "one of " + llvm::join(allowed, ", "));
  value = given->str();
}

void Members::texts(StringRef member, std::vector<std::string> &values, llvm::ArrayRef<StringLiteral> allowed) {
  const json::Value *from = take(member, /*isRequired=*/false);
  const json::Array *array = from ? from->getAsArray() : nullptr;
  auto isAllowed = [&](const json::Value &value) {
    std::optional<StringRef> given = value.getAsString();
    return given && llvm::is_contained(allowed, *given);
  };
  if (from && (!array || !llvm::all_of(*array, isAllowed)))
    return fail(member, "a list of " + llvm::join(allowed, ", "));
  if (array)
    for (const json::Value &value : *array)
      values.push_back(value.getAsString()->str());
}

void Members::time(StringRef member, double &value) {
  const json::Value *from = take(member, /*isRequired=*/false);
  std::optional<double> given = from ? from->getAsNumber() : std::nullopt;
  if (given && *given > 0)
    value = *given;
  else if (from)
    fail(member, "microseconds above 0");
}

void Members::free(StringRef member, std::string &value) {
  const json::Value *from = take(member, /*isRequired=*/false);
  std::optional<StringRef> given = from ? from->getAsString() : std::nullopt;
  if (given)
    value = given->str();
  else if (from)
    fail(member, "a text");
}

/// M: a number, or a range of two.
void Members::rows(TunedEntry &entry) {
  const json::Value *from = take("m");
  if (!from)
    return;
  const json::Array *range = from->getAsArray();
  number(range && range->size() == 2 ? range->front() : *from, "m", entry.leastRows, kMostRows);
  number(range && range->size() == 2 ? range->back() : *from, "m", entry.mostRows, kMostRows);
  if (range && entry.leastRows >= entry.mostRows)
    fail("m", "a number or a range of ascending ones");
}

const json::Object *Members::nested(StringRef member, bool isRequired) {
  const json::Value *from = take(member, isRequired);
  const json::Object *found = from ? from->getAsObject() : nullptr;
  if (from && !found)
    fail(member, "an object");
  return found;
}

void Members::finish() {
  for (const auto &[member, value] : object)
    if (!llvm::is_contained(taken, StringRef(member)))
      fail(member, "nothing");
}

static void readProduct(const json::Object &object, TunedEntry &entry, std::string &problem) {
  ProductKey &product = entry.product;
  Members members(object, "product.", problem);
  members.text("element", product.element, kElements);
  members.text("output", product.output, kOutputs);
  members.text("layout", product.layout, kLayouts);
  members.rows(entry);
  members.number("n", product.n, INT32_MAX);
  members.number("k", product.k, INT32_MAX);
  members.number("batch", product.batch, INT32_MAX, /*isRequired=*/false);
  members.flag("shared_a", product.isSharedA, /*isRequired=*/false);
  members.texts("operands", product.operands, kOperands);
  members.texts("further", product.further, kOutputs);
  members.finish();
}

template <typename Schedule> static void readNumbers(Members &members, llvm::ArrayRef<Number<Schedule>> rows, Schedule &schedule) {
  for (const Number<Schedule> &row : rows)
    members.number(row.name, schedule.*row.member, row.most, /*isRequired=*/!row.isLater, /*least=*/row.isLater ? 0 : 1);
}

static void readSchedule(const json::Object &object, AnyGemmSchedule &schedule, std::string &problem) {
  static constexpr StringLiteral kinds[] = {"large", "small"};
  Members members(object, "schedule.", problem);
  std::string kind;
  members.text("kind", kind, kinds);
  if (kind == "small") {
    readNumbers(members, llvm::ArrayRef(kSmallNumbers), schedule.emplace<SmallGemmSchedule>());
  } else {
    auto &large = schedule.emplace<GemmSchedule>();
    readNumbers(members, llvm::ArrayRef(kLargeNumbers), large);
    for (const Flag<GemmSchedule> &row : kLargeFlags)
      members.flag(row.name, large.*row.member);
  }
  members.finish();
}

static void readMeasured(const json::Object &object, TunedEntry &entry, std::string &problem) {
  Members members(object, "measured.", problem);
  members.time("us", entry.time);
  members.time("next_us", entry.nextTime);
  members.time("model_us", entry.modelTime);
  members.free("device", entry.device);
  members.free("date", entry.date);
  members.finish();
}

std::string tenon::schedule::readTunedEntry(StringRef line, TunedEntry &entry) {
  static constexpr StringLiteral ops[] = {"product"}, archs[] = {"sm_90a"};
  // The JSON reader calls itself for what is nested: the stack must suffice for whatever a line can hold.
  constexpr size_t mostBytes = 4096;
  if (line.size() > mostBytes)
    return llvm::formatv("expected lines of at most {0} bytes, got {1}", mostBytes, line.size());
  llvm::Expected<json::Value> value = json::parse(line);
  if (!value)
    return "expected a JSON object on each line: " + llvm::toString(value.takeError());
  const json::Object *object = value->getAsObject();
  if (!object)
    return "expected a JSON object on each line";
  std::string problem, op;
  Members members(*object, "", problem);
  members.text("op", op, ops);
  members.text("arch", entry.product.arch, archs);
  if (const json::Object *product = members.nested("product"))
    readProduct(*product, entry, problem);
  if (const json::Object *schedule = members.nested("schedule"))
    readSchedule(*schedule, entry.schedule, problem);
  if (const json::Object *measured = members.nested("measured", /*isRequired=*/false))
    readMeasured(*measured, entry, problem);
  members.finish();
  return problem;
}

static void writeProduct(json::OStream &os, const TunedEntry &entry) {
  const ProductKey &product = entry.product;
  os.attribute("element", product.element);
  os.attribute("output", product.output);
  os.attribute("layout", product.layout);
  if (entry.isRange())
    os.attribute("m", json::Array{entry.leastRows, entry.mostRows});
  else
    os.attribute("m", entry.leastRows);
  os.attribute("n", product.n);
  os.attribute("k", product.k);
  if (product.batch)
    os.attribute("batch", product.batch);
  if (product.isSharedA)
    os.attribute("shared_a", true);
  if (!product.operands.empty())
    os.attribute("operands", json::Array(product.operands));
  if (!product.further.empty())
    os.attribute("further", json::Array(product.further));
}

template <typename Schedule> static void writeNumbers(json::OStream &os, const Schedule &schedule, llvm::ArrayRef<Number<Schedule>> rows) {
  for (const Number<Schedule> &row : rows)
    if (!row.isLater || schedule.*row.member != Schedule().*row.member)
      os.attribute(row.name, schedule.*row.member);
}

static void writeSchedule(json::OStream &os, const AnyGemmSchedule &schedule) {
  if (auto *small = std::get_if<SmallGemmSchedule>(&schedule)) {
    os.attribute("kind", "small");
    writeNumbers(os, *small, llvm::ArrayRef(kSmallNumbers));
    return;
  }
  const auto &large = std::get<GemmSchedule>(schedule);
  os.attribute("kind", "large");
  writeNumbers(os, large, llvm::ArrayRef(kLargeNumbers));
  for (const Flag<GemmSchedule> &row : kLargeFlags)
    os.attribute(row.name, large.*row.member);
}

static void writeMeasured(json::OStream &os, const TunedEntry &entry) {
  auto time = [&](StringRef name, double value) {
    if (value > 0)
      os.attributeBegin(name), os.rawValue(llvm::formatv("{0:f2}", value).str()), os.attributeEnd();
  };
  time("us", entry.time);
  time("next_us", entry.nextTime);
  time("model_us", entry.modelTime);
  if (!entry.device.empty())
    os.attribute("device", json::fixUTF8(entry.device));
  if (!entry.date.empty())
    os.attribute("date", json::fixUTF8(entry.date));
}

std::string tenon::schedule::printTunedEntry(const TunedEntry &entry) {
  std::string line;
  llvm::raw_string_ostream stream(line);
  json::OStream os(stream);
  os.object([&] {
    os.attribute("op", "product");
    os.attribute("arch", entry.product.arch);
    os.attributeObject("product", [&] { writeProduct(os, entry); });
    os.attributeObject("schedule", [&] { writeSchedule(os, entry.schedule); });
    if (entry.time > 0)
      os.attributeObject("measured", [&] { writeMeasured(os, entry); });
  });
  return line;
}
