// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dims that exporters spell as expressions: sums, differences, products and floor divisions of names and numbers.
#include "lib/Tools/Inputs.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace llvm;
using namespace tenon::cli;

namespace {
/// Recursive descent over `rest`; every function returns std::nullopt for what it does not understand.
class Evaluator {
public:
  Evaluator(StringRef text, const StringMap<int64_t> &values) : rest(text), values(values) {}

  std::optional<int64_t> run() {
    std::optional<int64_t> value = sum(0);
    rest = rest.ltrim();
    return rest.empty() ? value : std::nullopt;
  }

private:
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  std::optional<int64_t> sum(unsigned depth) {
    std::optional<int64_t> value = product(depth);
    while (value) {
      bool plus = take("+");
      if (!plus && !take("-"))
        break;
      std::optional<int64_t> other = product(depth);
      if (!other)
        return std::nullopt;
      value = plus ? checkedAdd(*value, *other) : checkedSub(*value, *other);
    }
    return value;
  }

  std::optional<int64_t> product(unsigned depth) {
    std::optional<int64_t> value = atom(depth);
    while (value) {
      bool division = take("//");
      if (!division && !take("*"))
        break;
      std::optional<int64_t> other = atom(depth);
      // Sizes are not negative, so that C++'s division is the floor.
      if (!other || (division && (*other <= 0 || *value < 0)))
        return std::nullopt;
      value = division ? std::optional<int64_t>(*value / *other) : checkedMul(*value, *other);
    }
    return value;
  }

  std::optional<int64_t> atom(unsigned depth) {
    if (take("(")) {
      // Deeper than any exporter writes; bounds the stack.
      std::optional<int64_t> value = depth < 32 ? sum(depth + 1) : std::nullopt;
      return take(")") ? value : std::nullopt;
    }
    rest = rest.ltrim();
    StringRef word = rest.take_while([](char c) { return isAlnum(c) || c == '_' || c == '.'; });
    rest = rest.drop_front(word.size());
    int64_t number;
    if (word.empty())
      return std::nullopt;
    if (!word.getAsInteger(10, number))
      return number;
    auto found = values.find(word);
    return found == values.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }

  StringRef rest;
  const StringMap<int64_t> &values;
};
} // namespace

std::optional<int64_t> tenon::cli::evaluateDim(StringRef text, const StringMap<int64_t> &values) {
  // A name may hold any characters, so the whole text is tried first.
  auto found = values.find(text);
  return found != values.end() ? std::optional<int64_t>(found->second) : Evaluator(text, values).run();
}
