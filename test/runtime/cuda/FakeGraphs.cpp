// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver's functions for graphs: chains of nodes, in the order in which they were added.
#include "test/runtime/cuda/FakeFunctions.h"

using namespace tenon::test;
using namespace tenon::runtime::cuda;

namespace tenon::runtime::cuda {
struct GraphNodeHandle {
  FakeWork work;
  size_t number;
  bool isKernel, isLinked; // to the node before
};
struct GraphHandle {
  std::vector<std::unique_ptr<GraphNodeHandle>> nodes;
};
struct GraphExecHandle {
  std::vector<FakeWork> works; // by node
};
} // namespace tenon::runtime::cuda

Result tenon::runtime::cuda::cuGraphCreate(Graph *graph, unsigned) {
  TENON_FAKE(cuGraphCreate);
  *graph = state.make<GraphHandle>();
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuGraphDestroy(Graph graph) {
  TENON_FAKE(cuGraphDestroy);
  state.destroy(graph);
  --fake.live;
  return success;
}

/// Each node follows the one before, by now or by an edge that comes next.
static Result addNode(GraphNode *node, Graph graph, const GraphNode *before, size_t count, const FakeWork &work) {
  bool isFirst = graph->nodes.empty();
  if (count > 1 || (isFirst && count != 0) || (count == 1 && *before != graph->nodes.back().get()))
    return invalidValue;
  if (!isFirst && !graph->nodes.back()->isLinked)
    return invalidValue;
  bool isKernel = work.kind == FakeWork::kernel;
  graph->nodes.push_back(std::make_unique<GraphNodeHandle>(GraphNodeHandle{work, graph->nodes.size(), isKernel, isFirst || count == 1}));
  *node = graph->nodes.back().get();
  return success;
}

static Result makeCopyWork(const Copy3D &copy, FakeWork &work) {
  if (copy.toType != deviceMemory || copy.height != 1 || copy.depth != 1)
    return invalidValue;
  work = {};
  work.kind = copy.fromType == hostMemory ? FakeWork::upload : FakeWork::deviceCopy;
  work.to = copy.toDevice;
  work.from = copy.fromType == hostMemory ? reinterpret_cast<uint64_t>(copy.fromHost) : copy.fromDevice;
  work.bytes = copy.widthBytes;
  return success;
}

Result tenon::runtime::cuda::cuGraphAddKernelNode(GraphNode *node, Graph graph, const GraphNode *before, size_t count,
                                                  const KernelNodeParams *parameters) {
  TENON_FAKE(cuGraphAddKernelNode);
  FakeWork work;
  Result result = makeKernelWork(*parameters, work);
  return result ? result : addNode(node, graph, before, count, work);
}

Result tenon::runtime::cuda::cuGraphAddMemcpyNode(GraphNode *node, Graph graph, const GraphNode *before, size_t count, const Copy3D *copy,
                                                  Context) {
  TENON_FAKE(cuGraphAddMemcpyNode);
  FakeWork work;
  Result result = makeCopyWork(*copy, work);
  return result ? result : addNode(node, graph, before, count, work);
}

/// Programmatic edges from one kernel to the next; the fake's streams run in order all the same.
Result tenon::runtime::cuda::cuGraphAddDependencies(Graph graph, const GraphNode *from, const GraphNode *to, const GraphEdge *edges,
                                                    size_t count) {
  TENON_FAKE(cuGraphAddDependencies);
  GraphNodeHandle *last = graph->nodes.back().get();
  if (count != 1 || graph->nodes.size() < 2 || *to != last || *from != graph->nodes[last->number - 1].get() || last->isLinked)
    return invalidValue;
  if (!last->isKernel || !(*from)->isKernel || edges->fromPort != programmaticPort || edges->toPort || edges->type != programmaticEdge)
    return invalidValue;
  last->isLinked = true;
  ++fake.programmaticEdges;
  return success;
}

Result tenon::runtime::cuda::cuGraphInstantiateWithFlags(GraphExec *exec, Graph graph, unsigned long long) {
  TENON_FAKE(cuGraphInstantiateWithFlags);
  if (!graph->nodes.empty() && !graph->nodes.back()->isLinked)
    return invalidValue;
  *exec = state.make<GraphExecHandle>();
  for (const auto &node : graph->nodes)
    (*exec)->works.push_back(node->work);
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuGraphExecDestroy(GraphExec exec) {
  TENON_FAKE(cuGraphExecDestroy);
  state.destroy(exec);
  --fake.live;
  return success;
}

Result tenon::runtime::cuda::cuGraphLaunch(GraphExec exec, StreamHandle stream) {
  TENON_FAKE(cuGraphLaunch);
  for (const FakeWork &work : exec->works)
    state.push(stream, work);
  return success;
}

Result tenon::runtime::cuda::cuGraphExecKernelNodeSetParams(GraphExec exec, GraphNode node, const KernelNodeParams *parameters) {
  TENON_FAKE(cuGraphExecKernelNodeSetParams);
  return makeKernelWork(*parameters, exec->works[node->number]);
}

Result tenon::runtime::cuda::cuGraphExecMemcpyNodeSetParams(GraphExec exec, GraphNode node, const Copy3D *copy, Context) {
  TENON_FAKE(cuGraphExecMemcpyNodeSetParams);
  return makeCopyWork(*copy, exec->works[node->number]);
}
