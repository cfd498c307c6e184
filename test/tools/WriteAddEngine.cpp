// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// write-add-engine FILE [CODE]: writes an engine made by hand, "c = a + b" over i32 tensors of a dimension n, for the CPU, or for CUDA with
// the cubin CODE, which has a kernel "add". The tests of the command line and of Python use it where they are about running, not compiling.
#include "test/runtime/EngineBuilder.h"

#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3)
    return 2;
  tenon::test::EngineBuilder builder = tenon::test::makeAddEngine();
  if (argc == 3) {
    std::ifstream code(argv[2], std::ios::binary);
    builder.useCuda("sm_90");
    builder.segments[0].assign(std::istreambuf_iterator<char>(code), {});
  }
  std::vector<uint8_t> bytes = builder.finish();
  std::FILE *file = std::fopen(argv[1], "wb");
  if (!file || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() || std::fclose(file) != 0)
    return 1;
  return 0;
}
