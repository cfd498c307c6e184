// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles dispatch functions written in linalg and runs them, without engine or runtime: for tests and measurements of schedules.
#ifndef TENON_TOOLS_BENCH_KERNELRUNNER_H
#define TENON_TOOLS_BENCH_KERNELRUNNER_H

#include "lib/Target/Cpu/CompileKernels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

namespace tenon::bench {

/// A memref argument: row-major and contiguous, 64-byte aligned, borrowed.
struct Argument {
  void *data;
  std::vector<int64_t> dims;
};

/// Time of one kernel over all runs.
struct KernelTime {
  std::string name;
  double milliseconds = 0;
  int64_t launches = 0;
};

/// A compiled module. Not thread-safe.
class KernelProgram {
public:
  /// Compiles `text` for `cpu` ("x86-64-v3", "x86-64-v4", "native"). Null, with the message on stderr, if that fails.
  static std::unique_ptr<KernelProgram> compile(llvm::StringRef text, llvm::StringRef cpu, unsigned threads = 1);
  ~KernelProgram();

  /// Runs `function`: its memref arguments (inputs, then outputs) are `memory`, its index arguments `scalars`, each in order.
  /// False if it holds an op that hosts do not have.
  bool run(llvm::StringRef function, llvm::ArrayRef<Argument> memory, llvm::ArrayRef<int64_t> scalars, unsigned threads = 1);

  mlir::ModuleOp getModule() const { return *module; }
  const cpu::CodeBlob &getCode() const { return code; }
  std::vector<KernelTime> &getTimes() { return times; }

private:
  KernelProgram() = default;
  bool launch(mlir::Operation *op, llvm::DenseMap<mlir::Value, int64_t> &values, unsigned threads);

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  cpu::CodeBlob code;
  void *mapping = nullptr;
  std::vector<KernelTime> times;
};

/// 64-byte aligned memory of `bytes`, freed with free().
void *allocate(size_t bytes);

} // namespace tenon::bench

#endif // TENON_TOOLS_BENCH_KERNELRUNNER_H
