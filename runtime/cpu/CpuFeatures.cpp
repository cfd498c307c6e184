// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CPUID by name, and counting of usable cores from affinity, sysfs and cgroups.
#include "runtime/cpu/CpuFeatures.h"

#include <algorithm>
#include <cpuid.h>
#include <cstdio>
#include <cstring>
#include <sched.h>

using namespace tenon::runtime;

namespace {

enum Register : uint8_t { eax, ebx, ecx, edx };
// Registers that the operating system must save for the feature to be usable.
enum Saved : uint8_t { none, ymm, zmm };

struct FeatureRow {
  const char *name;
  uint32_t leaf, subleaf;
  Register reg;
  uint8_t bit;
  Saved saved;
};

constexpr FeatureRow featureRows[] = {
    {"cmov", 1, 0, edx, 15, none},
    {"cx8", 1, 0, edx, 8, none},
    {"mmx", 1, 0, edx, 23, none},
    {"fxsr", 1, 0, edx, 24, none},
    {"sse", 1, 0, edx, 25, none},
    {"sse2", 1, 0, edx, 26, none},
    {"sse3", 1, 0, ecx, 0, none},
    {"pclmul", 1, 0, ecx, 1, none},
    {"ssse3", 1, 0, ecx, 9, none},
    {"fma", 1, 0, ecx, 12, ymm},
    {"cx16", 1, 0, ecx, 13, none},
    {"sse4.1", 1, 0, ecx, 19, none},
    {"sse4.2", 1, 0, ecx, 20, none},
    {"crc32", 1, 0, ecx, 20, none},
    {"movbe", 1, 0, ecx, 22, none},
    {"popcnt", 1, 0, ecx, 23, none},
    {"aes", 1, 0, ecx, 25, none},
    {"xsave", 1, 0, ecx, 26, none},
    {"avx", 1, 0, ecx, 28, ymm},
    {"f16c", 1, 0, ecx, 29, ymm},
    {"rdrnd", 1, 0, ecx, 30, none},
    {"x87", 1, 0, edx, 0, none},
    {"bmi", 7, 0, ebx, 3, none},
    {"avx2", 7, 0, ebx, 5, ymm},
    {"bmi2", 7, 0, ebx, 8, none},
    {"avx512f", 7, 0, ebx, 16, zmm},
    {"avx512dq", 7, 0, ebx, 17, zmm},
    {"adx", 7, 0, ebx, 19, none},
    {"avx512ifma", 7, 0, ebx, 21, zmm},
    {"avx512cd", 7, 0, ebx, 28, zmm},
    {"avx512bw", 7, 0, ebx, 30, zmm},
    {"avx512vl", 7, 0, ebx, 31, zmm},
    {"avx512vbmi", 7, 0, ecx, 1, zmm},
    {"avx512vbmi2", 7, 0, ecx, 6, zmm},
    {"gfni", 7, 0, ecx, 8, none},
    {"vaes", 7, 0, ecx, 9, ymm},
    {"vpclmulqdq", 7, 0, ecx, 10, ymm},
    {"avx512vnni", 7, 0, ecx, 11, zmm},
    {"avx512bitalg", 7, 0, ecx, 12, zmm},
    {"avx512vpopcntdq", 7, 0, ecx, 14, zmm},
    {"avx512fp16", 7, 0, edx, 23, zmm},
    {"avxvnni", 7, 1, eax, 4, ymm},
    {"avx512bf16", 7, 1, eax, 5, zmm},
    {"sahf", 0x80000001, 0, ecx, 0, none},
    {"lzcnt", 0x80000001, 0, ecx, 5, none},
    {"64bit", 0x80000001, 0, edx, 29, none},
};

} // namespace

static bool osSaves(Saved saved) {
  if (saved == none)
    return true;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27)))
    return false;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  uint32_t needed = saved == ymm ? 0x6 : 0xe6;
  return (low & needed) == needed;
}

bool tenon::runtime::hasCpuFeature(const char *name) {
  if (*name == '+')
    ++name;
  for (const FeatureRow &row : featureRows) {
    if (std::strcmp(row.name, name) != 0)
      continue;
    uint32_t registers[4];
    if (!__get_cpuid_count(row.leaf, row.subleaf, &registers[eax], &registers[ebx], &registers[ecx], &registers[edx]))
      return false;
    return (registers[row.reg] >> row.bit & 1) && osSaves(row.saved);
  }
  return false;
}

/// CPUs of one second-level quota: the smallest of "max period" on the way from this process' cgroup (version 2) to the root.
static uint32_t readCgroupLimit() {
  char path[512] = "/sys/fs/cgroup", line[400];
  FILE *self = std::fopen("/proc/self/cgroup", "re");
  if (self) {
    while (std::fgets(line, sizeof(line), self))
      if (std::strncmp(line, "0::/", 4) == 0) {
        line[std::strcspn(line, "\n")] = 0;
        std::snprintf(path, sizeof(path), "/sys/fs/cgroup%s", std::strcmp(line + 3, "/") == 0 ? "" : line + 3);
      }
    std::fclose(self);
  }
  uint32_t limit = UINT32_MAX;
  while (std::strlen(path) >= std::strlen("/sys/fs/cgroup")) {
    char file[540];
    std::snprintf(file, sizeof(file), "%s/cpu.max", path);
    long quota, period;
    FILE *stream = std::fopen(file, "re");
    if (stream && std::fscanf(stream, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0)
      limit = std::min<uint32_t>(limit, uint32_t(std::min<long>((quota + period - 1) / period, 1 << 16)));
    if (stream)
      std::fclose(stream);
    char *slash = std::strrchr(path, '/');
    *slash = 0;
  }
  return limit;
}

/// Is `cpu` the first of its core's hardware threads that is in `allowed`?
static bool isFirstOfCore(int cpu, const cpu_set_t &allowed) {
  char path[128];
  std::snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
  FILE *stream = std::fopen(path, "re");
  if (!stream)
    return true;
  // "0,64" or "0-1": every number below `cpu` that is allowed comes before it.
  int first = cpu, begin;
  char separator = ',';
  int previous = -1;
  while (std::fscanf(stream, "%d", &begin) == 1) {
    for (int sibling = separator == '-' ? previous + 1 : begin; sibling <= begin && sibling < CPU_SETSIZE; ++sibling)
      if (sibling >= 0 && CPU_ISSET(sibling, &allowed))
        first = std::min(first, sibling);
    previous = begin;
    if (std::fscanf(stream, "%c", &separator) != 1)
      break;
  }
  std::fclose(stream);
  return first == cpu;
}

uint32_t tenon::runtime::countUsableCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    return 1;
  uint32_t cores = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    cores += CPU_ISSET(cpu, &allowed) && isFirstOfCore(cpu, allowed);
  return std::max<uint32_t>(std::min(cores, readCgroupLimit()), 1);
}
