// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry of tenon-import: reads ONNX models and prints their infer IR, or every problem of each, a line per problem.
// It is the importer's test driver; users have `tenon compile --emit=infer` and `tenon check`.
#include "lib/Compiler/Registration.h"
#include "lib/Importer/Onnx/Import.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static constexpr llvm::StringRef usage = "usage: tenon-import [--quiet] [--locations] [--shape=INPUT:1x128]... MODEL.onnx...\n"
                                         "Prints the infer IR of each model; --quiet prints numbers of ops and peak memory.\n";

/// INPUT:1x128, with ? for dims that stay as they are.
static bool parseShape(llvm::StringRef text, tenon::ImportShape &shape) {
  auto [name, dims] = text.rsplit(':');
  shape.input = name.str();
  for (llvm::StringRef dim : llvm::split(dims, 'x')) {
    int64_t value = -1;
    if (dim != "?" && (dim.getAsInteger(10, value) || value < 0))
      return false;
    shape.dims.push_back(value);
  }
  return !name.empty();
}

/// The greatest resident memory of this process, in bytes; getrusage would count what the parent had before exec.
static uint64_t peakMemory() {
  auto status = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  uint64_t kilobytes = 0;
  if (status)
    (*status)->getBuffer().split("VmHWM:").second.ltrim().consumeInteger(10, kilobytes);
  return kilobytes * 1024;
}

static bool importOne(llvm::StringRef path, const tenon::ImportOptions &options, bool quiet, const OpPrintingFlags &flags) {
  DialectRegistry registry;
  tenon::registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::vector<tenon::ImportProblem> problems;
  OwningOpRef<ModuleOp> module = tenon::importOnnxFile(context, path, options, problems);
  for (const tenon::ImportProblem &problem : problems)
    llvm::errs() << path << ": error: " << problem.str() << "\n";
  if (!module)
    return false;
  if (quiet) {
    int64_t count = 0;
    module->walk([&](Operation *) { ++count; });
    llvm::outs() << path << ": " << count << " ops\n";
  } else {
    module->print(llvm::outs(), flags);
    llvm::outs() << "\n";
  }
  return true;
}

extern "C" __attribute__((visibility("default"))) int tenon_import_main(int argc, char **argv) {
  bool quiet = false, ok = true, any = false;
  tenon::ImportOptions options;
  OpPrintingFlags flags;
  flags.elideLargeResourceString(64);
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, argc - 1)) {
    tenon::ImportShape shape;
    if (argument == "--quiet") {
      quiet = true;
    } else if (argument == "--locations") {
      flags.enableDebugInfo();
      options.keepMetadata = true;
    } else if (argument.consume_front("--shape=")) {
      if (!parseShape(argument, shape)) {
        llvm::errs() << "expected --shape=INPUT:1x128, got '" << argument << "'\n";
        return 2;
      }
      options.shapes.push_back(shape);
    } else if (argument.starts_with("--")) {
      llvm::errs() << usage;
      return 2;
    } else {
      any = true;
      ok &= importOne(argument, options, quiet, flags);
    }
  }
  if (!any)
    llvm::errs() << usage;
  if (quiet)
    llvm::outs() << "peak memory: " << peakMemory() << " bytes\n";
  return !any ? 2 : ok ? 0 : 1;
}
