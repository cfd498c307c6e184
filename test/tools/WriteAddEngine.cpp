// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes an engine made by hand, "c = a + b" over i32 tensors of a dimension n: the tests of the command line and of Python
// use it where they are about running, not compiling.
#include "test/runtime/EngineBuilder.h"

#include <cstdio>

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  std::vector<uint8_t> bytes = tenon::test::makeAddEngine().finish();
  std::FILE *file = std::fopen(argv[1], "wb");
  if (!file || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() || std::fclose(file) != 0)
    return 1;
  return 0;
}
