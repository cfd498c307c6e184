// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Times every kernel of a module of dispatch functions with static shapes: kernel-bench FILE [cpu] [threads] [repeat] [code file].
#include "tools/bench/KernelRunner.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>

using namespace mlir;
using namespace tenon::bench;

/// Processor time in milliseconds: the machine may be shared.
static double now() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

static void writeFile(const char *path, ArrayRef<uint8_t> bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error)
    stream.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

int main(int argc, char **argv) {
  if (argc < 2) {
    llvm::errs() << "usage: kernel-bench FILE [cpu] [threads] [repeat] [code file]\n";
    return 2;
  }
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(argv[1]);
  if (!file) {
    llvm::errs() << "cannot read " << argv[1] << "\n";
    return 1;
  }
  unsigned threads = argc > 3 ? std::atoi(argv[3]) : 1, repeat = argc > 4 ? std::atoi(argv[4]) : 20;
  double begin = now();
  auto program = KernelProgram::compile((*file)->getBuffer(), argc > 2 ? argv[2] : "native");
  if (!program)
    return 1;
  if (argc > 5)
    writeFile(argv[5], program->getCode().bytes);
  llvm::outs() << llvm::format("compiled in %.0f ms, %zu bytes of code\n", now() - begin, program->getCode().bytes.size());
  for (auto function : program->getModule().getOps<func::FuncOp>()) {
    std::vector<Argument> memory;
    for (Type type : function.getArgumentTypes()) {
      auto memref = dyn_cast<MemRefType>(type);
      if (!memref || !memref.hasStaticShape())
        continue;
      size_t bytes = memref.getNumElements() * memref.getElementTypeBitWidth() / 8;
      memory.push_back({allocate(bytes), memref.getShape().vec()});
      auto *values = static_cast<float *>(memory.back().data);
      for (size_t i = 0; i < bytes / 4; ++i)
        values[i] = static_cast<float>(i % 97) * 0.01f;
    }
    if (memory.size() != function.getNumArguments())
      continue;
    double best = 1e30;
    for (unsigned i = 0; i < repeat; ++i) {
      for (KernelTime &time : program->getTimes())
        time = {time.name, 0, 0};
      double start = now();
      if (!program->run(function.getName(), memory, {}, threads))
        return 1;
      best = std::min(best, now() - start);
    }
    llvm::outs() << llvm::format("%-32s %9.3f ms", function.getName().str().c_str(), best);
    for (const KernelTime &time : program->getTimes())
      if (time.launches)
        llvm::outs() << llvm::format("  %s %.3f", time.name.c_str(), time.milliseconds);
    llvm::outs() << "\n";
    for (Argument &argument : memory)
      std::free(argument.data);
  }
  return 0;
}
