// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Seeded mutations of ONNX files, of the bytes and of the model's structure.
#ifndef TENON_TEST_IMPORTER_MUTATOR_H
#define TENON_TEST_IMPORTER_MUTATOR_H

#include <cstdint>
#include <random>
#include <string>

namespace onnx {
class ModelProto;
class GraphProto;
class NodeProto;
} // namespace onnx

namespace tenon::test {

class Mutator {
public:
  explicit Mutator(uint64_t seed) : random(seed) {}

  /// A copy of `file` with one to four changes; every second one keeps the protobuf well formed.
  std::string mutate(const std::string &file);

private:
  void mutateBytes(std::string &file);
  void mutateModel(onnx::ModelProto &model);
  void mutateGraph(onnx::GraphProto &graph);
  void mutateNode(onnx::GraphProto &graph, onnx::NodeProto &node);
  void mutateAttribute(onnx::NodeProto &node);
  void mutateTensor(onnx::GraphProto &graph);
  std::string anyValue(const onnx::GraphProto &graph);
  /// A number that has broken programs before: limits, signs, small counts.
  int64_t number();
  uint64_t below(uint64_t bound) { return bound ? random() % bound : 0; }

  std::mt19937_64 random; // its sequence is the same on every platform, unlike the standard distributions
};

} // namespace tenon::test

#endif // TENON_TEST_IMPORTER_MUTATOR_H
