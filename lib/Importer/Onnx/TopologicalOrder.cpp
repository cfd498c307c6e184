// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kahn's algorithm over the nodes of one graph. ONNX asks files to be sorted; some are not, and a hostile one may hold a cycle.
#include "lib/Importer/Onnx/Graph.h"

#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include <queue>

using namespace llvm;
using namespace tenon::onnx_importer;
using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// Calls `use` with every name that `node` reads, those its subgraphs take from around them included. The scan bounds the depth.
static void forEachUse(const onnx::NodeProto &node, int64_t &visits, function_ref<void(StringRef)> use) {
  visits += 1 + node.input_size();
  for (const std::string &name : node.input())
    if (!name.empty())
      use(name);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (!attribute.has_g())
      continue;
    const onnx::GraphProto &graph = attribute.g();
    StringSet<> local;
    visits += graph.input_size() + graph.initializer_size() + graph.output_size();
    for (const onnx::ValueInfoProto &input : graph.input())
      local.insert(input.name());
    for (const onnx::TensorProto &initializer : graph.initializer())
      local.insert(initializer.name());
    for (const onnx::NodeProto &inner : graph.node()) {
      visits += inner.output_size();
      for (const std::string &name : inner.output())
        local.insert(name);
    }
    auto outer = [&](StringRef name) {
      if (!local.contains(name))
        use(name);
    };
    for (const onnx::NodeProto &inner : graph.node())
      forEachUse(inner, visits, outer);
    for (const onnx::ValueInfoProto &output : graph.output())
      outer(output.name());
  }
}

SmallVector<int> tenon::onnx_importer::topologicalOrder(const Nodes &nodes, int64_t &visits) {
  StringMap<int> producer;
  for (int i = 0; i < nodes.size(); ++i) {
    visits += nodes[i].output_size();
    for (const std::string &name : nodes[i].output())
      producer.try_emplace(name, i);
  }
  std::vector<SmallVector<int, 2>> users(nodes.size());
  std::vector<int> waiting(nodes.size());
  for (int i = 0; i < nodes.size(); ++i)
    forEachUse(nodes[i], visits, [&](StringRef name) {
      auto entry = producer.find(name);
      if (entry == producer.end())
        return;
      users[entry->second].push_back(i);
      ++waiting[i];
    });
  // The least position first keeps a sorted file in its own order.
  std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
  for (int i = 0; i < nodes.size(); ++i)
    if (!waiting[i])
      ready.push(i);
  SmallVector<int> order;
  while (!ready.empty()) {
    int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (int user : users[next])
      if (!--waiting[user])
        ready.push(user);
  }
  return order;
}
