// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/Inputs.h"

#include "lib/Tools/Console.h"
#include "lib/Tools/ModelArguments.h"
#include "lib/Tools/Session.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

namespace {
/// What is known about one input before any file is read.
struct Source {
  tenon_tensor_info info;
  std::string path;                         // "" for random
  std::optional<SmallVector<int64_t>> dims; // of --shapes
  ArrayRef<int64_t> declared() const { return {info.dims, info.rank}; }
};
} // namespace

std::string tenon::cli::fileNameOf(StringRef tensorName) {
  std::string name = tensorName.str();
  for (char &c : name)
    if (!isAlnum(c) && c != '.' && c != '-' && c != '_')
      c = '_';
  // Never a hidden file, "." or "..".
  return name.empty() || name[0] == '.' ? "_" + name : name;
}

static Source *find(MutableArrayRef<Source> sources, StringRef name, StringRef flag, Console &console) {
  for (Source &source : sources)
    if (name == source.info.name)
      return &source;
  SmallVector<StringRef> names;
  for (const Source &source : sources)
    names.push_back(source.info.name);
  console.error("wrong-input", formatv("{0}: no input is called '{1}'; the inputs are {2}", flag, name, join(names, ", ")).str());
  return nullptr;
}

/// --input=NAME=FILE: the name ends at the last '=' that leaves the name of an input, so that names may hold '='.
static bool readInputFlags(MutableArrayRef<Source> sources, const Arguments &arguments) {
  Console &console = arguments.getConsole();
  for (const std::string &text : arguments.all(OPT_input)) {
    auto [name, path] = StringRef(text).split('=');
    for (const Source &source : sources)
      if (StringRef rest = text; rest.consume_front(source.info.name) && rest.consume_front("="))
        std::tie(name, path) = std::pair(StringRef(source.info.name), StringRef(text).take_back(rest.size()));
    if (path.empty()) {
      console.error("usage", formatv("--input expects NAME=FILE, got '{0}'", text).str());
      return false;
    }
    Source *source = find(sources, name, "--input", console);
    if (!source)
      return false;
    source->path = path.str();
  }
  for (const std::string &text : arguments.all(OPT_load_inputs)) {
    SmallVector<StringRef> parts;
    StringRef(text).split(parts, ',');
    for (StringRef part : parts) {
      auto [name, path] = part.rsplit(':');
      Source *source = path.empty() ? nullptr : find(sources, name.trim('\''), "--loadInputs", console);
      if (path.empty())
        console.error("usage", formatv("--loadInputs expects NAME:FILE, got '{0}'", part).str());
      if (!source)
        return false;
      source->path = path.str();
    }
  }
  return true;
}

/// --inputs=DIR.
static bool readInputFolder(MutableArrayRef<Source> sources, const Arguments &arguments) {
  if (!arguments.has(OPT_inputs))
    return true;
  std::string folder = arguments.text(OPT_inputs).str();
  bool any = false;
  for (auto [index, source] : enumerate(sources)) {
    for (const std::string &name : {formatv("input_{0}.pb", index).str(), fileNameOf(source.info.name) + ".npy"}) {
      if (!source.path.empty() || !sys::fs::exists(folder + "/" + name))
        continue;
      source.path = folder + "/" + name;
      any = true;
    }
  }
  if (!any)
    arguments.getConsole().error("io-error", formatv("'{0}' has no input_0.pb or NAME.npy", folder).str());
  return any;
}

static bool readShapes(MutableArrayRef<Source> sources, const Arguments &arguments) {
  std::optional<std::vector<InputShape>> shapes = shapesOf(arguments);
  if (!shapes)
    return false;
  for (const InputShape &shape : *shapes) {
    Source *source = find(sources, shape.name, "--shapes", arguments.getConsole());
    if (!source)
      return false;
    if (shape.dims.size() != source->info.rank) {
      arguments.getConsole().error(
          "wrong-shape", formatv("--shapes: input '{0}' has {1} dims, got {2}", shape.name, source->info.rank, shape.dims.size()).str());
      return false;
    }
    source->dims.emplace(shape.dims.begin(), shape.dims.end());
    for (auto [dim, declared] : zip(*source->dims, source->declared()))
      if (dim < 0)
        dim = declared;
  }
  return true;
}

/// Learns the values of symbols from a tensor whose dims are known.
static void learn(const tenon_tensor_info &info, ArrayRef<int64_t> dims, StringMap<int64_t> &values) {
  for (uint32_t axis = 0; axis < info.rank && axis < dims.size(); ++axis)
    if (info.dims[axis] < 0 && dims[axis] >= 0 && info.dim_names && info.dim_names[axis][0])
      values.try_emplace(info.dim_names[axis], dims[axis]);
}

static bool chooseDims(const Source &source, const StringMap<int64_t> &values, SmallVectorImpl<int64_t> &dims, Console &console) {
  ArrayRef<int64_t> given = source.dims ? ArrayRef<int64_t>(*source.dims) : source.declared();
  for (auto [axis, dim] : enumerate(given)) {
    StringRef name = source.info.dim_names ? source.info.dim_names[axis] : "";
    std::optional<int64_t> value = dim >= 0 ? dim : name.empty() ? 1 : evaluateDim(name, values);
    if (!value || *value < 0) {
      console.error(
          "wrong-shape",
          formatv("dim {0} ('{1}') of input '{2}' is not known; give it with --shapes={2}:...", axis, name, source.info.name).str());
      return false;
    }
    dims.push_back(*value);
  }
  return true;
}

/// splitmix64: every seed gives an independent stream.
static uint64_t nextRandom(uint64_t &state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// Standard normal by Box and Muller.
static double nextNormal(uint64_t &state) {
  double u = (static_cast<double>(nextRandom(state) >> 11) + 1) / 9007199254740993.0,
         v = static_cast<double>(nextRandom(state) >> 11) / 9007199254740992.0;
  return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v);
}

void tenon::cli::fillRandom(HostTensor &tensor, uint64_t seed) {
  uint64_t state = seed;
  unsigned width = tenon_type_bits(tensor.type) / 8;
  bool isFloat = tensor.type <= TENON_BF16 || tensor.type == TENON_F8E4M3FN || tensor.type == TENON_F8E5M2;
  if (width == 0) { // four-bit integers: two in a byte
    for (size_t i = 0; i < tensor.bytes; ++i)
      tensor.data.get()[i] = static_cast<char>(nextRandom(state) & 0x11);
    return;
  }
  for (size_t at = 0; at + width <= tensor.bytes; at += width) {
    uint64_t bits;
    if (!isFloat) {
      bits = nextRandom(state) >> 63;
    } else if (tensor.type == TENON_F32) {
      float value = static_cast<float>(nextNormal(state));
      bits = 0;
      std::memcpy(&bits, &value, sizeof(value));
    } else if (tensor.type == TENON_F64) {
      double value = nextNormal(state);
      std::memcpy(&bits, &value, sizeof(value));
    } else {
      bits = bitsFromDouble(tensor.type, nextNormal(state));
    }
    std::memcpy(tensor.data.get() + at, &bits, width);
  }
}

/// Checks a tensor from a file against the engine's declaration, so that the message can name the file.
static bool checkTensor(const Source &source, const HostTensor &tensor, Console &console) {
  bool fits = tensor.type == source.info.type && tensor.dims.size() == source.info.rank;
  for (size_t axis = 0; fits && axis < tensor.dims.size(); ++axis)
    fits = source.info.dims[axis] < 0 || source.info.dims[axis] == tensor.dims[axis];
  if (!fits)
    console.error(tensor.type == source.info.type ? "wrong-shape" : "wrong-type",
                  formatv("'{0}': expected {1}[{2}] for input '{3}', got {4}", source.path, tenon_type_name(source.info.type),
                          dimsText(source.declared()), source.info.name, tensor.typeText())
                      .str());
  return fits;
}

std::optional<std::vector<HostTensor>> tenon::cli::gatherInputs(const Session &session, const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<int64_t> seed = arguments.integer(OPT_seed, 0, 0, INT64_MAX);
  std::vector<Source> sources;
  for (const tenon_tensor_info &info : session.inputs())
    sources.push_back({info, "", std::nullopt});
  if (!seed || !readInputFlags(sources, arguments) || !readInputFolder(sources, arguments) || !readShapes(sources, arguments))
    return std::nullopt;
  std::vector<HostTensor> tensors(sources.size());
  StringMap<int64_t> values;
  Problem problem;
  for (auto [source, tensor] : zip(sources, tensors)) {
    if (!source.path.empty()) {
      if (!readTensor(source.path, source.info.type, source.dims ? ArrayRef<int64_t>(*source.dims) : source.declared(), tensor, problem)) {
        console.error(problem.code, problem.message);
        return std::nullopt;
      }
      if (!checkTensor(source, tensor, console))
        return std::nullopt;
      learn(source.info, tensor.dims, values);
    } else if (source.dims) {
      learn(source.info, *source.dims, values);
    }
  }
  for (const tenon_symbol_info &symbol : session.symbols())
    values.try_emplace(symbol.name, std::max<int64_t>(symbol.minimum, 1));
  for (auto [index, source, tensor] : enumerate(sources, tensors)) {
    tensor.name = source.info.name;
    if (!source.path.empty())
      continue;
    tensor.type = source.info.type;
    if (!chooseDims(source, values, tensor.dims, console))
      return std::nullopt;
    if (!tensor.allocate(problem)) {
      console.error(problem.code, problem.message);
      return std::nullopt;
    }
    // Inputs of one run get streams of their own.
    fillRandom(tensor, static_cast<uint64_t>(*seed) + (static_cast<uint64_t>(index) << 32));
  }
  return tensors;
}
