// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C ABI over the compile driver: checks what the caller passed, and turns the driver's result into borrowed C strings.
#include "tenon/tenon_compiler.h"

#include "lib/Compiler/Compile.h"
#include "tenon/version.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstring>

using namespace tenon;

struct tenon_compile_result {
  CompileResult result;
};

/// Reads a struct of the caller's version: members that it does not know stay zero.
template <typename T> static T readVersioned(const T *given) {
  T copy;
  std::memset(&copy, 0, sizeof(copy));
  if (given)
    std::memcpy(&copy, given, std::min(given->size, sizeof(copy)));
  return copy;
}

static tenon_compile_result *refuse(std::string message) {
  Diagnostic diagnostic;
  diagnostic.code = "usage";
  diagnostic.message = std::move(message);
  auto *result = new tenon_compile_result;
  result->result.diagnostics.push_back(std::move(diagnostic));
  return result;
}

/// Returns the reason if the model is not given properly.
static std::string readModel(const tenon_model *given, ModelSource &model) {
  tenon_model read = readVersioned(given);
  if (read.path && read.path[0]) {
    model.path = read.path;
    return "";
  }
  if (!read.data || !read.bytes)
    return "expected a model: a path, or its bytes";
  model.bytes = llvm::StringRef(static_cast<const char *>(read.data), read.bytes);
  return "";
}

static std::string readShapes(const tenon_compile_options &given, CompileOptions &options) {
  if (given.num_shapes && !given.shapes)
    return "expected `shapes` to hold num_shapes entries, got NULL";
  // Entries lie as far apart as the caller's version of the struct says.
  const char *entry = reinterpret_cast<const char *>(given.shapes);
  for (size_t i = 0; i < given.num_shapes; ++i) {
    const auto *shape = reinterpret_cast<const tenon_input_shape *>(entry);
    if (shape->size < offsetof(tenon_input_shape, dims) + sizeof(shape->dims))
      return "expected the size of tenon_input_shape in its first member";
    if (!shape->name || (shape->rank && !shape->dims))
      return "expected a name and dims in every input shape";
    options.shapes.push_back({shape->name, std::vector<int64_t>(shape->dims, shape->dims + shape->rank)});
    entry += shape->size;
  }
  return "";
}

static std::string readOptions(const tenon_compile_options &given, CompileOptions &options) {
  options.cpu = given.cpu ? given.cpu : "x86-64-v3";
  if (given.target)
    options.target = given.target;
  if (given.emit)
    options.emit = given.emit;
  if (given.dump_stages)
    options.dumpStages = given.dump_stages;
  if (given.output_path)
    options.outputPath = given.output_path;
  options.threads = given.threads;
  if (given.ptxas)
    options.ptxas = given.ptxas;
  if (given.precision)
    options.precision = given.precision;
  if (given.tuned)
    options.tuned = given.tuned;
  if (!llvm::is_contained({"x86-64-v3", "x86-64-v4", "native"}, llvm::StringRef(options.cpu)))
    return "expected cpu x86-64-v3, x86-64-v4 or native, got '" + options.cpu + "'";
  return readShapes(given, options);
}

/// A failed result always says why.
static tenon_compile_result *wrap(CompileResult result) {
  if (!result.ok && !result.hasErrors()) {
    Diagnostic diagnostic;
    diagnostic.code = result.cancelled ? "cancelled" : "internal";
    diagnostic.message = result.cancelled ? "cancelled" : "the compiler failed without a message";
    result.diagnostics.push_back(std::move(diagnostic));
  }
  return new tenon_compile_result{std::move(result)};
}

extern "C" {

const char *tenon_compiler_version(void) { return TENON_VERSION_STRING; }

tenon_compile_result *tenon_compile(const tenon_model *given, const tenon_compile_options *givenOptions) {
  ModelSource model;
  CompileOptions options;
  tenon_compile_options read = readVersioned(givenOptions);
  std::string error = readModel(given, model);
  if (error.empty())
    error = readOptions(read, options);
  if (!error.empty())
    return refuse(std::move(error));
  ProgressFn progress;
  if (read.progress)
    progress = [&](llvm::StringRef stage, double share) { read.progress(read.user, stage.str().c_str(), share); };
  CancelFn cancel;
  if (read.cancel)
    cancel = [&] { return read.cancel(read.user) != 0; };
  return wrap(compile(model, options, progress, cancel));
}

tenon_compile_result *tenon_check(const tenon_model *given, const tenon_compile_options *givenOptions) {
  ModelSource model;
  CompileOptions options;
  std::string error = readModel(given, model);
  if (error.empty())
    error = readShapes(readVersioned(givenOptions), options);
  return error.empty() ? wrap(check(model, options)) : refuse(std::move(error));
}

void tenon_compile_result_release(tenon_compile_result *result) { delete result; }

int32_t tenon_compile_result_ok(const tenon_compile_result *result) { return result && result->result.ok; }

int32_t tenon_compile_result_cancelled(const tenon_compile_result *result) { return result && result->result.cancelled; }

size_t tenon_compile_result_num_diagnostics(const tenon_compile_result *result) { return result ? result->result.diagnostics.size() : 0; }

int32_t tenon_compile_result_diagnostic(const tenon_compile_result *result, size_t index, tenon_diagnostic *diagnostic) {
  if (!diagnostic || index >= tenon_compile_result_num_diagnostics(result))
    return 0;
  const Diagnostic &from = result->result.diagnostics[index];
  tenon_diagnostic filled = {};
  filled.size = std::min(diagnostic->size, sizeof(filled));
  filled.severity = static_cast<tenon_severity>(from.severity);
  filled.code = from.code.c_str();
  filled.message = from.message.c_str();
  filled.node = from.node.c_str();
  filled.op = from.op.c_str();
  filled.domain = from.domain.c_str();
  filled.opset = from.opset;
  std::memcpy(diagnostic, &filled, filled.size);
  return 1;
}

const void *tenon_compile_result_output(const tenon_compile_result *result, size_t *bytes) {
  if (bytes)
    *bytes = result ? result->result.output.size() : 0;
  return result ? result->result.output.data() : nullptr;
}

const char *tenon_compile_result_report(const tenon_compile_result *result) { return result ? result->result.report.c_str() : ""; }
}
