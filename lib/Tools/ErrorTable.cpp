// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/ErrorTable.h"

#include "lib/Tools/Console.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::cli;

static constexpr ErrorEntry entries[] = {
    {"usage", WrongUsage, "the command line is wrong", "`tenon COMMAND --help` lists the flags of a command"},
    {"file", Refused, "a file cannot be read or written", "check the path, the permissions and the free space"},
    {"model", Refused, "the file is not a valid ONNX model", "`onnx.checker.check_model` says more about most invalid models"},
    {"unsupported", Refused, "a node of the model has no support in this version", "`tenon check MODEL` lists all such nodes"},
    {"shape", Refused, "a shape does not fit the model", "`tenon inspect` prints the shapes that an engine accepts"},
    {"target", Refused, "the target is not in this version", "use --target=cpu"},
    {"engine", Refused, "the file is not a valid engine of this version", "compile the model again with this version"},
    {"input", Refused, "an input is missing, unknown, or of the wrong type or shape", "`tenon inspect` prints names, types and shapes"},
    {"run", Refused, "the model ended its own run, for example at a guard on its shapes", "the message names the condition"},
    {"mismatch", Refused, "outputs differ from the reference by more than the tolerance",
     "the report shows the smallest tolerance that passes"},
    {"cpu", Missing, "this CPU lacks features that the engine needs", "compile with --cpu=x86-64-v3 or --cpu=native"},
    {"memory", Missing, "memory ran out", "use smaller shapes, or a machine with more memory"},
    {"missing", Missing, "a program or package that the command needs is not here", "`tenon doctor` lists what is missing"},
    {"cancelled", Interrupted, "the work was interrupted", ""},
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
