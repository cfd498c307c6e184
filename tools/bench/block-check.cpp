// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs each dispatch function of static shapes as CPU kernels and as kernels of thread blocks, which fibers stand for, on the same random
// inputs, and compares the results: block-check FILE [threads [CPU-FILE]]. The file is what `tenon compile MODEL --emit=linalg` prints;
// with a second one, of another target, the CPU runs the functions of that.
#include "tools/bench/KernelRunner.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace mlir;
using namespace tenon::bench;

namespace {

size_t elementBytes(MemRefType type) { return llvm::divideCeil(type.getElementTypeBitWidth(), 8); }

/// Element `i` of `data`, as a number.
double readElement(Type type, const void *data, size_t i) {
  size_t bytes = llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const char *>(data) + i * bytes, bytes);
  APInt value(bytes * 8, bits);
  if (auto floatType = dyn_cast<FloatType>(type)) {
    APFloat number(floatType.getFloatSemantics(), value);
    bool lost;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    return number.convertToDouble();
  }
  return static_cast<double>(value.getSExtValue());
}

void writeElement(Type type, void *data, size_t i, double number) {
  size_t bytes = llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  uint64_t bits = static_cast<int64_t>(number);
  if (auto floatType = dyn_cast<FloatType>(type)) {
    APFloat value(number);
    bool lost;
    value.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lost);
    bits = value.bitcastToAPInt().getZExtValue();
  }
  std::memcpy(static_cast<char *>(data) + i * bytes, &bits, bytes);
}

/// Floats in [-1, 1), a quarter of them -0.5, 0 or 0.5, since zeros and equals matter to some ops; bytes 0 or 1 as bools are; other
/// integers small and positive: they may be indices or divisors.
void fill(MemRefType type, void *data, std::mt19937 &generator) {
  Type element = type.getElementType();
  std::uniform_real_distribution<double> floats(-1, 1);
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    writeElement(element, data, i,
                 isa<FloatType>(element) ? (generator() % 4 == 0 ? (static_cast<double>(generator() % 3) - 1) / 2 : floats(generator))
                 : element.isInteger(8)  ? generator() % 2
                                         : 1 + generator() % 3);
}

struct Memory {
  std::vector<Argument> arguments;
  ~Memory() {
    for (Argument &argument : arguments)
      std::free(argument.data);
  }
};

/// Where both results differ most, relative to 1 + the expected value.
double compare(MemRefType type, const void *expected, const void *actual) {
  double worst = 0;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    double e = readElement(type.getElementType(), expected, i), a = readElement(type.getElementType(), actual, i);
    bool same = e == a || (std::isnan(e) && std::isnan(a));
    double difference = std::abs(e - a) / (1 + std::abs(e));
    worst = same ? worst : std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  return worst;
}

/// False if the results differ by more than rounding.
bool check(func::FuncOp function, KernelProgram &cpu, KernelProgram &blocks) {
  std::vector<MemRefType> types;
  for (Type type : function.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || !memref.hasStaticShape()) {
      llvm::outs() << "skipped " << function.getName() << "\n";
      return true;
    }
    types.push_back(memref);
  }
  Memory expected, ascending, descending;
  std::mt19937 generator(1);
  for (MemRefType type : types) {
    size_t bytes = type.getNumElements() * elementBytes(type);
    for (Memory *memory : {&expected, &ascending, &descending})
      memory->arguments.push_back({allocate(bytes), type.getShape().vec()});
    fill(type, expected.arguments.back().data, generator);
    std::memcpy(ascending.arguments.back().data, expected.arguments.back().data, bytes);
    std::memcpy(descending.arguments.back().data, expected.arguments.back().data, bytes);
  }
  bool runs = cpu.run(function.getName(), expected.arguments, {}) && blocks.run(function.getName(), ascending.arguments, {});
  blocks.setDescending(true);
  runs = runs && blocks.run(function.getName(), descending.arguments, {});
  blocks.setDescending(false);
  double worst = 0;
  for (size_t i = 0; i < types.size(); ++i)
    for (const Memory *memory : {&ascending, &descending})
      worst = std::max(worst, compare(types[i], expected.arguments[i].data, memory->arguments[i].data));
  bool good = runs && worst < 2e-3;
  llvm::outs() << (good ? "ok " : "FAILED ") << function.getName() << llvm::format(" %.1e\n", worst);
  return good;
}

} // namespace

int main(int argc, char **argv) {
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(argc > 1 ? argv[1] : "-");
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> cpuFile = nullptr;
  if (argc > 3)
    cpuFile = llvm::MemoryBuffer::getFile(argv[3]);
  if (!file || (argc > 3 && !cpuFile)) {
    llvm::errs() << "usage: block-check FILE [threads [CPU-FILE]]\n";
    return 2;
  }
  auto cpu = KernelProgram::compile((argc > 3 ? *cpuFile : *file)->getBuffer(), "x86-64-v3");
  auto blocks = KernelProgram::compileBlocks((*file)->getBuffer(), argc > 2 ? std::atoi(argv[2]) : 64);
  if (!cpu || !blocks)
    return 1;
  bool good = true;
  for (auto function : cpu->getModule().getOps<func::FuncOp>())
    if (function.isPrivate() && !function.isExternal())
      good &= check(function, *cpu, *blocks);
  return good ? 0 : 1;
}
