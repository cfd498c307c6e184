// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors of float and the CPU levels that tests of schedules run on.
#ifndef TENON_TEST_SCHEDULE_SCHEDULETESTING_H
#define TENON_TEST_SCHEDULE_SCHEDULETESTING_H

#include "tools/bench/KernelRunner.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

namespace tenon::bench {

/// CPU levels of the host, and thread blocks.
inline std::vector<std::string> hostLevels() {
  std::vector<std::string> levels{"x86-64-v3", "block"};
  llvm::Expected<cpu::CpuTarget> native = cpu::CpuTarget::get("native");
  if (native && native->vectorBytes == 64)
    levels.push_back("x86-64-v4");
  if (!native)
    llvm::consumeError(native.takeError());
  return levels;
}

/// Name of a parameterised test.
inline std::string levelName(const testing::TestParamInfo<std::string> &info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

struct Tensor {
  std::vector<int64_t> dims;
  float *data;
  explicit Tensor(std::vector<int64_t> shape) : dims(std::move(shape)), data(static_cast<float *>(allocate(size() * sizeof(float)))) {
    std::fill(data, data + size(), NAN);
  }
  Tensor(const Tensor &) = delete;
  ~Tensor() { std::free(data); }
  int64_t size() const {
    int64_t n = 1;
    for (int64_t d : dims)
      n *= d;
    return n;
  }
  void fill(unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> values(-1, 1);
    for (int64_t i = 0; i < size(); ++i)
      data[i] = values(generator);
  }
  Argument argument() { return {data, dims}; }
};

} // namespace tenon::bench

#endif // TENON_TEST_SCHEDULE_SCHEDULETESTING_H
