// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every flag of `tenon`, once, with the commands that know it. The parser, --help, the suggestion for a misspelt flag and
// docs/cli.md are made from this table. A flag takes its value as --flag=value or --flag value.
include "llvm/Option/OptParser.td"

// One visibility per command: a flag that a command does not list is unknown to it.
def CompileVis : OptionVisibility;
def CheckVis : OptionVisibility;
def DoctorVis : OptionVisibility;
def RunVis : OptionVisibility;
def BenchVis : OptionVisibility;
def CompareVis : OptionVisibility;
def InspectVis : OptionVisibility;
def ExplainVis : OptionVisibility;
def TuneVis : OptionVisibility;

class In<list<OptionVisibility> commands> { list<OptionVisibility> Visibility = commands; }
defvar allCommands = [CompileVis, CheckVis, DoctorVis, RunVis, BenchVis, CompareVis, InspectVis, ExplainVis, TuneVis];
defvar compiling = [CompileVis, RunVis, BenchVis, CompareVis];
defvar running = [RunVis, BenchVis, CompareVis];

// Left out of --help, in --help-all.
class Rare { list<OptionFlag> Flags = [HelpHidden]; }

// The headings of --help, in this order.
def GeneralGroup : OptionGroup<"General">;
def ModelGroup : OptionGroup<"Compiling">;
def RunGroup : OptionGroup<"Running">;
def MeasureGroup : OptionGroup<"Measuring">;
def CompareGroup : OptionGroup<"Comparing">;
def TuneGroup : OptionGroup<"Tuning">;

// --name=VALUE and --name VALUE.
multiclass Value<string name, string metavar, string help, list<OptionVisibility> commands> {
  def "" : Joined<["--"], name # "=">, MetaVarName<metavar>, HelpText<help>, In<commands>;
  def _separate : Separate<["--"], name>, Alias<!cast<Option>(NAME)>, In<commands>;
}
// A second spelling of a value flag.
multiclass Spelling<string name, Option option, list<OptionVisibility> commands> {
  def "" : Joined<["--"], name # "=">, Alias<option>, In<commands>;
  def _separate : Separate<["--"], name>, Alias<option>, In<commands>;
}

// What is compiled, and how.
defm output : Value<"output", "FILE", "write the engine here, whole or not at all (also -o FILE)", [CompileVis, BenchVis]>, Group<ModelGroup>;
def output_short : JoinedOrSeparate<["-"], "o">, Alias<output>, In<[CompileVis, BenchVis]>;
defm save_engine : Spelling<"saveEngine", output, [CompileVis, BenchVis]>;
defm target : Value<"target", "DEVICE", "cpu, or cuda[:ARCH,...]: sm_80 to sm_120a for machine code, compute_80 to compute_120 for PTX (default cpu; cuda is cuda:sm_90a,compute_80)", compiling>, Group<ModelGroup>;
defm cpu : Value<"cpu", "LEVEL", "x86-64-v3, x86-64-v4 or native (default x86-64-v3; native when run at once)", compiling>, Group<ModelGroup>;
defm shapes : Value<"shapes", "NAME:1x128,...", "fix dims of inputs; for an engine: the dims to run with", [CompileVis, CheckVis, RunVis, BenchVis, CompareVis, TuneVis]>, Group<ModelGroup>;
defm emit : Value<"emit", "STAGE", "stop after a stage and write its IR: infer, fused, linalg, kernels, llvm, asm, plan, engine; for cuda nvvm and ptx instead of llvm and asm", [CompileVis]>, Group<ModelGroup>;
defm dump_stages : Value<"dump-stages", "DIR", "write the IR of every stage to numbered files in DIR", [CompileVis]>, Group<ModelGroup>;
def locations : Flag<["--"], "locations">, HelpText<"write IR with locations: names of nodes and their metadata_props">, In<[CompileVis]>, Group<ModelGroup>, Rare;
defm compile_threads : Value<"compile-threads", "N", "threads that compile (default: all cores); the engine does not depend on it", !listconcat(compiling, [TuneVis])>, Group<ModelGroup>, Rare;
defm precision : Value<"precision", "TYPE", "fp32, or what float32 products multiply: fp16, bf16; on sm_90a, of matrices alone, tf32; sums stay float32 (default fp32)", compiling>, Group<ModelGroup>;
def tf32 : Flag<["--"], "tf32">, HelpText<"short for --precision=tf32">, Alias<precision>, AliasArgs<["tf32"]>, In<compiling>, Group<ModelGroup>, Rare;
def fp16 : Flag<["--"], "fp16">, HelpText<"short for --precision=fp16">, Alias<precision>, AliasArgs<["fp16"]>, In<compiling>, Group<ModelGroup>;
def bf16 : Flag<["--"], "bf16">, HelpText<"short for --precision=bf16">, Alias<precision>, AliasArgs<["bf16"]>, In<compiling>, Group<ModelGroup>;
defm tuned : Value<"tuned", "FILE", "measured schedules of matrix products, as tenon tune writes them, or none (default: the table that comes with tenon)", compiling>, Group<ModelGroup>, Rare;
defm ptxas : Value<"ptxas", "PROGRAM", "NVIDIA's assembler (default: the one on PATH or in $CUDA_HOME/bin, which is /usr/local/cuda/bin; without one the engine has PTX only)", !listconcat(compiling, [DoctorVis, TuneVis])>, Group<ModelGroup>, Rare;

// What is run.
defm onnx : Value<"onnx", "MODEL", "the model, as trtexec spells it", [BenchVis]>, Group<RunGroup>, Rare;
defm load_engine : Value<"loadEngine", "ENGINE", "the engine, as trtexec spells it", [BenchVis]>, Group<RunGroup>, Rare;
defm input : Value<"input", "NAME=FILE", "an input from a .npy, .pb (TensorProto) or raw .bin file, repeatable", running>, Group<RunGroup>;
defm load_inputs : Value<"loadInputs", "NAME:FILE,...", "inputs from files, as trtexec spells it", [BenchVis]>, Group<RunGroup>, Rare;
defm inputs : Value<"inputs", "DIR", "inputs from a folder: input_0.pb, input_1.pb ..., or NAME.npy", running>, Group<RunGroup>;
defm seed : Value<"seed", "N", "seed of random inputs (default 0)", running>, Group<RunGroup>, Rare;
defm device : Value<"device", "DEVICE", "cpu, cuda, cuda:N or N, the number of a GPU (default: the first of the engine's targets that this machine can run)", !listconcat(running, [TuneVis])>, Group<RunGroup>;
defm threads : Value<"threads", "N", "threads that run the model (default: all cores)", running>, Group<RunGroup>;
defm save_outputs : Value<"save-outputs", "DIR", "write every output to DIR", [RunVis]>, Group<RunGroup>;
defm format : Value<"format", "npy|pb", "format of saved outputs: NAME.npy or output_N.pb (default npy)", [RunVis]>, Group<RunGroup>;

// How it is measured: trtexec's spellings.
defm iterations : Value<"iterations", "N", "run at least N times (default 10)", [BenchVis]>, Group<MeasureGroup>;
defm warm_up : Value<"warmUp", "MS", "run for MS milliseconds before measuring (default 200)", [BenchVis]>, Group<MeasureGroup>;
defm duration : Value<"duration", "S", "measure for at least S seconds (default 3)", [BenchVis]>, Group<MeasureGroup>;
defm avg_runs : Value<"avgRuns", "N", "print an average line for every N runs (default 0: none)", [BenchVis]>, Group<MeasureGroup>, Rare;
defm percentile : Value<"percentile", "P,...", "latency percentiles to report (default 90,95,99)", [BenchVis]>, Group<MeasureGroup>;
def dump_profile : Flag<["--"], "dumpProfile">, HelpText<"print the time of every kernel">, In<[BenchVis]>, Group<MeasureGroup>;
defm export_times : Value<"exportTimes", "FILE", "write the latency of every run as JSON", [BenchVis]>, Group<MeasureGroup>;
defm idle_time : Value<"idleTime", "MS", "wait MS milliseconds between runs (default 0)", [BenchVis]>, Group<MeasureGroup>, Rare;
def dump_output : Flag<["--"], "dumpOutput">, HelpText<"print all elements of the last run's outputs">, In<[BenchVis]>, Group<MeasureGroup>, Rare;
defm export_output : Value<"exportOutput", "FILE", "write the last run's outputs as JSON", [BenchVis]>, Group<MeasureGroup>, Rare;
def dump_layer_info : Flag<["--"], "dumpLayerInfo">, HelpText<"print the kernels and the nodes that they compute">, In<[BenchVis]>, Group<MeasureGroup>, Rare;
defm export_layer_info : Value<"exportLayerInfo", "FILE", "write the kernels and the nodes that they compute as JSON", [BenchVis]>, Group<MeasureGroup>, Rare;
defm export_profile : Value<"exportProfile", "FILE", "write the time of every kernel as JSON", [BenchVis]>, Group<MeasureGroup>, Rare;

// trtexec's flags that bench answers with a note or a reason (TrtexecFlags.cpp).
defm min_shapes : Value<"minShapes", "NAME:1x128,...", "trtexec's least dims: all sizes run", [BenchVis]>, Group<ModelGroup>, Rare;
defm opt_shapes : Value<"optShapes", "NAME:1x128,...", "dims to run with; the engine's dims stay open, unlike with --shapes", [BenchVis]>, Group<ModelGroup>, Rare;
defm max_shapes : Value<"maxShapes", "NAME:1x128,...", "trtexec's greatest dims: all sizes run", [BenchVis]>, Group<ModelGroup>, Rare;
def use_cuda_graph : Flag<["--"], "useCudaGraph">, HelpText<"launch CUDA graphs: always so">, In<[BenchVis]>, Group<MeasureGroup>, Rare;
def no_data_transfers : Flag<["--"], "noDataTransfers">, HelpText<"leave out copies to and from a GPU: always so in Latency; without them there are no H2D and D2H Latency">, In<[BenchVis]>, Group<MeasureGroup>, Rare;
def use_spin_wait : Flag<["--"], "useSpinWait">, HelpText<"spin while waiting: the driver decides">, In<[BenchVis]>, Group<MeasureGroup>, Rare;
defm streams : Value<"streams", "N", "1; more streams are refused", [BenchVis]>, Group<MeasureGroup>, Rare;
defm inf_streams : Spelling<"infStreams", streams, [BenchVis]>, Rare;
defm sleep_time : Value<"sleepTime", "MS", "0; there is no gap before a run", [BenchVis]>, Group<MeasureGroup>, Rare;

// What is compared.
defm reference : Value<"reference", "WHAT", "onnxruntime, or a folder of tensors: output_0.pb ... or NAME.npy (default onnxruntime)", [CompareVis]>, Group<CompareGroup>;
defm engine : Value<"engine", "ENGINE", "run this engine instead of compiling the model", [CompareVis]>, Group<CompareGroup>;
defm atol : Value<"atol", "X", "absolute tolerance (default 1e-5)", [CompareVis]>, Group<CompareGroup>;
defm rtol : Value<"rtol", "X", "relative tolerance (default 1e-3)", [CompareVis]>, Group<CompareGroup>;
defm python : Value<"python", "PROGRAM", "the Python that has onnxruntime (default: TENON_PYTHON, python3)", [CompareVis, DoctorVis]>, Group<CompareGroup>;

// What is tuned.
defm product : Value<"product", "MxNxK", "the product's sizes: A has M rows, C has N columns, K is summed over", [TuneVis]>, Group<TuneGroup>;
defm type : Value<"type", "TYPE", "fp16, bf16 or tf32 (C is fp32): of A, B and C (default fp16)", [TuneVis]>, Group<TuneGroup>;
defm layout : Value<"layout", "LAYOUT", "how A and B are stored: nt is [M, K] and [N, K], nn has B [K, N], tn and tt have A [K, M] (default nt)", [TuneVis]>, Group<TuneGroup>;
defm batch : Value<"batch", "B", "B products in one; layout nn only", [TuneVis]>, Group<TuneGroup>;
defm epilogue : Value<"epilogue", "STEPS", "what follows the sum, joined by +: bias, residual, relu, gelu, gelu_tanh, silu", [TuneVis]>, Group<TuneGroup>;
defm output_type : Value<"output-type", "TYPE", "fp32: C is not rounded (default: the type of A)", [TuneVis]>, Group<TuneGroup>;
defm table : Value<"table", "FILE", "write the winner into this table of measured schedules, which is made if there is none", [TuneVis]>, Group<TuneGroup>;
defm min_gain : Value<"min-gain", "PERCENT", "by how much the winner beats the cost model's choice to be written (default 2)", [TuneVis]>, Group<TuneGroup>;
def list_candidates : Flag<["--"], "list">, HelpText<"print the schedules that would be measured; needs no GPU">, In<[TuneVis]>, Group<TuneGroup>;

// Everywhere.
def json : Flag<["--"], "json">, HelpText<"print the result and all diagnostics as JSON">, In<allCommands>, Group<GeneralGroup>;
defm progress : Value<"progress", "WHEN", "auto, plain or none (default auto: a line on a terminal after a second)", [CompileVis, CheckVis, RunVis, BenchVis, CompareVis, TuneVis]>, Group<GeneralGroup>;
def verbose : Flag<["--"], "verbose">, HelpText<"short for --progress=plain">, Alias<progress>, AliasArgs<["plain"]>, In<[BenchVis]>, Group<GeneralGroup>, Rare;
def help : Flag<["--"], "help">, HelpText<"print this help (also -h)">, In<allCommands>, Group<GeneralGroup>;
def help_all : Flag<["--"], "help-all">, HelpText<"print all flags, rare ones too">, In<allCommands>, Group<GeneralGroup>;
def help_short : Flag<["-"], "h">, Alias<help>, In<allCommands>;
