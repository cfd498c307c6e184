// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/HostFunctions.h"

#include <cstring>

using namespace tenon::runtime;

static const HostFunction functions[] = {
    {"unique", 1, 5, 4, takesUniqueType, callUnique},
};

const HostFunction *tenon::runtime::findHostFunction(const char *name) {
  for (const HostFunction &function : functions)
    if (std::strcmp(function.name, name) == 0)
      return &function;
  return nullptr;
}
