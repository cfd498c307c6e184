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
  /// Compiles `text` for `cpu` ("x86-64-v3", "x86-64-v4", "native"; "block" is compileBlocks with 64 threads). Null, with the message on
  /// stderr, if that fails.
  static std::unique_ptr<KernelProgram> compile(llvm::StringRef text, llvm::StringRef cpu, unsigned threads = 1);
  /// Compiles `text` with the GPU schedules for blocks of `blockThreads` threads, which fibers stand for. The scratch is not typed.
  static std::unique_ptr<KernelProgram> compileBlocks(llvm::StringRef text, unsigned blockThreads);
  ~KernelProgram();

  /// Runs `function`: its memref arguments (inputs, then outputs) are `memory`, its index arguments `scalars`, each in order.
  /// False if it holds an op that hosts do not have.
  bool run(llvm::StringRef function, llvm::ArrayRef<Argument> memory, llvm::ArrayRef<int64_t> scalars, unsigned threads = 1);

  /// In which order the threads of a block run.
  void setDescending(bool value) { descending = value; }

  mlir::ModuleOp getModule() const { return *module; }
  const cpu::CodeBlob &getCode() const { return code; }
  std::vector<KernelTime> &getTimes() { return times; }

private:
  KernelProgram() = default;
  bool parse(llvm::StringRef text);
  bool generate(const cpu::CpuTarget &target, unsigned threads);
  /// What the host knows while a function runs.
  struct Frame {
    llvm::DenseMap<mlir::Value, int64_t> values; // numbers, and addresses of memory
    llvm::DenseMap<mlir::Value, llvm::ArrayRef<int64_t>> dims;
    std::vector<void *> owned;
  };
  bool runBlock(mlir::Block &block, Frame &frame, unsigned threads);
  bool runLoop(mlir::Operation *op, Frame &frame, unsigned threads);
  bool launch(mlir::Operation *op, llvm::DenseMap<mlir::Value, int64_t> &values, unsigned threads);

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  cpu::CodeBlob code;
  void *mapping = nullptr;
  unsigned blockThreads = 0; // 0: a workgroup is one thread
  bool descending = false;
  std::vector<KernelTime> times;
};

/// 64-byte aligned memory of `bytes`, freed with free().
void *allocate(size_t bytes);

} // namespace tenon::bench

#endif // TENON_TOOLS_BENCH_KERNELRUNNER_H
