// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Tile/TunedTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

static std::string typeName(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

ProductKey ProductKey::get(const GemmProblem &problem, const GemmSizes &sizes) {
  ProductKey key;
  key.element = typeName(problem.element);
  key.output = typeName(problem.output);
  key.layout = {problem.transposeA ? 't' : 'n', problem.transposeB ? 'n' : 't'};
  key.n = sizes.n;
  key.k = sizes.k;
  key.batch = problem.isBatched ? sizes.batch : 0;
  key.isSharedA = problem.isSharedA;
  for (auto [index, kind] : llvm::enumerate(problem.operands)) {
    constexpr StringLiteral shapes[] = {"column ", "row ", "matrix ", "scalar "}; // of EpilogueOperand
    key.operands.push_back(shapes[static_cast<size_t>(kind)].str() + typeName(problem.getOperandType(index)));
  }
  for (Type type : problem.furtherOutputs)
    key.further.push_back(typeName(type));
  return key;
}

static auto orderOf(const TunedEntry &entry) { return std::tuple_cat(entry.product.tie(), std::tie(entry.leastRows, entry.mostRows)); }

static bool isBefore(const TunedEntry &a, const TunedEntry &b) { return orderOf(a) < orderOf(b); }

/// Could both answer for the same product? An entry for single rows may lie in the range of another one: it comes first.
static bool areAmbiguous(const TunedEntry &a, const TunedEntry &b) {
  return a.product == b.product && a.isRange() == b.isRange() && a.leastRows <= b.mostRows && b.leastRows <= a.mostRows;
}

/// The header: what the file is, and its version.
static std::string readHeader(StringRef line) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(line);
  if (!value)
    llvm::consumeError(value.takeError());
  const llvm::json::Object *object = value ? value->getAsObject() : nullptr;
  if (!object || object->getString("format") != "tenon-tuned")
    return "expected a table of tuned schedules, which begins with {\"format\":\"tenon-tuned\",\"version\":1}";
  std::optional<int64_t> version = object->getInteger("version");
  if (version != kTunedVersion)
    return llvm::formatv("expected version {0} of the format, got {1}", kTunedVersion,
                         version ? std::to_string(*version) : std::string("none"));
  return "";
}

llvm::Expected<TunedTable> TunedTable::parse(StringRef text, StringRef name) {
  TunedTable table;
  table.name = name.str();
  unsigned number = 0;
  auto fail = [&](const Twine &reason) { return llvm::createStringError(name + ":" + Twine(number) + ": " + reason); };
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (StringRef line : lines) {
    ++number;
    TunedEntry entry;
    entry.line = number;
    std::string problem;
    if (number == 1)
      problem = readHeader(line);
    else if (!line.trim().empty())
      problem = readTunedEntry(line, entry);
    if (!problem.empty())
      return fail(problem);
    if (number > 1 && !line.trim().empty())
      table.entries.push_back(std::move(entry));
  }
  llvm::sort(table.entries, isBefore);
  // Ambiguous entries need not be neighbours: single rows may lie between two ranges.
  const TunedEntry *last[2] = {};
  for (const TunedEntry &entry : table.entries) {
    const TunedEntry *&before = last[entry.isRange()];
    if (before && areAmbiguous(*before, entry)) {
      number = std::max(before->line, entry.line);
      return fail("expected rows that no other line has for this product, line " + Twine(std::min(before->line, entry.line)) + " has them");
    }
    before = &entry;
  }
  return table;
}

SmallVector<const TunedEntry *> TunedTable::findRanges(const ProductKey &product) const {
  SmallVector<const TunedEntry *> found;
  for (const TunedEntry &entry : entries)
    if (entry.isRange() && entry.product == product)
      found.push_back(&entry);
  return found;
}

const TunedEntry *TunedTable::find(const ProductKey &product, int64_t rows) const {
  const TunedEntry *found = nullptr;
  for (const TunedEntry &entry : entries)
    if (entry.product == product && entry.leastRows <= rows && rows <= entry.mostRows && !(found && entry.isRange()))
      found = &entry;
  return found;
}

void TunedTable::put(TunedEntry entry) {
  remove(entry.product, entry.leastRows, entry.mostRows);
  entries.insert(std::lower_bound(entries.begin(), entries.end(), entry, isBefore), std::move(entry));
}

void TunedTable::remove(const ProductKey &product, int64_t leastRows, int64_t mostRows) {
  llvm::erase_if(entries, [&](const TunedEntry &entry) {
    return entry.product == product && entry.leastRows == leastRows && entry.mostRows == mostRows;
  });
}

std::string TunedTable::print() const {
  std::string text = llvm::formatv("{{\"format\":\"tenon-tuned\",\"version\":{0}}\n", kTunedVersion);
  for (const TunedEntry &entry : entries)
    text += printTunedEntry(entry) + "\n";
  return text;
}

std::string TunedTable::placeOf(const TunedEntry &entry) const { return (llvm::sys::path::filename(name) + ":" + Twine(entry.line)).str(); }

std::string TunedTable::digest() const {
  llvm::BLAKE3 hasher;
  hasher.update(print());
  return llvm::toHex(hasher.final<16>(), /*LowerCase=*/true);
}

std::string tenon::schedule::describeProduct(const ProductKey &product, int64_t leastRows, int64_t mostRows) {
  std::string rows = leastRows == 0 ? "?" : std::to_string(leastRows) + (leastRows < mostRows ? "-" + std::to_string(mostRows) : "");
  auto known = [](int64_t size) { return size == 0 ? "?" : std::to_string(size); };
  std::string sizes = llvm::formatv("{0}x{1}x{2}", rows, known(product.n), known(product.k));
  if (product.batch)
    sizes = llvm::formatv("{0}x({1})", product.batch, sizes);
  std::string text = product.element + " " + sizes + " " + product.layout + (product.isSharedA ? " one A" : "");
  for (StringRef operand : product.operands)
    text += " + " + operand.str();
  if (product.output != product.element)
    text += " -> " + product.output;
  for (StringRef type : product.further)
    text += " and " + type.str();
  return text;
}

/// "384x1024x4096" or "512x(384x384x64)".
static bool parseSizes(StringRef text, ProductKey &product, int64_t &rows) {
  if (text.ends_with(")")) {
    auto [batch, inside] = text.drop_back().split("x(");
    if (batch.getAsInteger(10, product.batch))
      return false;
    text = inside;
  }
  auto [m, others] = text.split('x');
  auto [n, k] = others.split('x');
  return !m.getAsInteger(10, rows) && !n.getAsInteger(10, product.n) && !k.getAsInteger(10, product.k);
}

bool tenon::schedule::parseProduct(StringRef text, ProductKey &product, int64_t &rows) {
  SmallVector<StringRef> words;
  text.split(words, ' ');
  if (words.size() < 3 || words[2].size() != 2 || !parseSizes(words[1], product, rows))
    return false;
  product.element = product.output = words[0].str();
  product.layout = words[2].str();
  ArrayRef<StringRef> rest = ArrayRef(words).drop_front(3);
  while (rest.size() >= 2) {
    bool isOperand = rest[0] == "+" && rest.size() >= 3;
    if (isOperand)
      product.operands.push_back((rest[1] + " " + rest[2]).str());
    else if (rest[0] == "one" && rest[1] == "A")
      product.isSharedA = true;
    else if (rest[0] == "->")
      product.output = rest[1].str();
    else if (rest[0] == "and")
      product.further.push_back(rest[1].str());
    else
      return false;
    rest = rest.drop_front(isOperand ? 3 : 2);
  }
  return rest.empty();
}

std::string tenon::schedule::describeSchedule(const AnyGemmSchedule &schedule) {
  if (auto *small = std::get_if<SmallGemmSchedule>(&schedule)) {
    std::string name = llvm::formatv("small_{0}x{1}_s{2}_k{3}", small->tileM, small->tileN(), small->stages, small->split);
    return name + (small->promote ? "_p" + std::to_string(small->promote) : "") +
           (small->ahead ? "_a" + std::to_string(small->ahead) : "") +
           (small->release != SmallGemmSchedule().release ? "_r" + std::to_string(small->release) : "");
  }
  const auto &large = std::get<GemmSchedule>(schedule);
  std::string name = llvm::formatv("{0}x{1}_c{2}_s{3}_g{4}", large.tileM(), large.tileN, large.consumers, large.stages, large.group);
  if (large.cluster > 1)
    name += (large.clusterAlongN ? "_n" : "_m") + std::to_string(large.cluster);
  return name + (large.promote ? "_p" + std::to_string(large.promote) : "") + (large.pingPong ? "_turns" : "") +
         (large.streamC ? "_stream" : "") + (large.storeDirectly ? "_direct" : "") + (large.reads() ? "_reads" : "") +
         (large.readsA ? "a" : "") + (large.readsB ? "b" : "");
}
