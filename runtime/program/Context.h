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

  /// Holds `engine`.
  tenon_context(tenon_engine &engine, const tenon_allocator *allocator, uint32_t cachedShapes);
  tenon_context(const tenon_context &) = delete;
  tenon_context &operator=(const tenon_context &) = delete;
  Status bindInput(size_t index, const tenon_tensor &tensor);
  Status copyInput(size_t index, const tenon_tensor &tensor);
  Status bindOutput(size_t index, void *data, size_t bytes);
  Status prepare(const tenon_shape *shapes, size_t count);
  Status run(const volatile int32_t *cancel);
  Status getOutput(size_t index, tenon_tensor &tensor) const;
  void getStats(tenon_context_stats &stats) const;
  void setProfiler(tenon_profile_hook hook, void *user) { interpreter.setProfiler(hook, user); }

  /// Set while a call is inside.
  std::atomic<bool> isBusy{false};

private:
  struct Input {
    explicit Input(tenon::runtime::Memory &memory) : owned(memory) {}
    const void *source = nullptr; // copied to `owned` at each run, if not NULL
    int64_t bytes = 0;
    char *address = nullptr; // what kernels read: the caller's, or `owned`
    bool isBound = false;
    tenon::runtime::Block owned;
  };
  struct Output {
    explicit Output(tenon::runtime::Memory &memory) : owned(memory) {}
    char *bound = nullptr; // the caller's
    size_t boundBytes = 0;
    tenon::runtime::Block owned;
    std::vector<int64_t> dims; // of the last run or prepare
    int64_t bytes = 0;
    char *result = nullptr; // NULL until a run
  };

  Status checkTensor(size_t index, const tenon_tensor &tensor, int64_t &bytes) const;
  Status checkDims(size_t index, uint32_t rank, const int64_t *dims) const;
  void setDims(size_t index, const int64_t *dims);
  Status selectBinding();
  Status makeBinding(std::unique_ptr<tenon::runtime::Binding> &binding) const;
  Status makeRoom();
  Status placeBuffers();
  Status finishOutput(size_t index);
  void forgetResults();

  struct EngineHold {
    explicit EngineHold(tenon_engine &engine) : engine(engine) { engine.retain(); }
    EngineHold(const EngineHold &) = delete;
    EngineHold &operator=(const EngineHold &) = delete;
    ~EngineHold() { engine.release(); }
    tenon_engine &engine;
  };

  EngineHold hold; // first in, last out: the others refer into the engine
  const tenon::runtime::Program &program;
  tenon::runtime::Memory memory;
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
  uint64_t clock = 0, bindingsMade = 0, runs = 0;
};

#endif // TENON_RUNTIME_PROGRAM_CONTEXT_H
