// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of commands, in the order of the help.
#include "lib/Tools/Commands.h"

#include "lib/Tools/Options.h"

using namespace tenon::cli;

static constexpr Command table[] = {
    {"compile", "MODEL -o ENGINE", "compiles an ONNX model into an engine",
     "External data of the model is looked up beside it. An engine for x86-64-v3 runs on every x86-64 CPU\n"
     "with AVX2. With --emit=STAGE the IR of that stage goes to -o FILE, or to standard output; with\n"
     "--dump-stages alone no engine is kept.",
     CompileVis, 1, 1, runCompile},
    {"check", "MODEL", "says whether every node of a model is supported, without compiling it",
     "Lists each node that cannot be compiled with the reason: all that the importer refuses, else what\n"
     "the passes up to the kernels refuse for the CPU. No code is generated.",
     CheckVis, 1, 1, runCheck},
    {"doctor", "", "shows what this machine has, and what is missing", "", DoctorVis, 0, 0, runDoctor},
    {"run", "MODEL|ENGINE", "runs a model or an engine once, on random or given inputs",
     "Inputs that are not given are random: normal numbers for floating point, 0 or 1 for integers and\n"
     "bool. A folder given with --inputs has input_0.pb, input_1.pb, ... in the order of the model's\n"
     "inputs, or NAME.npy files.",
     RunVis, 1, 1, runRun},
    {"bench", "MODEL|ENGINE", "measures latency and throughput, with the flags and metrics of trtexec",
     "Latency is the host's time of one run with inputs and outputs in place; on a GPU Enqueue Time is\n"
     "that until it works alone, and GPU Compute Time (sum of the kernels' times), H2D and D2H Latency\n"
     "(copies of all inputs and outputs) are of --iterations more runs.",
     BenchVis, 0, 1, runBench},
    {"compare", "MODEL", "compares the outputs with ONNX Runtime's, or with tensors in a folder",
     "An element passes if |got - expected| <= atol + rtol * |expected|. Prints the greatest errors of\n"
     "every output and the smallest tolerance that passes; the exit code is 1 if an output does not pass.",
     CompareVis, 1, 1, runCompare},
    {"inspect", "ENGINE", "shows what is in an engine",
     "Tensors, ops, kernels and the ONNX nodes they compute, memory plan, guards, read-backs, fusions and\n"
     "refusals. This machine need not be able to run the engine.",
     InspectVis, 1, 1, runInspect},
    {"tune", "[MODEL]", "measures the schedules of a matrix product on a GPU and keeps the fastest",
     "The product of --product, or each one of a model whose sizes are known. Random normal data; numbers\n"
     "are checked against float64 before they are timed: copies of the product with operands of their own,\n"
     "more than the L2 cache holds, in one CUDA graph. `tenon compile --tuned=FILE` uses the table of\n"
     "winners. The exit code is 1 if a candidate computes wrongly.",
     TuneVis, 0, 1, runTune},
    {"explain", "[CODE]", "explains an error code, or lists all of them", "", ExplainVis, 0, 1, runExplain},
};

llvm::ArrayRef<Command> tenon::cli::commands() { return table; }
