// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/TrtexecFlags.h"

#include "lib/Tools/Console.h"
#include "lib/Tools/ModelArguments.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace tenon::cli;

namespace {
struct Note {
  FlagId flag;
  StringLiteral text;
};
} // namespace

static constexpr Note notes[] = {
    {OPT_use_cuda_graph, "--useCudaGraph: that is always so: runs on a GPU launch CUDA graphs"},
    {OPT_no_data_transfers, "--noDataTransfers: that is always so: inputs are copied once, before the runs that are measured"},
    {OPT_use_spin_wait, "--useSpinWait: the driver chooses how the host waits; it spins where there are more cores than GPU contexts"},
    {OPT_min_shapes, "--minShapes: an engine runs every size of its open dims; nothing is tuned for a range"},
    {OPT_max_shapes, "--maxShapes: an engine runs every size of its open dims; nothing is tuned for a range"},
};

bool tenon::cli::acceptTrtexecFlags(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  for (const Note &note : notes)
    if (arguments.has(note.flag))
      console.note(note.text);
  for (FlagId flag : {OPT_min_shapes, OPT_max_shapes}) {
    std::string error;
    if (arguments.has(flag) && !parseShapes(arguments.text(flag), error)) {
      console.error("usage", ((flag == OPT_min_shapes ? "--minShapes: " : "--maxShapes: ") + error));
      return false;
    }
  }
  std::optional<int64_t> streams = arguments.integer(OPT_streams, 1, 1, 1024);
  std::optional<double> sleep = arguments.number(OPT_sleep_time, 0, 0, 1e7);
  if (!streams || !sleep)
    return false;
  if (*streams > 1) {
    console.error("usage", formatv("--streams={0}: bench measures one stream; start {0} of it at once, or make a context per thread with "
                                   "the C API, for what several reach together",
                                   *streams)
                               .str());
    return false;
  }
  if (*sleep > 0) {
    console.error("usage", "--sleepTime: a run begins when it is enqueued, there is no gap to set; --idleTime=MS waits between runs");
    return false;
  }
  return true;
}
