// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The products of a model: compiled until they have schedules, it names each one in a remark.
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/ModelArguments.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/TuneProduct.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <set>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

std::vector<std::pair<std::string, std::string>> tenon::cli::productRemarks(StringRef report) {
  std::vector<std::pair<std::string, std::string>> found;
  Expected<json::Value> value = json::parse(report);
  if (!value) {
    consumeError(value.takeError());
    return found;
  }
  const json::Object *object = value->getAsObject();
  const json::Array *rows = object ? object->getArray("fusions") : nullptr;
  for (const json::Value &row : rows ? ArrayRef<json::Value>(*rows) : ArrayRef<json::Value>()) {
    const json::Object *remark = row.getAsObject();
    StringRef name = remark ? remark->getString("name").value_or("") : "";
    if (name == "TensorCores" || name == "NoTensorCores")
      found.emplace_back(name, remark->getString("message").value_or(""));
  }
  return found;
}

/// The texts of describeProduct, each once and sorted.
static std::set<std::string> findProducts(StringRef report) {
  std::set<std::string> found;
  for (const auto &[name, message] : productRemarks(report))
    if (name == "TensorCores")
      found.insert(StringRef(message).split("Product=\"").second.split('"').first.str());
  return found;
}

/// Can the model that is measured hold it?
static bool isWritable(const schedule::ProductKey &key) {
  bool hasOthers = any_of(key.operands, [](StringRef operand) { return operand.starts_with("scalar") || operand.ends_with("i32"); });
  bool isKnown = is_contained({"f16", "bf16", "f32"}, StringRef(key.element)) && (key.output == key.element || key.output == "f32");
  return isKnown && key.further.empty() && !hasOthers && (!key.batch || key.layout == "nn");
}

std::optional<std::vector<TuneProduct>> tenon::cli::tuneProductsOfModel(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  StringRef type = arguments.text(OPT_type, "fp16");
  std::optional<std::vector<InputShape>> shapes = shapesOf(arguments);
  if (!shapes || !arguments.oneOf(OPT_type, type, {"fp16", "bf16", "tf32"}))
    return std::nullopt;
  CompileOptions options;
  options.target = "cuda:sm_90a";
  options.precision = type.str();
  options.tuned = "none";
  options.emit = "linalg";
  options.shapes = std::move(*shapes);
  std::string path = arguments.positional().front().str();
  CompileResult result = compileWithConsole(ModelSource{path, {}}, options, console);
  if (!result.ok)
    return std::nullopt;
  std::vector<TuneProduct> products;
  for (const std::string &text : findProducts(result.report)) {
    TuneProduct product;
    if (schedule::parseProduct(text, product.key, product.rows) && isWritable(product.key)) {
      // What the epilogue computes is no part of the key; that it reads operands is.
      product.steps = product.key.operands;
      products.push_back(std::move(product));
    } else {
      console.note(formatv("not tuned: {0} (sizes that are not known, several results, integers or single values)", text).str());
    }
  }
  if (products.empty())
    console.error("compile-failed", formatv("'{0}' has no product of known sizes on tensor cores; --shapes fixes dims", path).str());
  return products.empty() ? std::nullopt : std::optional(std::move(products));
}
