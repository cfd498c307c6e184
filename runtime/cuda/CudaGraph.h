// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Commands kept as a CUDA graph: a chain of kernels and copies. Recorded again, it is compared with what is there: where only addresses,
// scalars and sizes differ, the executable graph's nodes are changed in place, and only another sequence of commands builds it anew. So
// nothing is captured, and other threads and streams are not disturbed. A kernel that waits itself for the one before it is linked to that
// by a programmatic edge: its blocks start as soon as the other's leave room.
#ifndef TENON_RUNTIME_CUDA_CUDAGRAPH_H
#define TENON_RUNTIME_CUDA_CUDAGRAPH_H

#include "runtime/cuda/CudaCode.h"

namespace tenon::runtime {

class CudaGraph : public Recording {
public:
  /// Borrows all three.
  CudaGraph(CudaDevice &device, Stream &stream, StreamCounts &counts) : device(device), stream(stream), counts(counts) {}
  CudaGraph(const CudaGraph &) = delete;
  CudaGraph &operator=(const CudaGraph &) = delete;
  ~CudaGraph() override { clear(); }

  void begin() {
    next = 0;
    isSame = true;
  }
  Status addKernel(const CudaKernel &kernel, bool startsEarly, const cuda::KernelNodeParams &node, const uint64_t *values,
                   size_t numValues);
  Status addCopy(void *to, const void *from, size_t bytes);
  /// The bytes at `from` are kept.
  Status addUpload(void *to, const void *from, size_t bytes);
  /// Builds the graph if it is not the one that was there.
  Status end();

  /// NULL if there are no commands.
  cuda::GraphExec getExec() const { return exec; }
  const CudaKernel *getLastKernel() const { return lastKernel; }

private:
  struct Command {
    const CudaKernel *kernel; // NULL: a copy
    unsigned gridX, sharedBytes;
    size_t firstValue, numValues; // of `values`
    char *to;
    const char *from; // in device memory; NULL: the kept bytes
    size_t bytes;
    size_t kept, numKept; // of `keptBytes`
    cuda::GraphNode node;
    bool startsEarly = false;
  };

  Command *follow(const CudaKernel *kernel, bool isUpload, size_t bytes, bool startsEarly = false);
  void diverge();
  Status updateKernel(Command &command);
  Status updateCopy(Command &command);
  cuda::KernelNodeParams nodeOf(const Command &command);
  cuda::Copy3D copyOf(const Command &command) const;
  Status addNode(Command &command, const Command *before);
  Status build();
  void clear();

  CudaDevice &device;
  Stream &stream;
  StreamCounts &counts;
  std::vector<Command> commands;
  size_t next = 0;    // commands recorded since begin
  bool isSame = true; // so far all were those of the graph
  std::vector<uint64_t> values;
  std::vector<void *> parameters;
  std::vector<char> keptBytes;
  char *pinned = nullptr; // keptBytes, where the device reads them
  const CudaKernel *lastKernel = nullptr;
  cuda::Graph graph = nullptr;
  cuda::GraphExec exec = nullptr;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDAGRAPH_H
