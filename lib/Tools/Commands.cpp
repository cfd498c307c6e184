// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of commands, in the order of the help.
#include "lib/Tools/Commands.h"

#include "lib/Tools/Options.h"

using namespace tenon::cli;

static constexpr Command table[] = {
    {"compile", "MODEL -o ENGINE", "compiles an ONNX model into an engine",
     "External data of the model is looked up beside it. An engine for x86-64-v3 runs on every x86-64 CPU with AVX2.\n"
     "With --emit=STAGE the IR of that stage goes to -o FILE, or to standard output.",
     CompileVis, 1, 1, runCompile},
    {"check", "MODEL", "says whether every node of a model is supported, without compiling it",
     "Lists each node that cannot be compiled with its op, opset and the reason.", CheckVis, 1, 1, runCheck},
    {"doctor", "", "shows what this machine has, and what is missing", "", DoctorVis, 0, 0, runDoctor},
    {"explain", "[CODE]", "explains an error code, or lists all of them", "", ExplainVis, 0, 1, runExplain},
};

llvm::ArrayRef<Command> tenon::cli::commands() { return table; }
