// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a program's main for one binding. Everything it needs is allocated before; only Alloc (data-dependent sizes) and scratch whose size
// depends on data may allocate.
#ifndef TENON_RUNTIME_PROGRAM_INTERPRETER_H
#define TENON_RUNTIME_PROGRAM_INTERPRETER_H

#include "runtime/device/Device.h"
#include "runtime/memory/Memory.h"
#include "runtime/program/Binding.h"

namespace tenon::runtime {

/// Has the caller of the run asked it to end? `cancel` may be NULL.
inline bool isCancelled(const volatile int32_t *cancel) { return cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED); }
inline Status makeCancelled() { return makeError(TENON_CANCELLED, "the run was cancelled"); }

/// Where a buffer is during a run.
struct BufferState {
  char *address = nullptr; // NULL: a pool buffer without memory, a slot without value
  int64_t bytes = 0;
  Pool::Chunk *chunk = nullptr; // the memory's owner, which this state holds; NULL if it lies elsewhere
  bool writable = true;
};

/// State of one context's runs; used by one thread at a time. Borrows program, device, stream and memory. Touches no buffer itself: the
/// stream does.
class Interpreter {
public:
  Interpreter(const Program &program, Device &device, Stream &stream, Memory &memory);
  Interpreter(const Interpreter &) = delete;
  Interpreter &operator=(const Interpreter &) = delete;
  ~Interpreter() { releaseChunks(); }

  /// Sets what `address` of each input and output is; then places all bound buffers. `arena` has the binding's size.
  void place(Binding &binding, char *const *inputs, char *const *outputs, char *arena);

  /// Makes scratch of at least `bytes` in all.
  Status reserveScratch(int64_t bytes);

  /// Makes the recordings of main that follow from the binding alone. Buffers must have been placed for it.
  Status record(Binding &binding);

  /// Runs main. Buffers must have been placed for this binding. `cancel` may be NULL.
  Status run(Binding &binding, const volatile int32_t *cancel);

  /// After run: registers and buffers as main left them; pool memory stays until the next run.
  const int64_t *getRegisters() const { return registers.data(); }
  /// The buffer's memory, with views of pools and slots resolved.
  Status resolve(uint32_t buffer, BufferState &state) const;

  void setProfiler(tenon_profile_hook hook, void *user) {
    profileHook = hook;
    profileUser = user;
  }
  uint64_t getPoolBytes() const { return pool.getHeldBytes(); }
  uint64_t getScratchBytes() const { return scratch.getBytes(); }
  void releaseChunks();

private:
  Status execute(const Binding &binding, uint32_t begin, uint32_t end, const volatile int32_t *cancel);
  Status recordSegment(Binding &binding, uint32_t number, const volatile int32_t *cancel);
  Status runSegment(Binding &binding, uint32_t number, const volatile int32_t *cancel);
  Status launch(const Binding &binding, const Launch &launch, size_t number, const volatile int32_t *cancel);
  /// Rule P12 for sizes that are known now.
  Status checkMaps(const Launch &launch, const int64_t *scalars) const;
  Status prepareLaunch(const Launch &launch);
  Status launchWithProfile(const Launch &launch, const LaunchArguments &arguments);
  Status reportTimes(bool all);
  Status copy(const Instruction &instruction);
  Status writeScalars(const Instruction &instruction);
  Status readScalar(const Instruction &instruction);
  Status hostCall(const HostCall &call);
  Status allocate(uint32_t buffer);
  /// Where buffers without bytes point if nobody gave them an address; never accessed.
  static char *getEmptyMemory();
  void assignChunk(BufferState &state, Pool::Chunk *chunk);
  Status assign(const Instruction &instruction);
  /// As resolve, for writing.
  Status resolveWritable(uint32_t buffer, BufferState &state) const;

  const Program &program;
  Device &device;
  Stream &stream;
  Pool pool;
  Block scratch;
  Binding *recordable = nullptr; // the binding of the run, while its segments may be recorded
  std::vector<int64_t> registers;
  std::vector<BufferState> states;
  std::vector<uint32_t> dynamicBuffers; // pools and slots: emptied at each run
  std::vector<void *> launchPointers;
  std::vector<int64_t> launchScalars;
  std::vector<int64_t> written; // of WriteScalars; 8 bytes are the largest element
  tenon_profile_hook profileHook = nullptr;
  void *profileUser = nullptr;
  struct Measured {
    uint32_t kernel;
    int64_t grid[3];
  };
  std::vector<Measured> measured; // launches whose times are not known yet
  size_t numReported = 0;         // of `measured`
  std::vector<LaunchTime> times;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_INTERPRETER_H
