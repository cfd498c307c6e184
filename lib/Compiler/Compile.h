// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compile driver: a model goes in, an engine file or the IR of a stage comes out, or a list of diagnostics.
//
// The driver owns everything that a compilation needs (context, threads, temporary files) and shares nothing between two calls,
// so several may run at once in one process. No MLIR type appears here: the command line, the C ABI and Python stand on this header.
#ifndef TENON_LIB_COMPILER_COMPILE_H
#define TENON_LIB_COMPILER_COMPILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tenon {

/// Where the model comes from: a file, or bytes in the caller's memory.
struct ModelSource {
  /// Path of the .onnx file; external data is looked up beside it. Empty if the model is in memory.
  std::string path;
  /// The file's bytes, borrowed for the time of the call; used if `path` is empty.
  llvm::StringRef bytes;
};

/// Fixes dims of one input: `dims[i] < 0` leaves dimension i as the model declares it.
struct InputShape {
  std::string name;
  std::vector<int64_t> dims;
};

struct CompileOptions {
  /// "cpu", or "cuda" with architectures after a colon: "cuda:sm_80,sm_90a,compute_80".
  std::string target = "cpu";
  /// CPU level: "x86-64-v3", "x86-64-v4" or "native".
  std::string cpu = "native";
  /// NVIDIA's assembler for CUDA machine code; empty: the one on this machine, and PTX alone where there is none.
  std::string ptxas;
  /// "fp32", or the type of the operands of matrix products and convolutions of f32: "fp16" or "bf16"; or "tf32": tensor cores that have it
  /// may multiply the 19 leading bits of the operands of matrix products.
  std::string precision = "fp32";
  /// Table of measured schedules (docs/tuning.md): a file, "none", or empty for the one that is installed with this library.
  std::string tuned;
  std::vector<InputShape> shapes;
  /// Name of the last stage to run, one of `stages(target)`.
  std::string emit = "engine";
  /// Folder that gets the IR after every stage as a numbered file; empty for none. Created if it does not exist.
  std::string dumpStages;
  /// Writes IR with locations: the names of the nodes that each op comes from, and their metadata_props.
  bool locations = false;
  /// File that gets the result, whole or not at all. Empty: the result is returned in `CompileResult::output`.
  std::string outputPath;
  /// Worker threads of the compiler; 0 for one per processor. The result does not depend on it.
  unsigned threads = 0;
  /// Runs the IR verifier after every pass.
  bool verifyEach = false;
};

enum class Severity { error, warning, note };

/// One line for the user. `code` is stable and documented (docs/errors.md); the node fields are empty where no ONNX node is to blame.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;
  std::string message;
  std::string node;   // ONNX node name
  std::string op;     // ONNX op type
  std::string domain; // "" is ai.onnx
  int64_t opset = 0;  // 0 if unknown
};

/// Outcome of a compilation. A failed one has at least one error and has written no file.
struct CompileResult {
  bool hasErrors() const;

  bool ok = false;
  bool cancelled = false;
  std::vector<Diagnostic> diagnostics;
  /// The emitted IR as text, or the engine's bytes; empty if it went to `outputPath`.
  std::string output;
  /// JSON: time of each stage in milliseconds (and of "ptxas"), fusions and refusals, what GPU kernels take, peak and lower bound of the
  /// memory plan in bytes.
  std::string report;
};

/// Called as work proceeds, on the thread that called: the stage's name and the share of all work done, in [0, 1].
using ProgressFn = std::function<void(llvm::StringRef stage, double share)>;
/// Asked all the time on the thread that called; true ends the compilation with `cancelled` set, usually well within a second.
using CancelFn = std::function<bool()>;

/// Names of the stages in order: "infer", "fused", "linalg", "kernels", then "llvm", "asm" of the CPU or "nvvm", "ptx" of CUDA, then
/// "plan", "engine".
llvm::ArrayRef<llvm::StringRef> stages(llvm::StringRef target);

/// Compiles `model`. Safe to call from several threads at once.
CompileResult compile(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress = {},
                      const CancelFn &cancel = {});

/// Reports the nodes of `model` that cannot be compiled: all that the importer refuses, else what the stages up to the kernels refuse for
/// the CPU. No code is generated. Only `shapes` and `threads` of the options are asked.
CompileResult check(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress = {}, const CancelFn &cancel = {});

} // namespace tenon

#endif // TENON_LIB_COMPILER_COMPILE_H
