// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/ErrorTable.h"

#include "lib/Tools/Console.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::cli;

// Codes of the runtime are tenon.h's in lower case: TENON_WRONG_SHAPE is wrong-shape.
static constexpr ErrorEntry entries[] = {
    {"usage", WrongUsage, "the command line or an argument is wrong", "`tenon COMMAND --help` lists the flags of a command"},
    {"io-error", Refused, "a file cannot be opened, read, mapped or written", "see the system's reason in the message"},
    {"invalid-model", Refused, "the file is not a valid ONNX model", "`onnx.checker.check_model` says more about most invalid models"},
    {"unsupported-node", Refused, "a node of the model has no support in this version", "`tenon check MODEL` lists all such nodes"},
    {"invalid-table", Refused, "the file is not a table of measured schedules of this version; the message names the line",
     "mend or delete the line; `tenon tune` writes such files, docs/tuning.md describes them"},
    {"compile-failed", Refused, "a stage of the compiler cannot handle the model; the message names the node",
     "report it with the model: every valid model should compile"},
    {"unsupported-target", Refused, "the GPU architecture is not one that this version compiles for",
     "the message lists those that it does"},
    {"corrupt-engine", Refused, "not an engine, cut short, or a hash does not match", "copy or compile it again"},
    {"invalid-engine", Refused,
     "hashes match but the content contradicts itself; the message begins with the rule of [engine-format.md](engine-format.md)",
     "a defect of whatever wrote the engine"},
    {"wrong-version", Refused, "the engine has another format version than this library reads; the message names both",
     "compile again with this version"},
    {"wrong-input", Refused, "an input is missing, unknown, or its file cannot be used", "`tenon inspect` prints names, types and shapes"},
    {"wrong-type", Refused, "a tensor has another element type than declared", "convert it; `tenon inspect` prints types"},
    {"wrong-shape", Refused, "rank, dims or bytes do not fit the declaration, its ranges or each other",
     "see expected and actual in the message"},
    {"guard-failed", Refused, "a condition of the model does not hold for these inputs; the message is the condition",
     "see the model's own requirements"},
    {"overflow", Refused, "a size or index leaves 64 bits, divides by zero, or does not fit a tensor's integer type", "use sane shapes"},
    {"program-error", Refused, "the host program used a buffer in a way that its size or kind does not allow",
     "report it: the compiler made a wrong program, or the model indexes out of range"},
    {"mismatch", Refused, "outputs differ from the reference by more than the tolerance",
     "the report shows the smallest tolerance that passes"},
    {"unsupported", Missing,
     "no code for this device, missing processor features (the message names them), or the system forbids loading code",
     "compile for this machine, with --cpu=x86-64-v3 or --cpu=native"},
    {"out-of-memory", Missing, "an allocation failed", "free memory or use smaller shapes; the message says how much was needed"},
    {"missing", Missing, "a program or package that the command needs is not here", "`tenon doctor` lists what is missing"},
    {"device-lost", Missing,
     "a kernel or the device failed: nothing works on this device any more in this process; the message names the cause",
     "start the process again; if it repeats, report it with the model"},
    {"cancelled", Interrupted, "the caller or Ctrl-C asked to stop", ""},
    {"invalid-argument", Bug, "an argument of the C API is NULL or out of range, or a struct's `size` is not that of any version",
     "correct the call; from the command line it is a bug of tenon"},
    {"invalid-state", Bug, "an input is not bound, an output is not known yet, or two threads use one context",
     "bind, run, or give each thread its own context"},
    {"internal", Bug, "a bug in tenon", "please report it with the model or the command"},
};

llvm::ArrayRef<ErrorEntry> tenon::cli::errorTable() { return entries; }

const ErrorEntry *tenon::cli::findError(llvm::StringRef code) {
  const ErrorEntry *found = llvm::find_if(entries, [&](const ErrorEntry &entry) { return entry.code == code; });
  return found == std::end(entries) ? nullptr : found;
}

int tenon::cli::exitCodeOf(llvm::StringRef code) {
  const ErrorEntry *entry = findError(code);
  return entry ? entry->exitCode : static_cast<int>(Refused);
}
