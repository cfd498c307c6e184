// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The GPU architectures as data.
#include "lib/Target/Cuda/CudaTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace tenon::cuda {
namespace {
struct Processor {
  StringLiteral name;
  unsigned ptxVersion;
};
} // namespace

/// Best first. A name that ends in `a` has instructions that no other processor has: its PTX runs nowhere else, so there is no compute_ for
/// it.
static constexpr Processor kProcessors[] = {
    {"sm_120a", 87}, {"sm_120", 87}, {"sm_100a", 86}, {"sm_100", 86}, {"sm_90a", 84},
    {"sm_90", 78},   {"sm_89", 78},  {"sm_86", 71},   {"sm_80", 70},
};

static bool hasPtxTarget(StringRef processor) { return !processor.ends_with("a"); }

/// Every name that --target=cuda:... knows, in an engine's order.
static std::vector<CudaArch> allArchs() {
  std::vector<CudaArch> archs;
  for (const Processor &processor : kProcessors)
    archs.push_back({processor.name.str(), processor.name.str(), processor.ptxVersion});
  for (const Processor &processor : kProcessors)
    if (hasPtxTarget(processor.name))
      archs.push_back({("compute_" + processor.name.drop_front(3)).str(), processor.name.str(), processor.ptxVersion});
  return archs;
}

Expected<std::vector<CudaArch>> parseArchs(StringRef list) {
  std::vector<CudaArch> known = allArchs();
  SmallVector<StringRef> names;
  list.split(names, ',');
  StringSet<> asked;
  for (StringRef name : names) {
    if (none_of(known, [&](const CudaArch &arch) { return arch.name == name; }))
      return createStringError("expected a GPU architecture among " +
                               join(map_range(known, [](const CudaArch &arch) { return arch.name; }), ", ") + ", got '" + name + "'");
    asked.insert(name);
  }
  erase_if(known, [&](const CudaArch &arch) { return !asked.contains(arch.name); });
  return known;
}

std::vector<CudaArch> withoutBinaries(ArrayRef<CudaArch> archs) {
  StringSet<> kept;
  for (const CudaArch &arch : archs)
    kept.insert(arch.isBinary() ? "compute_" + StringRef(arch.name).drop_front(3).rtrim('a').str() : arch.name);
  std::vector<CudaArch> result = allArchs();
  erase_if(result, [&](const CudaArch &arch) { return !kept.contains(arch.name); });
  return result;
}

} // namespace tenon::cuda
