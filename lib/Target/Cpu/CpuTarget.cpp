// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU levels as data.
#include "lib/Target/Cpu/CpuTarget.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>

using namespace llvm;

namespace tenon::cpu {

static constexpr StringLiteral kV3[] = {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "popcnt"};
static constexpr StringLiteral kV4[] = {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"};
/// Nothing that generated code does not profit from, so that engines move between similar hosts.
static constexpr StringLiteral kNative[] = {"avx512bf16", "avx512vbmi", "avx512vnni"};

ArrayRef<StringLiteral> v3Features() { return kV3; }
ArrayRef<StringLiteral> v4Features() { return kV4; }
ArrayRef<StringLiteral> nativeFeatures() { return kNative; }

static CpuTarget makeLevel(StringRef arch, bool v4) {
  CpuTarget target;
  target.arch = target.cpu = arch.str();
  target.vectorBytes = v4 ? 64 : 32;
  target.vectorRegisters = v4 ? 32 : 16;
  target.requiredFeatures.assign(std::begin(kV3), std::end(kV3));
  if (v4)
    target.requiredFeatures.insert(target.requiredFeatures.end(), std::begin(kV4), std::end(kV4));
  llvm::sort(target.requiredFeatures);
  return target;
}

Expected<CpuTarget> CpuTarget::get(StringRef level) {
  if (level == "x86-64-v3" || level == "x86-64-v4")
    return makeLevel(level, level == "x86-64-v4");
  if (level != "native")
    return createStringError("expected cpu x86-64-v3, x86-64-v4 or native, got " + level);

  StringMap<bool> host = sys::getHostCPUFeatures();
  auto has = [&](StringRef feature) { return host.lookup(feature); };
  if (!llvm::all_of(kV3, has))
    return createStringError("expected a host of level x86-64-v3 or later for cpu native");
  bool v4 = llvm::all_of(kV4, has);
  CpuTarget target = makeLevel(v4 ? "x86-64-v4" : "x86-64-v3", v4);
  // The level's features plus the listed ones, tuned for the host's CPU: the list is what the engine checks, so code uses nothing else.
  std::string name = sys::getHostCPUName().str();
  for (StringRef feature : kNative) {
    if (!has(feature))
      continue;
    target.features += (target.features.empty() ? "+" : ",+") + feature.str();
    target.requiredFeatures.push_back(feature.str());
  }
  llvm::sort(target.requiredFeatures);
  target.arch = "native:" + name;
  return target;
}

} // namespace tenon::cpu
