// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda/CudaGraph.h"

#include <algorithm>
#include <cstring>

using namespace tenon::runtime;

/// The command that was at this place, if what comes is of the same kind; else from here on commands are new ones.
CudaGraph::Command *CudaGraph::follow(const CudaKernel *kernel, bool isUpload, size_t bytes, bool startsEarly) {
  if (isSame && next < commands.size()) {
    Command &command = commands[next];
    if (command.kernel == kernel && command.bytes == bytes && command.startsEarly == startsEarly &&
        (command.from == nullptr) == (isUpload || kernel))
      return &command;
  }
  if (isSame)
    diverge();
  return nullptr;
}

/// Forgets the old commands that were not met again.
void CudaGraph::diverge() {
  isSame = false;
  commands.resize(next);
  bool isEmpty = commands.empty();
  values.resize(isEmpty ? 0 : commands.back().firstValue + commands.back().numValues);
  keptBytes.resize(isEmpty ? 0 : commands.back().kept + commands.back().numKept);
}

Status CudaGraph::addKernel(const CudaKernel &kernel, bool startsEarly, const cuda::KernelNodeParams &node, const uint64_t *given,
                            size_t numValues) {
  lastKernel = &kernel;
  Command *command = follow(&kernel, false, 0, startsEarly);
  ++next;
  if (!command) {
    commands.push_back(
        {&kernel, node.gridX, node.sharedBytes, values.size(), numValues, nullptr, nullptr, 0, keptBytes.size(), 0, nullptr, startsEarly});
    values.insert(values.end(), given, given + numValues);
    return Status();
  }
  uint64_t *old = values.data() + command->firstValue;
  if (command->gridX == node.gridX && command->sharedBytes == node.sharedBytes &&
      std::memcmp(old, given, numValues * sizeof(uint64_t)) == 0)
    return Status();
  std::memcpy(old, given, numValues * sizeof(uint64_t));
  command->gridX = node.gridX;
  command->sharedBytes = node.sharedBytes;
  return updateKernel(*command);
}

Status CudaGraph::addCopy(void *to, const void *from, size_t bytes) {
  Command *command = follow(nullptr, false, bytes);
  ++next;
  if (!command) {
    commands.push_back(
        {nullptr, 0, 0, values.size(), 0, static_cast<char *>(to), static_cast<const char *>(from), bytes, keptBytes.size(), 0, nullptr});
    return Status();
  }
  if (command->to == to && command->from == from)
    return Status();
  command->to = static_cast<char *>(to);
  command->from = static_cast<const char *>(from);
  return updateCopy(*command);
}

Status CudaGraph::addUpload(void *to, const void *from, size_t bytes) {
  Command *command = follow(nullptr, true, bytes);
  // A run under way may still read the old bytes, so other bytes make a new graph.
  if (command && std::memcmp(keptBytes.data() + command->kept, from, bytes) != 0) {
    diverge();
    command = nullptr;
  }
  ++next;
  if (!command) {
    commands.push_back({nullptr, 0, 0, values.size(), 0, static_cast<char *>(to), nullptr, bytes, keptBytes.size(), bytes, nullptr});
    keptBytes.insert(keptBytes.end(), static_cast<const char *>(from), static_cast<const char *>(from) + bytes);
    return Status();
  }
  if (command->to == to)
    return Status();
  command->to = static_cast<char *>(to);
  return updateCopy(*command);
}

cuda::KernelNodeParams CudaGraph::nodeOf(const Command &command) {
  parameters.resize(std::max(parameters.size(), command.kernel->getNumParameters()));
  command.kernel->pointToParameters(&values[command.firstValue], parameters.data());
  cuda::KernelNodeParams node = {};
  node.function = command.kernel->function;
  node.gridX = command.gridX;
  node.gridY = node.gridZ = node.blockY = node.blockZ = 1;
  node.blockX = command.kernel->threads;
  node.sharedBytes = command.sharedBytes;
  node.parameters = parameters.data();
  return node;
}

cuda::Copy3D CudaGraph::copyOf(const Command &command) const {
  cuda::Copy3D copy = {};
  copy.fromType = command.from ? cuda::deviceMemory : cuda::hostMemory;
  copy.fromHost = command.from ? nullptr : pinned + command.kept;
  copy.fromDevice = reinterpret_cast<cuda::DeviceAddress>(command.from);
  copy.toType = cuda::deviceMemory;
  copy.toDevice = reinterpret_cast<cuda::DeviceAddress>(command.to);
  copy.widthBytes = command.bytes;
  copy.height = copy.depth = 1;
  return copy;
}

Status CudaGraph::updateKernel(Command &command) {
  cuda::KernelNodeParams node = nodeOf(command);
  ++counts.graphUpdates;
  return device.check(device.getDriver().cuGraphExecKernelNodeSetParams(exec, command.node, &node), "changing a graph");
}

Status CudaGraph::updateCopy(Command &command) {
  cuda::Copy3D copy = copyOf(command);
  ++counts.graphUpdates;
  return device.check(device.getDriver().cuGraphExecMemcpyNodeSetParams(exec, command.node, &copy, device.getContext()),
                      "changing a graph");
}

Status CudaGraph::end() {
  if (isSame && next == commands.size())
    return Status();
  commands.resize(next);
  clear();
  return commands.empty() ? Status() : build();
}

Status CudaGraph::addNode(Command &command, const Command *before) {
  const cuda::Driver &driver = device.getDriver();
  const cuda::GraphNode *after = before ? &before->node : nullptr;
  if (!command.kernel) {
    cuda::Copy3D copy = copyOf(command);
    return device.check(driver.cuGraphAddMemcpyNode(&command.node, graph, after, after != nullptr, &copy, device.getContext()),
                        "making a graph");
  }
  cuda::KernelNodeParams node = nodeOf(command);
  bool isProgrammatic = command.startsEarly && before && before->kernel;
  TENON_TRY(device.check(driver.cuGraphAddKernelNode(&command.node, graph, after, after && !isProgrammatic, &node), "making a graph"));
  if (!isProgrammatic)
    return Status();
  cuda::GraphEdge edge = {cuda::programmaticPort, 0, cuda::programmaticEdge, {}};
  return device.check(driver.cuGraphAddDependencies(graph, after, &command.node, &edge, 1), "making a graph");
}

Status CudaGraph::build() {
  const cuda::Driver &driver = device.getDriver();
  if (!keptBytes.empty()) {
    void *memory;
    TENON_TRY(device.check(driver.cuMemHostAlloc(&memory, keptBytes.size(), 0), "allocating page-locked memory"));
    pinned = static_cast<char *>(memory);
    std::memcpy(pinned, keptBytes.data(), keptBytes.size());
  }
  TENON_TRY(device.check(driver.cuGraphCreate(&graph, 0), "making a graph"));
  const Command *before = nullptr;
  for (Command &command : commands) {
    TENON_TRY(addNode(command, before));
    before = &command;
  }
  ++counts.graphs;
  return device.check(driver.cuGraphInstantiateWithFlags(&exec, graph, 0), "making a graph");
}

/// Gives up what the driver holds, once no run uses it.
void CudaGraph::clear() {
  if (!graph && !pinned)
    return;
  CudaTeardown scope(device);
  if (!scope)
    return;
  Status unread = stream.wait(); // whoever uses the stream next hears of it
  const cuda::Driver &driver = device.getDriver();
  if (exec)
    driver.cuGraphExecDestroy(exec);
  if (graph)
    driver.cuGraphDestroy(graph);
  if (pinned)
    driver.cuMemFreeHost(pinned);
  exec = nullptr;
  graph = nullptr;
  pinned = nullptr;
}
