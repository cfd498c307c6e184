// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/TuneProduct.h"

#include "lib/Tools/Console.h"
#include "lib/Tools/Inputs.h"
#include "lib/Tools/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace tenon::cli;

static constexpr TuneFunction functions[] = {
    {"relu", [](double x) { return std::max(x, 0.0); }},
    {"gelu", [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    // Hendrycks and Gimpel, Gaussian error linear units, 2016.
    {"gelu_tanh", [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / 3.14159265358979324) * (x + 0.044715 * x * x * x))); }},
    {"silu", [](double x) { return x / (1 + std::exp(-x)); }},
};

ArrayRef<TuneFunction> tenon::cli::tuneFunctions() { return functions; }

/// "384x1024x4096".
static bool readSizes(StringRef text, TuneProduct &product) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  int64_t *sizes[] = {&product.rows, &product.key.n, &product.key.k};
  return parts.size() == 3 && all_of(zip_equal(parts, sizes), [](auto pair) {
           auto [part, size] = pair;
           // Kernels count in 32 bits.
           return !part.getAsInteger(10, *size) && *size > 0 && *size <= INT32_MAX;
         });
}

/// "bias+gelu" -> {"row f32", "gelu"}. An epilogue computes in float32, and so are its operands kept.
static bool readSteps(StringRef text, TuneProduct &product) {
  SmallVector<StringRef> names;
  text.split(names, '+', -1, /*KeepEmpty=*/!text.empty());
  for (StringRef name : names) {
    StringRef operand = StringSwitch<StringRef>(name).Case("bias", "row f32").Case("residual", "matrix f32").Default("");
    if (operand.empty() && none_of(functions, [&](const TuneFunction &function) { return function.name == name; }))
      return false;
    if (!operand.empty())
      product.key.operands.push_back(operand.str());
    product.steps.push_back((operand.empty() ? name : operand).str());
  }
  return true;
}

std::optional<TuneProduct> tenon::cli::tuneProductOf(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  TuneProduct product;
  auto refuse = [&](const Twine &message) { return console.error("usage", message.str()), std::nullopt; };
  StringRef type = arguments.text(OPT_type, "fp16"), widest = type == "tf32" ? "fp32" : type;
  StringRef output = arguments.text(OPT_output_type, widest);
  std::optional<int64_t> batch = arguments.integer(OPT_batch, 0, 1, INT32_MAX);
  product.key.layout = arguments.text(OPT_layout, arguments.has(OPT_batch) ? "nn" : "nt").str();
  if (!batch || !arguments.oneOf(OPT_type, type, {"fp16", "bf16", "tf32"}) || !arguments.oneOf(OPT_output_type, output, {widest, "fp32"}) ||
      !arguments.oneOf(OPT_layout, product.key.layout, {"nt", "nn", "tn", "tt"}))
    return std::nullopt;
  auto nameOf = [](StringRef type) { return type == "fp16" ? "f16" : type == "bf16" ? "bf16" : "f32"; };
  product.key.element = nameOf(type);
  product.key.output = nameOf(output);
  product.key.batch = *batch;
  StringRef sizes = arguments.text(OPT_product), steps = arguments.text(OPT_epilogue);
  if (!readSizes(sizes, product))
    return refuse("--product expects MxNxK, for example 384x1024x4096, got '" + sizes + "'");
  if (!readSteps(steps, product))
    return refuse("--epilogue expects steps among bias, residual, relu, gelu, gelu_tanh, silu, joined by +, got '" + steps + "'");
  if (type == "tf32" && product.key.layout != "nt")
    return refuse("--type=tf32 expects --layout=nt, in which tensor cores read it, got '" + product.key.layout + "'");
  if (product.isBatched() && product.key.layout != "nn")
    return refuse("--batch expects --layout=nn, which ONNX's MatMul computes, got '" + product.key.layout + "'");
  return product;
}

/// A few million normal numbers cost as much as all else: a block is repeated, of a prime length, so that no two rows are equal.
static bool fillNormal(HostTensor &tensor, tenon_type type, ArrayRef<int64_t> dims, uint64_t seed, Problem &problem) {
  constexpr int64_t period = 1048573;
  tensor.type = type;
  tensor.dims.assign(dims.begin(), dims.end());
  if (!tensor.allocate(problem))
    return false;
  HostTensor block;
  block.type = type;
  block.dims = {std::min(period, tensor.numElements())};
  if (!block.allocate(problem))
    return false;
  fillRandom(block, seed);
  for (size_t at = 0; at < tensor.bytes; at += block.bytes)
    std::memcpy(tensor.data.get() + at, block.data.get(), std::min(block.bytes, tensor.bytes - at));
  return true;
}

bool TuneData::fill(const TuneProduct &product, Problem &problem) {
  const schedule::ProductKey &key = product.key;
  auto dimsOf = [&](int64_t rows, int64_t columns, bool isTransposed, bool isShared = false) {
    SmallVector<int64_t> dims{isTransposed ? columns : rows, isTransposed ? rows : columns};
    if (product.isBatched() && !isShared)
      dims.insert(dims.begin(), key.batch);
    return dims;
  };
  tenon_type type = key.element == "f16" ? TENON_F16 : key.element == "bf16" ? TENON_BF16 : TENON_F32;
  std::optional<size_t> ofC = byteSize(key.output == "f32" ? TENON_F32 : type, dimsOf(product.rows, key.n, false));
  if (!ofC)
    return problem.set("overflow", "expected a size of C that 64 bits hold");
  resultBytes = *ofC;
  if (!fillNormal(a, type, dimsOf(product.rows, key.k, product.isTransposedA(), key.isSharedA), 1, problem) ||
      !fillNormal(b, type, dimsOf(key.k, key.n, !product.isTransposedB()), 2, problem))
    return false;
  for (StringRef operand : key.operands) {
    SmallVector<int64_t> dims = operand.starts_with("row")      ? SmallVector<int64_t>{key.n}
                                : operand.starts_with("column") ? SmallVector<int64_t>{product.rows, 1}
                                                                : dimsOf(product.rows, key.n, false);
    tenon_type kind = operand.ends_with("f32") ? TENON_F32 : operand.ends_with("bf16") ? TENON_BF16 : TENON_F16;
    if (!fillNormal(operands.emplace_back(), kind, dims, 3 + operands.size(), problem))
      return false;
  }
  return true;
}

int64_t TuneData::copies() const {
  constexpr size_t cold = 256 << 20, most = 64; // four times the 60 MB of an H200, in bytes; launches of a graph
  size_t bytes = std::min(a.bytes, cold) + std::min(b.bytes, cold) + std::min(resultBytes, cold);
  return static_cast<int64_t>(std::clamp<size_t>(divideCeil(cold, bytes), 2, most));
}

const HostTensor *TuneData::find(StringRef input) const {
  StringRef name = input.split('.').first;
  unsigned index;
  if (name == "a")
    return &a;
  if (name == "b")
    return &b;
  return name.consume_front("x") && !name.getAsInteger(10, index) && index < operands.size() ? &operands[index] : nullptr;
}
