// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small interpreter of lowered dispatch functions over code mapped into this process.
#include "tools/bench/KernelRunner.h"

#include "dialects/Plan/IR/Plan.h"
#include "lib/Compiler/Registration.h"
#include "lib/Schedule/Pipeline.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "tools/bench/ThreadBlock.h"

#include <atomic>
#include <chrono>
#include <sys/mman.h>
#include <thread>

using namespace mlir;

namespace tenon::bench {

void *allocate(size_t bytes) { return std::aligned_alloc(64, (bytes + 127) / 64 * 64); }

static std::nullptr_t fail(const Twine &message) {
  llvm::errs() << message << "\n";
  return nullptr;
}

bool KernelProgram::parse(StringRef text) {
  DialectRegistry registry;
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry);
  context->loadAllAvailableDialects();
  module = parseSourceString<ModuleOp>(text, ParserConfig(context.get()));
  return bool(module);
}

bool KernelProgram::generate(const cpu::CpuTarget &target, unsigned threads) {
  auto kernels = module->lookupSymbol<ModuleOp>("kernels");
  if (!kernels)
    return fail("expected kernels"), false;
  FailureOr<cpu::CodeBlob> compiled = cpu::compileKernels(kernels, {target, threads, 3});
  if (failed(compiled))
    return false;
  code = std::move(*compiled);
  size_t size = code.bytes.size();
  mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memcpy(mapping, code.bytes.data(), size);
  for (const auto &kernel : code.kernels)
    times.push_back({kernel.name, 0, 0});
  return mprotect(mapping, size, PROT_READ | PROT_EXEC) == 0;
}

std::unique_ptr<KernelProgram> KernelProgram::compile(StringRef text, StringRef cpu, unsigned threads) {
  if (cpu == "block")
    return compileBlocks(text, 64);
  llvm::Expected<cpu::CpuTarget> target = cpu::CpuTarget::get(cpu);
  if (!target)
    return fail(llvm::toString(target.takeError()));
  std::unique_ptr<KernelProgram> program(new KernelProgram);
  if (!program->parse(text))
    return fail("expected a module");
  PassManager pm(program->context.get());
  schedule::buildKernelsPipeline(pm, {target->vectorBytes, target->vectorRegisters});
  cpu::buildLowerKernelsToLLVMPipeline(pm.nest<ModuleOp>());
  if (failed(pm.run(*program->module)))
    return fail("the passes failed");
  return program->generate(*target, threads) ? std::move(program) : nullptr;
}

std::unique_ptr<KernelProgram> KernelProgram::compileBlocks(StringRef text, unsigned blockThreads) {
  llvm::Expected<cpu::CpuTarget> target = cpu::CpuTarget::get("x86-64-v3");
  if (!target)
    return fail(llvm::toString(target.takeError()));
  std::unique_ptr<KernelProgram> program(new KernelProgram);
  program->blockThreads = blockThreads;
  if (!program->parse(text))
    return fail("expected a module");
  MLIRContext *context = program->context.get();
  PassManager schedules(context), lowering(context);
  schedule::buildGpuKernelsPipeline(schedules, {static_cast<int64_t>(blockThreads)});
  if (failed(schedules.run(*program->module)))
    return fail("the schedules failed");
  auto kernels = program->module->lookupSymbol<ModuleOp>("kernels");
  if (!kernels)
    return fail("expected kernels");
  callThreadBlock(kernels);
  cpu::buildLowerKernelsToLLVMPipeline(lowering);
  if (failed(lowering.run(kernels)))
    return fail("the lowering failed");
  // Other threads write what this one reads after a barrier.
  kernels.walk([](LLVM::LLVMFuncOp function) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName());
  });
  return program->generate(*target, 1) ? std::move(program) : nullptr;
}

KernelProgram::~KernelProgram() {
  if (mapping)
    munmap(mapping, code.bytes.size());
}

static std::optional<int64_t> evaluate(Operation *op, ArrayRef<int64_t> x) {
  return llvm::TypeSwitch<Operation *, std::optional<int64_t>>(op)
      .Case([&](arith::AddIOp) { return x[0] + x[1]; })
      .Case([&](arith::SubIOp) { return x[0] - x[1]; })
      .Case([&](arith::MulIOp) { return x[0] * x[1]; })
      .Case([&](arith::DivSIOp) { return x[0] / x[1]; })
      .Case([&](arith::RemSIOp) { return x[0] % x[1]; })
      .Case([&](arith::CeilDivSIOp) { return llvm::divideCeilSigned(x[0], x[1]); })
      .Case([&](arith::FloorDivSIOp) { return llvm::divideFloorSigned(x[0], x[1]); })
      .Case([&](arith::MaxSIOp) { return std::max(x[0], x[1]); })
      .Case([&](arith::MinSIOp) { return std::min(x[0], x[1]); })
      .Case([&](arith::SelectOp) { return x[0] ? x[1] : x[2]; })
      .Case([&](arith::IndexCastOp) { return x[0]; })
      .Case([&](arith::CmpIOp cmp) { return arith::applyCmpPredicate(cmp.getPredicate(), APInt(64, x[0]), APInt(64, x[1])); })
      .Default([](Operation *) { return std::nullopt; });
}

bool KernelProgram::launch(Operation *op, llvm::DenseMap<Value, int64_t> &values, unsigned threads) {
  auto launch = cast<plan::LaunchOp>(op);
  auto kernel = llvm::find_if(code.kernels, [&](const auto &k) { return k.name == launch.getKernel(); });
  if (kernel == code.kernels.end())
    return false;
  auto entry = reinterpret_cast<tenon_cpu_kernel>(static_cast<char *>(mapping) + kernel->entry);
  std::vector<void *> buffers;
  std::vector<int64_t> scalars;
  for (Value buffer : launch.getBuffers())
    buffers.push_back(reinterpret_cast<void *>(values.lookup(buffer)));
  for (Value scalar : launch.getScalars())
    scalars.push_back(values.lookup(scalar));
  int64_t nx = values.lookup(launch.getGridX()), ny = values.lookup(launch.getGridY()), nz = values.lookup(launch.getGridZ());
  int64_t scratchBytes = values.lookup(launch.getScratch());
  auto begin = std::chrono::steady_clock::now();
  std::atomic<int64_t> next{0};
  std::atomic<bool> complete{true};
  auto work = [&] {
    void *scratch = allocate(scratchBytes);
    for (int64_t i; (i = next++) < nx * ny * nz;) {
      if (blockThreads == 0)
        entry(buffers.data(), scalars.data(), i % nx, i / nx % ny, i / nx / ny, scratch);
      else if (!runThreadBlock({entry, buffers.data(), scalars.data(), i, scratch}, blockThreads, descending))
        complete = false;
    }
    std::free(scratch);
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < threads; ++i)
    pool.emplace_back(work);
  work();
  for (std::thread &thread : pool)
    thread.join();
  KernelTime &time = times[std::distance(code.kernels.begin(), kernel)];
  time.milliseconds += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  ++time.launches;
  return complete;
}

/// Carries out the steps of a loop of the host one after the other.
bool KernelProgram::runLoop(Operation *op, Frame &frame, unsigned threads) {
  auto loop = cast<scf::ForOp>(op);
  auto move = [&](ValueRange from, ValueRange to) {
    SmallVector<int64_t> numbers = llvm::map_to_vector(from, [&](Value value) { return frame.values.lookup(value); });
    for (auto [value, number] : llvm::zip_equal(to, numbers))
      frame.values[value] = number;
  };
  int64_t end = frame.values.lookup(loop.getUpperBound()), step = frame.values.lookup(loop.getStep());
  move(loop.getInitArgs(), loop.getRegionIterArgs());
  bool ok = true;
  for (int64_t i = frame.values.lookup(loop.getLowerBound()); i < end; i += step) {
    frame.values[loop.getInductionVar()] = i;
    ok &= runBlock(*loop.getBody(), frame, threads);
    move(loop.getBody()->getTerminator()->getOperands(), loop.getRegionIterArgs());
  }
  move(loop.getRegionIterArgs(), loop.getResults());
  return ok;
}

bool KernelProgram::runBlock(Block &block, Frame &frame, unsigned threads) {
  bool ok = true;
  for (Operation &op : block.without_terminator()) {
    SmallVector<int64_t> operands;
    for (Value operand : op.getOperands())
      operands.push_back(frame.values.lookup(operand));
    APInt constant;
    if (isa<plan::LaunchOp>(op)) {
      ok &= launch(&op, frame.values, threads);
    } else if (isa<scf::ForOp>(op)) {
      ok &= runLoop(&op, frame, threads);
    } else if (isa<plan::AllocOp>(op)) {
      frame.owned.push_back(allocate(operands[0]));
      frame.values[op.getResult(0)] = reinterpret_cast<int64_t>(frame.owned.back());
    } else if (isa<memref::DimOp>(op)) {
      frame.values[op.getResult(0)] = frame.dims.lookup(op.getOperand(0))[operands[1]];
    } else if (op.getNumResults() == 1 && matchPattern(op.getResult(0), m_ConstantInt(&constant))) {
      frame.values[op.getResult(0)] = constant.getSExtValue();
    } else if (auto value = evaluate(&op, operands)) {
      frame.values[op.getResult(0)] = *value;
    } else {
      llvm::errs() << "cannot run " << op << "\n";
      ok = false;
    }
  }
  return ok;
}

bool KernelProgram::run(StringRef name, ArrayRef<Argument> memory, ArrayRef<int64_t> scalars, unsigned threads) {
  auto function = module->lookupSymbol<func::FuncOp>(name);
  if (!function)
    return false;
  Frame frame;
  size_t nextMemory = 0, nextScalar = 0;
  for (Value argument : function.getArguments()) {
    if (isa<MemRefType>(argument.getType())) {
      frame.dims[argument] = memory[nextMemory].dims;
      frame.values[argument] = reinterpret_cast<int64_t>(memory[nextMemory++].data);
    } else {
      frame.values[argument] = scalars[nextScalar++];
    }
  }
  bool ok = runBlock(function.getBody().front(), frame, threads);
  for (void *pointer : frame.owned)
    std::free(pointer);
  return ok;
}

} // namespace tenon::bench
