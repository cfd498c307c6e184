// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The caller's side of a compilation: its callbacks are called on its thread while another one works. Internal to this folder.
//
// A caller's interrupts may reach nothing but the thread that it called from (Python's do), and that must be able to ask at any time.
#ifndef TENON_LIB_COMPILER_CALLERTHREAD_H
#define TENON_LIB_COMPILER_CALLERTHREAD_H

#include "lib/Compiler/Compile.h"
#include "lib/Support/Cancellation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <condition_variable>
#include <mutex>

namespace tenon {

class CallerThread {
public:
  CallerThread(ProgressFn progress, CancelFn cancel) : progress(std::move(progress)), cancel(std::move(cancel)) {}

  /// Runs `work` on another thread, and until that ends answers `report` and asks the caller whether to go on.
  void runWhileServing(llvm::function_ref<void()> work);

  /// For `work`: returns when the caller has heard of the stage and has been asked.
  void report(llvm::StringRef stage, double share);

  const Cancellation &getCancellation() const { return cancellation; }

private:
  void ask();

  ProgressFn progress;
  CancelFn cancel;
  Cancellation cancellation;
  std::mutex mutex;
  std::condition_variable changed;
  bool isDone = false, isReporting = false; // under `mutex`, as what is reported
  llvm::StringRef stage;
  double share = 0;
};

} // namespace tenon

#endif // TENON_LIB_COMPILER_CALLERTHREAD_H
