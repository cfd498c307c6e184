// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The commands of `tenon`. Each returns the exit code.
#ifndef TENON_LIB_TOOLS_COMMANDS_H
#define TENON_LIB_TOOLS_COMMANDS_H

namespace tenon::cli {
class Arguments;

int runCompile(const Arguments &arguments);
int runCheck(const Arguments &arguments);
int runDoctor(const Arguments &arguments);
int runRun(const Arguments &arguments);
int runBench(const Arguments &arguments);
int runCompare(const Arguments &arguments);
int runInspect(const Arguments &arguments);
int runTune(const Arguments &arguments);
int runExplain(const Arguments &arguments);

/// True once the user has asked to stop (Ctrl-C); a second Ctrl-C ends the process at once.
bool interrupted();
/// Not zero when `interrupted`, for runs to watch.
const volatile int32_t *interruptFlag();
} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_COMMANDS_H
