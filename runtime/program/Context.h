// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One execution of an engine at a time: what is bound, the plans of shapes seen so far, and the memory of the current one.
// Used by one thread at a time; a second one that comes in meanwhile is told so.
#ifndef TENON_RUNTIME_PROGRAM_CONTEXT_H
#define TENON_RUNTIME_PROGRAM_CONTEXT_H

#include "runtime/program/Engine.h"
#include "runtime/program/Interpreter.h"

struct tenon_context {
public:
  using Status = tenon::runtime::Status;

  /// Holds `engine`; `stream` is of its device.
  tenon_context(tenon_engine &engine, std::unique_ptr<tenon::runtime::Stream> stream, const tenon_allocator *allocator,
                uint32_t cachedShapes);
  tenon_context(const tenon_context &) = delete;
  tenon_context &operator=(const tenon_context &) = delete;
  ~tenon_context();
  tenon::runtime::Device &getDevice() const { return device; }

  Status bindInput(size_t index, const tenon_tensor &tensor);
  Status copyInput(size_t index, const tenon_tensor &tensor);
  Status bindOutput(size_t index, tenon_memory where, void *data, size_t bytes);
  Status prepare(const tenon_shape *shapes, size_t count);
  Status run(const tenon_run_options &options);
  /// Waits for runs that are under way.
  Status wait();
  /// `where` the caller wants to read it; waits if a copy must be made for that.
  Status getOutput(size_t index, tenon_memory where, tenon_tensor &tensor);
  void getStats(tenon_context_stats &stats) const;
  void setProfiler(tenon_profile_hook hook, void *user) { interpreter.setProfiler(hook, user); }

  /// Set while a call is inside.
  std::atomic<bool> isBusy{false};

private:
  struct Input {
    explicit Input(tenon::runtime::Memory &memory) : owned(memory) {}
    const void *source = nullptr; // copied to `owned` at each run, if not NULL
    tenon_memory sourceMemory = TENON_HOST;
    int64_t bytes = 0;
    char *address = nullptr; // what kernels read: the caller's, or `owned`
    bool isBound = false;
    tenon::runtime::Block owned;
  };
  struct Output {
    Output(tenon::runtime::Memory &memory, tenon::runtime::Memory &hostMemory) : owned(memory), hostCopy(hostMemory) {}
    char *bound = nullptr; // the caller's
    tenon_memory boundMemory = TENON_HOST;
    size_t boundBytes = 0;
    tenon::runtime::Block owned;
    tenon::runtime::Block hostCopy; // of a result in device memory, for callers who ask for it
    bool hasHostCopy = false;       // of the last run
    std::vector<int64_t> dims;      // of the last run or prepare
    int64_t bytes = 0;
    char *result = nullptr; // NULL until a run
    tenon_memory resultMemory = TENON_HOST;
  };

  Status checkTensor(size_t index, const tenon_tensor &tensor, int64_t &bytes) const;
  Status checkMemory(const void *data, tenon_memory where, const char *what, const std::string &name) const;
  Status checkDims(size_t index, uint32_t rank, const int64_t *dims) const;
  void setDims(size_t index, const int64_t *dims);
  bool isDirect(const void *address, tenon_memory where) const;
  bool isDirectOutput(const Output &output) const { return output.bound && isDirect(output.bound, output.boundMemory); }
  Status copyIn(void *to, const void *from, tenon_memory fromMemory, int64_t bytes);
  Status makeMemoryError(int64_t bytes, const char *what, const std::string &name) const;
  Status runOnce(const tenon_run_options &options);
  Status selectBinding();
  Status makeBinding(std::unique_ptr<tenon::runtime::Binding> &binding) const;
  Status makeRoom();
  Status placeBuffers();
  Status record();
  Status finishOutput(size_t index);
  Status copyOut(Output &output, const std::string &name);
  void forgetResults();

  struct EngineHold {
    explicit EngineHold(tenon_engine &engine) : engine(engine) { engine.retain(); }
    EngineHold(const EngineHold &) = delete;
    EngineHold &operator=(const EngineHold &) = delete;
    ~EngineHold() { engine.release(); }
    tenon_engine &engine;
  };

  EngineHold hold; // first in, last out: the others refer into the engine
  tenon::runtime::Device &device;
  const tenon::runtime::Program &program;
  std::unique_ptr<tenon::runtime::Stream> stream;
  tenon::runtime::Memory memory, hostMemory;
  tenon::runtime::Interpreter interpreter;
  tenon::runtime::Block arena;
  std::vector<std::unique_ptr<Input>> inputs;
  std::vector<std::unique_ptr<Output>> outputs;
  std::vector<char *> inputAddresses, outputAddresses;
  std::vector<int64_t> dims;                                      // of the inputs as bound or given to prepare, one after the other
  std::vector<std::unique_ptr<tenon::runtime::Binding>> bindings; // least recently used goes first
  size_t maxBindings;
  tenon::runtime::Binding *current = nullptr;
  bool needsPlacing = true; // addresses changed since buffers were placed
  bool hasShapes = false;   // after prepare or run: outputs' dims are known
  bool isUnderWay = false;  // a run was begun and not waited for
  uint64_t clock = 0, bindingsMade = 0, runs = 0;
};

#endif // TENON_RUNTIME_PROGRAM_CONTEXT_H
