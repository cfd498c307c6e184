// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of commands, in the order of the help.
#include "lib/Tools/Commands.h"

#include "lib/Tools/Options.h"

using namespace tenon::cli;

static constexpr Command table[] = {
    {"compile", "MODEL -o ENGINE", "compiles an ONNX model into an engine",
     "External data of the model is looked up beside it. An engine for x86-64-v3 runs on every x86-64 CPU with AVX2.\n"
     "With --emit=STAGE the IR of that stage goes to -o FILE, or to standard output; with --dump-stages alone no engine is kept.",
     CompileVis, 1, 1, runCompile},
    {"check", "MODEL", "says whether every node of a model is supported, without compiling it",
     "Lists each node that cannot be compiled with its op, opset and the reason.", CheckVis, 1, 1, runCheck},
    {"doctor", "", "shows what this machine has, and what is missing", "", DoctorVis, 0, 0, runDoctor},
    {"run", "MODEL|ENGINE", "runs a model or an engine once, on random or given inputs",
     "Inputs that are not given are random: normal numbers for floating point, 0 or 1 for integers and bool. A folder given with\n"
     "--inputs has input_0.pb, input_1.pb, ... in the order of the model's inputs, or NAME.npy files.",
     RunVis, 1, 1, runRun},
    {"bench", "MODEL|ENGINE", "measures latency and throughput, with the flags and metrics of trtexec",
     "Latency is the host's time of one run, inputs and outputs staying in place.", BenchVis, 0, 1, runBench},
    {"compare", "MODEL", "compares the outputs with ONNX Runtime's, or with tensors in a folder",
     "An element passes if |got - expected| <= atol + rtol * |expected|. Prints the greatest errors of every output and the smallest\n"
     "tolerance that passes; the exit code is 1 if an output does not pass.",
     CompareVis, 1, 1, runCompare},
    {"inspect", "ENGINE", "shows what is in an engine",
     "Tensors, ops, kernels and the ONNX nodes they compute, memory plan, guards, read-backs, fusions and refusals.\n"
     "This machine need not be able to run the engine.",
     InspectVis, 1, 1, runInspect},
    {"explain", "[CODE]", "explains an error code, or lists all of them", "", ExplainVis, 0, 1, runExplain},
};

llvm::ArrayRef<Command> tenon::cli::commands() { return table; }
