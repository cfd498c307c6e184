// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An opened engine with one context: what run, bench and compare work on. Thin ownership over the runtime's C ABI.
#ifndef TENON_LIB_TOOLS_SESSION_H
#define TENON_LIB_TOOLS_SESSION_H

#include "lib/Tools/HostTensor.h"
#include "lib/Tools/Options.h"
#include "tenon/tenon.h"
#include <atomic>
#include <memory>
#include <vector>

namespace tenon::cli {
class Console;

/// Takes a status of the runtime: true if it is success, else fills `problem` (codes as the table has them: "wrong-shape").
bool succeeded(tenon_status *status, Problem &problem);
/// "TENON_WRONG_SHAPE" -> "wrong-shape".
std::string codeText(tenon_code code);

/// Makes the device that `name` names ("cpu", "cuda", "cuda:N" or "N", a GPU's number); none for "".
bool createDevice(llvm::StringRef name, unsigned threads, tenon_device *&device, Problem &problem);

class Session {
public:
  /// Opens an engine file on a device: "cpu", "cuda", "cuda:N", or "" for the first of the engine's targets that this machine can run.
  static std::unique_ptr<Session> open(llvm::StringRef path, llvm::StringRef device, unsigned threads, Problem &problem);
  /// Opens `path` if it is an engine, else compiles it as a model for this CPU, as the arguments say. Reports what is wrong.
  static std::unique_ptr<Session> openOrCompile(llvm::StringRef path, const Arguments &arguments);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  tenon_engine *getEngine() const { return engine; }
  tenon_context *getContext() const { return context; }
  std::vector<tenon_tensor_info> inputs() const;
  std::vector<tenon_tensor_info> outputs() const;
  std::vector<tenon_symbol_info> symbols() const;

  /// Binds the tensors, which must outlive the runs, and prepares for their shapes. On a GPU they are in its memory from here on.
  bool bind(llvm::ArrayRef<HostTensor> tensors, Problem &problem);
  bool run(Problem &problem);
  /// For a GPU: begins a run, and waits for it.
  bool enqueue(Problem &problem);
  bool wait(Problem &problem);
  /// For a GPU: copies inputs of the shapes that are bound to it once more, and the outputs of the last run to the host.
  bool copyInputs(llvm::ArrayRef<HostTensor> tensors, Problem &problem);
  bool fetchOutputs(Problem &problem);
  /// Known once the inputs were bound.
  bool isGpu() const { return onGpu; }
  /// Runs once, with the share of the launches that are done as progress, and reads the outputs. Where that share is not known before
  /// (loops) or counting would change the run (a GPU launches graphs), progress is the seconds.
  bool runAndRead(std::vector<HostTensor> &tensors, Console &console, Problem &problem);
  /// A copy of an output of the last run; copies of all of them.
  bool readOutput(size_t index, HostTensor &tensor, Problem &problem);
  bool readOutputs(std::vector<HostTensor> &tensors, Problem &problem);

private:
  Session() = default;
  bool begin(bool isAsync, Problem &problem);
  bool runCounted(Problem &problem);
  bool give(decltype(tenon_context_copy_input) *function, llvm::ArrayRef<HostTensor> tensors, Problem &problem);
  bool fetchOutput(size_t index, tenon_tensor &view, Problem &problem);
  tenon_device *device = nullptr; // NULL: the runtime chose one
  tenon_engine *engine = nullptr;
  tenon_context *context = nullptr;
  bool onGpu = false;
  uint64_t numLaunches = 0; // of a run; 0: not known
  std::atomic<uint64_t> launchesDone{0};
};

/// True if the file starts as an engine does.
bool isEngineFile(llvm::StringRef path);

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_SESSION_H
