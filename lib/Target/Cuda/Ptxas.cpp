// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/Cuda/Ptxas.h"

#include "lib/Support/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace llvm;

namespace tenon::cuda {

Expected<std::string> findPtxas(StringRef given) {
  if (!given.empty()) {
    // A path is taken as it is: found or not, it comes back.
    ErrorOr<std::string> path = sys::findProgramByName(given);
    if (!path || !sys::fs::can_execute(*path))
      return createStringError("expected a program that can be run as ptxas, got '" + given + "'");
    return *path;
  }
  if (ErrorOr<std::string> path = sys::findProgramByName("ptxas"))
    return *path;
  const char *home = std::getenv("CUDA_HOME");
  std::string folder = std::string(home && *home ? home : "/usr/local/cuda") + "/bin";
  ErrorOr<std::string> path = sys::findProgramByName("ptxas", StringRef(folder));
  return path ? *path : std::string();
}

/// The number before each of `words` in "8 bytes stack frame, 0 bytes spill stores": 8 for "bytes stack frame".
static uint64_t numberBefore(StringRef line, StringRef words) {
  uint64_t number = 0;
  size_t end = line.find((" " + words).str());
  if (end == StringRef::npos)
    return 0;
  StringRef digits = line.take_front(end);
  digits = digits.drop_front(digits.find_last_not_of("0123456789") + 1);
  return digits.getAsInteger(10, number) ? 0 : number;
}

StringMap<KernelResources> parseResources(StringRef report) {
  StringMap<KernelResources> all;
  KernelResources *current = nullptr;
  SmallVector<StringRef> lines;
  report.split(lines, '\n');
  for (StringRef line : lines) {
    if (line.contains("Compiling entry function '"))
      current = &all[line.split('\'').second.split('\'').first];
    if (!current)
      continue;
    if (line.contains("bytes stack frame")) {
      current->stackBytes = numberBefore(line, "bytes stack frame");
      current->spillStoreBytes = numberBefore(line, "bytes spill stores");
      current->spillLoadBytes = numberBefore(line, "bytes spill loads");
    } else if (line.contains("Used ")) {
      current->registers = numberBefore(line, "registers");
      current->sharedBytes = numberBefore(line, "bytes smem");
    }
  }
  return all;
}

/// Calls `use(line, kernel)` for each line, with the kernel in which it lies or "", until that returns false.
static void forEachLine(StringRef ptx, function_ref<bool(StringRef, StringRef)> use) {
  StringRef kernel;
  while (!ptx.empty()) {
    auto [line, rest] = ptx.split('\n');
    if (size_t at = line.find(".entry "); at != StringRef::npos)
      kernel = line.drop_front(at + strlen(".entry ")).take_until([](char c) { return c == '('; }).trim();
    if (!use(line, kernel))
      return;
    ptx = rest;
  }
}

/// The kernel in which line `number` (from 1) of `ptx` lies, or "".
static StringRef kernelAt(StringRef ptx, size_t number) {
  StringRef found;
  forEachLine(ptx, [&](StringRef, StringRef kernel) {
    found = kernel;
    return --number > 0;
  });
  return found;
}

/// The text with `.minnctapersm 1` for kernels that spill: ptxas then sees no reason to limit their registers.
static std::string withoutOccupancyAim(StringRef ptx, const StringMap<KernelResources> &resources) {
  std::string text;
  forEachLine(ptx, [&](StringRef line, StringRef kernel) {
    bool spills = resources.lookup(kernel).spillStoreBytes > 0;
    if (!spills || !line.starts_with(".minnctapersm")) // the kernel may ask for more blocks itself
      text += line.str() + "\n";
    if (spills && line.starts_with(".reqntid"))
      text += ".minnctapersm 1\n";
    return true;
  });
  return text;
}

/// "ptxas f.ptx, line 11; error   : Unknown modifier '.snc'" -> "Unknown modifier '.snc' (kernel 'kernel_3')", the first of them.
static std::string explain(StringRef report, StringRef ptx) {
  SmallVector<StringRef> lines;
  report.split(lines, '\n');
  for (StringRef line : lines) {
    bool fatal = line.contains("fatal");
    if (!fatal && !line.contains("; error"))
      continue;
    std::string message = line.split(" : ").second.trim().str();
    size_t number = 0;
    if (!line.split(", line ").second.split(';').first.getAsInteger(10, number))
      if (StringRef kernel = kernelAt(ptx, number); !kernel.empty())
        message += (" (kernel '" + kernel + "')").str();
    return message;
  }
  return report.trim().str();
}

static Expected<Assembly> assembleOnce(StringRef program, StringRef ptx, const CudaArch &arch, const Cancellation *cancellation) {
  SmallString<128> input, output;
  int descriptor = -1;
  if (std::error_code error = sys::fs::createTemporaryFile("tenon", "ptx", descriptor, input))
    return createStringError("cannot write PTX for ptxas: " + error.message());
  FileRemover removeInput(input);
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << ptx;
  stream.close();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    return createStringError("cannot write PTX for ptxas: " + error.message());
  }
  if (std::error_code error = sys::fs::createTemporaryFile("tenon", "cubin", output))
    return createStringError("cannot write machine code: " + error.message());
  FileRemover removeOutput(output);
  std::string processor = "-arch=" + arch.processor;
  ProgramResult result = runProgram(program, {processor, "-O3", "-v", input, "-o", output}, /*seconds=*/0, cancellation);
  if (result.code < 0)
    return createStringError("ptxas cannot be run: " + result.errors);
  if (result.code != 0)
    return createStringError("ptxas failed for " + arch.name + ": " + explain(result.errors + result.output, ptx));
  ErrorOr<std::unique_ptr<MemoryBuffer>> cubin = MemoryBuffer::getFile(output);
  if (!cubin || (*cubin)->getBufferSize() == 0)
    return createStringError("ptxas wrote no machine code for " + arch.name);
  return Assembly{(*cubin)->getBuffer().str(), parseResources(result.errors + result.output)};
}

Expected<Assembly> runPtxas(StringRef program, StringRef ptx, const CudaArch &arch, const Cancellation *cancellation) {
  Expected<Assembly> first = assembleOnce(program, ptx, arch, cancellation);
  if (!first || none_of(first->resources, [](const auto &entry) { return entry.second.spillStoreBytes > 0; }))
    return first;
  return assembleOnce(program, withoutOccupancyAim(ptx, first->resources), arch, cancellation);
}

} // namespace tenon::cuda
