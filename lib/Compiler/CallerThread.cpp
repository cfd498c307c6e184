// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Compiler/CallerThread.h"

#include "llvm/Support/thread.h"

using namespace tenon;

/// How long the caller waits for an answer to its wish to stop, besides the piece of work under way.
static constexpr std::chrono::milliseconds kPause(50);
/// Passes follow chains of ops; a caller's own thread may have less.
static constexpr std::optional<unsigned> kStackBytes = 16u << 20;

void CallerThread::ask() {
  if (cancel && cancel())
    cancellation.request();
}

void CallerThread::report(llvm::StringRef name, double done) {
  std::unique_lock<std::mutex> lock(mutex);
  stage = name;
  share = done;
  isReporting = true;
  changed.notify_all();
  changed.wait(lock, [&] { return !isReporting; });
}

void CallerThread::runWhileServing(llvm::function_ref<void()> work) {
  llvm::thread worker(kStackBytes, [&] {
    work();
    std::lock_guard<std::mutex> lock(mutex);
    isDone = true;
    changed.notify_all();
  });
  std::unique_lock<std::mutex> lock(mutex);
  while (!isDone) {
    changed.wait_for(lock, kPause, [&] { return isDone || isReporting; });
    bool isHeard = isReporting;
    lock.unlock();
    if (isHeard && progress)
      progress(stage, share);
    ask();
    lock.lock();
    if (isHeard) {
      isReporting = false;
      changed.notify_all();
    }
  }
  lock.unlock();
  worker.join();
}
