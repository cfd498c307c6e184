// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of LLVM dialect kernels -> PTX and cubins, in files of some kernels each. Each file has an LLVM context of its own and an
// assembler of its own, so that threads share nothing.
#include "lib/Target/Cuda/CompileKernels.h"
#include "lib/Target/Cuda/CodeGenerator.h"
#include "lib/Target/KernelGroups.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace mlir;

namespace tenon::cuda {

/// Kernels in a file: enough to share the assembler's start of some 10 ms and the driver's cost of a module, few enough to balance threads.
static constexpr size_t kGroupSize = 8;

/// Reports the first error; true if there was none.
static LogicalResult check(ModuleOp kernels, ArrayRef<std::string> errors) {
  for (const std::string &error : errors)
    if (!error.empty())
      return kernels.emitError(error);
  return success();
}

static unsigned clusterOf(LLVM::LLVMFuncOp kernel) {
  auto dims = kernel->getAttrOfType<DenseI32ArrayAttr>(NVVM::NVVMDialect::getClusterDimAttrName());
  return dims && !dims.empty() ? static_cast<unsigned>(dims[0]) : 1;
}

/// Kernels that have nothing to do before they wait are slower for it: their blocks take the place of others (resnet50, batch 1, in
/// float32: 1.74 ms if all kernels wait themselves, 1.35 ms if the graph does).
static bool waitsItself(LLVM::LLVMFuncOp kernel) {
  auto isWait = [](NVVM::GriddepcontrolOp op) { return op.getKind() == NVVM::GridDepActionKind::wait; };
  return kernel.walk([&](NVVM::GriddepcontrolOp op) { return isWait(op) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

static std::vector<uint32_t> earlyOperands(LLVM::LLVMFuncOp kernel) {
  auto numbers = kernel->getAttrOfType<DenseI32ArrayAttr>("cuda.early");
  return numbers ? std::vector<uint32_t>(numbers.asArrayRef().begin(), numbers.asArrayRef().end()) : std::vector<uint32_t>();
}

FailureOr<CompiledKernels> generatePtx(ModuleOp kernels, const CompileOptions &options) {
  SmallVector<OwningOpRef<ModuleOp>> groups = splitKernels(kernels, kGroupSize);
  CompiledKernels code;
  for (auto [file, group] : llvm::enumerate(groups))
    for (auto function : group->getOps<LLVM::LLVMFuncOp>()) {
      auto block = function->getAttrOfType<DenseI32ArrayAttr>("gpu.known_block_size");
      auto scratch = function->getAttrOfType<StringAttr>("cuda.scratch");
      if (block && scratch)
        code.kernels.push_back({function.getName().str(), static_cast<unsigned>(file), static_cast<unsigned>(block[0]),
                                scratch.getValue() == "shared", clusterOf(function), function->hasAttr("cuda.persistent"),
                                waitsItself(function), earlyOperands(function)});
    }
  for (const CudaArch &arch : options.archs)
    code.archs.push_back({arch, std::vector<std::string>(groups.size()), {}});
  std::vector<std::string> errors(groups.size());
  LogicalResult done = forEachGroup(groups.size(), options.threads, options.cancellation, [&](size_t i) {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(*groups[i], context, "kernels", /*disableVerification=*/false);
    if (!module) {
      errors[i] = "translation of kernels to LLVM IR failed";
      return;
    }
    llvm::Expected<std::vector<std::string>> texts = generatePtxText(std::move(module), options.archs, options.optLevel);
    if (!texts) {
      errors[i] = llvm::toString(texts.takeError());
      return;
    }
    for (auto [arch, text] : llvm::zip_equal(code.archs, *texts))
      arch.files[i] = std::move(text);
  });
  if (failed(done) || failed(check(kernels, errors)))
    return failure();
  return code;
}

std::string joinPtx(ArrayRef<std::string> files) {
  std::string joined;
  llvm::StringSet<> said;
  auto isSaidOnce = [](StringRef line) {
    return llvm::any_of(ArrayRef<StringRef>{".version", ".target", ".address_size", ".extern .shared"},
                        [&](StringRef word) { return line.starts_with(word); });
  };
  for (StringRef file : files)
    for (StringRef line : llvm::split(file, '\n'))
      if (!isSaidOnce(line) || said.insert(line).second)
        joined += (line + "\n").str();
  return joined;
}

LogicalResult assemble(ModuleOp kernels, CompiledKernels &code, StringRef ptxas, unsigned threads, const Cancellation *cancellation) {
  SmallVector<std::pair<ArchCode *, size_t>> tasks;
  for (ArchCode &arch : code.archs) {
    if (!arch.arch.isBinary())
      continue;
    arch.resources.resize(code.kernels.size());
    for (size_t file = 0; file < arch.files.size(); ++file)
      tasks.push_back({&arch, file});
  }
  std::vector<std::string> errors(tasks.size());
  LogicalResult done = forEachGroup(tasks.size(), threads, cancellation, [&](size_t i) {
    auto [arch, file] = tasks[i];
    llvm::Expected<Assembly> assembly = runPtxas(ptxas, arch->files[file], arch->arch, cancellation);
    if (!assembly) {
      errors[i] = llvm::toString(assembly.takeError());
      return;
    }
    arch->files[file] = std::move(assembly->cubin);
    for (auto [kernel, resources] : llvm::zip_equal(code.kernels, arch->resources))
      if (auto found = assembly->resources.find(kernel.name); kernel.file == file && found != assembly->resources.end())
        resources = found->second;
  });
  return failed(done) ? failure() : check(kernels, errors);
}

} // namespace tenon::cuda
