// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The wire scan: one table says which fields of which messages are kept, cut out or dropped; one loop applies it.
#include "lib/Importer/Onnx/WireScan.h"

#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace tenon::onnx_importer;

namespace {
enum class Message : uint8_t {
  Model,
  Opset,
  Entry,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  Function,
  Value,
  Type,
  TensorType,
  Shape,
  Dim,
  Other
};

/// What becomes of a field. Fields without a rule are dropped: documentation, training, device placement, unknown ones. Metadata is a child
/// for those who ask for it.
enum class Keep : uint8_t { Scalar, Bytes, Payload, Child, Metadata };

struct Rule {
  Message in;
  unsigned field;
  Keep keep;
  Message child = Message::Other;
};

using M = Message;
constexpr Rule rules[] = {
    {M::Model, 1, Keep::Scalar},
    {M::Model, 8, Keep::Child, M::Opset},
    {M::Model, 2, Keep::Bytes},
    {M::Model, 3, Keep::Bytes},
    {M::Model, 7, Keep::Child, M::Graph},
    {M::Model, 14, Keep::Child, M::Entry},
    {M::Model, 25, Keep::Child, M::Function},
    {M::Opset, 1, Keep::Bytes},
    {M::Opset, 2, Keep::Scalar},
    {M::Entry, 1, Keep::Bytes},
    {M::Entry, 2, Keep::Bytes},
    {M::Graph, 1, Keep::Child, M::Node},
    {M::Graph, 2, Keep::Bytes},
    {M::Graph, 5, Keep::Child, M::Tensor},
    {M::Graph, 15, Keep::Child, M::SparseTensor},
    {M::Graph, 11, Keep::Child, M::Value},
    {M::Graph, 12, Keep::Child, M::Value},
    {M::Graph, 16, Keep::Child, M::Entry},
    {M::Node, 1, Keep::Bytes},
    {M::Node, 2, Keep::Bytes},
    {M::Node, 3, Keep::Bytes},
    {M::Node, 4, Keep::Bytes},
    {M::Node, 7, Keep::Bytes},
    {M::Node, 8, Keep::Bytes},
    {M::Node, 5, Keep::Child, M::Attribute},
    {M::Node, 9, Keep::Metadata, M::Entry},
    {M::Attribute, 1, Keep::Bytes},
    {M::Attribute, 21, Keep::Bytes},
    {M::Attribute, 20, Keep::Scalar},
    {M::Attribute, 2, Keep::Scalar},
    {M::Attribute, 3, Keep::Scalar},
    {M::Attribute, 4, Keep::Bytes},
    {M::Attribute, 5, Keep::Child, M::Tensor},
    {M::Attribute, 6, Keep::Child, M::Graph},
    {M::Attribute, 7, Keep::Scalar},
    {M::Attribute, 8, Keep::Scalar},
    {M::Attribute, 9, Keep::Bytes},
    {M::Tensor, 1, Keep::Scalar},
    {M::Tensor, 2, Keep::Scalar},
    {M::Tensor, TensorField::floatData, Keep::Payload},
    {M::Tensor, TensorField::int32Data, Keep::Payload},
    {M::Tensor, TensorField::int64Data, Keep::Payload},
    {M::Tensor, TensorField::rawData, Keep::Payload},
    {M::Tensor, TensorField::doubleData, Keep::Payload},
    {M::Tensor, TensorField::uint64Data, Keep::Payload},
    {M::Tensor, 3, Keep::Child, M::Other},
    {M::Tensor, 8, Keep::Bytes},
    {M::Tensor, 13, Keep::Child, M::Entry},
    {M::Tensor, 14, Keep::Scalar},
    {M::Tensor, 16, Keep::Metadata, M::Entry},
    {M::SparseTensor, 1, Keep::Child, M::Tensor},
    {M::Function, 1, Keep::Bytes},
    {M::Function, 4, Keep::Bytes},
    {M::Function, 5, Keep::Bytes},
    {M::Function, 6, Keep::Bytes},
    {M::Function, 11, Keep::Child, M::Attribute},
    {M::Function, 7, Keep::Child, M::Node},
    {M::Function, 9, Keep::Child, M::Opset},
    {M::Function, 10, Keep::Bytes},
    {M::Function, 13, Keep::Bytes},
    {M::Value, 1, Keep::Bytes},
    {M::Value, 2, Keep::Child, M::Type},
    {M::Value, 4, Keep::Metadata, M::Entry},
    {M::Type, 1, Keep::Child, M::TensorType},
    {M::Type, 4, Keep::Child, M::Other},
    {M::Type, 5, Keep::Child, M::Other},
    {M::Type, 7, Keep::Child, M::Other},
    {M::Type, 8, Keep::Child, M::Other},
    {M::Type, 9, Keep::Child, M::Other},
    {M::TensorType, 1, Keep::Scalar},
    {M::TensorType, 2, Keep::Child, M::Shape},
    {M::Shape, 1, Keep::Child, M::Dim},
    {M::Dim, 1, Keep::Scalar},
    {M::Dim, 2, Keep::Bytes},
};

/// Bytes that one parsed message costs beside its fields: the class, its heap header, its place in the parent's array.
size_t messageCost(Message message) {
  constexpr size_t overhead = 32;
  switch (message) {
  case M::Model:
    return sizeof(onnx::ModelProto) + overhead;
  case M::Graph:
    return sizeof(onnx::GraphProto) + overhead;
  case M::Node:
    return sizeof(onnx::NodeProto) + overhead;
  case M::Attribute:
    return sizeof(onnx::AttributeProto) + overhead;
  case M::Tensor:
    return sizeof(onnx::TensorProto) + sizeof(Payload) + overhead;
  case M::Function:
    return sizeof(onnx::FunctionProto) + overhead;
  default:
    return sizeof(onnx::SparseTensorProto) + overhead;
  }
}

enum WireType : unsigned { varint = 0, fixed64 = 1, lengthDelimited = 2, fixed32 = 5 };

struct Field {
  StringRef tag;   // as in the file
  StringRef whole; // tag and body
  StringRef body;  // without the length prefix
  unsigned number, wire;
};

class Scanner {
public:
  Scanner(ScannedModel &model, bool keepMetadata, std::string &error, size_t budget)
      : model(model), keepMetadata(keepMetadata), error(error), budget(budget) {}
  bool message(StringRef bytes, Message kind, unsigned depth);

private:
  bool fail(const Twine &reason) {
    error = reason.str();
    return false;
  }
  bool take(StringRef &bytes, Field &field);
  bool charge(size_t cost);
  bool payload(const Field &field, Payload &data);
  bool child(const Field &field, Message kind, unsigned depth);

  ScannedModel &model;
  bool keepMetadata;
  std::string &error;
  size_t budget;
};
} // namespace

bool tenon::onnx_importer::takeVarint(StringRef &bytes, uint64_t &value) {
  value = 0;
  for (unsigned i = 0; i < 10 && i < bytes.size(); ++i) {
    uint64_t byte = static_cast<unsigned char>(bytes[i]);
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes = bytes.drop_front(i + 1);
      return true;
    }
  }
  return false;
}

bool Scanner::charge(size_t cost) {
  if (cost > budget)
    return fail("expected a model whose graph fits its memory limit (the file's size and 72 MiB)");
  budget -= cost;
  return true;
}

bool Scanner::take(StringRef &bytes, Field &field) {
  StringRef start = bytes;
  uint64_t tag, length = 0;
  if (!takeVarint(bytes, tag) || tag >> 32 || !(tag >> 3))
    return fail("expected a protobuf field, got a malformed tag");
  field.tag = start.drop_back(bytes.size());
  field.number = tag >> 3;
  field.wire = tag & 7;
  StringRef body = bytes;
  switch (field.wire) {
  case WireType::varint:
    if (!takeVarint(bytes, length))
      return fail("expected a complete protobuf varint");
    length = body.size() - bytes.size();
    break;
  case WireType::fixed64:
    length = 8;
    break;
  case WireType::fixed32:
    length = 4;
    break;
  case WireType::lengthDelimited:
    if (!takeVarint(bytes, length))
      return fail("expected a complete protobuf length");
    body = bytes;
    break;
  default:
    return fail("expected protobuf wire type 0, 1, 2 or 5, got " + Twine(field.wire));
  }
  if (length > body.size())
    return fail("expected " + Twine(length) + " bytes of protobuf field " + Twine(field.number) + ", got " + Twine(body.size()) +
                ": the file is truncated or damaged");
  field.body = body.take_front(length);
  bytes = body.drop_front(length);
  field.whole = start.drop_back(bytes.size());
  return true;
}

bool Scanner::payload(const Field &field, Payload &data) {
  if (field.number == TensorField::rawData) {
    if (field.wire != WireType::lengthDelimited)
      return fail("expected raw tensor data to be a byte string");
    data.hasRaw = true;
    data.raw = field.body;
    return true;
  }
  if (data.field && data.field != field.number)
    return fail("expected tensor data in one typed field, got two");
  data.field = field.number;
  bool packed = field.wire == WireType::lengthDelimited;
  // Unpacked elements lie one after the other: they make one run.
  if (!packed && !data.runs.empty() && !data.runs.back().packed && data.runs.back().bytes.end() == field.whole.begin()) {
    StringRef &run = data.runs.back().bytes;
    run = StringRef(run.data(), run.size() + field.whole.size());
    return true;
  }
  data.runs.push_back({packed ? field.body : field.whole, packed});
  return charge(sizeof(PayloadRun));
}

/// Writes the rewritten child behind a length of fixed width, filled in afterwards: one pass, no temporary strings.
bool Scanner::child(const Field &field, Message kind, unsigned depth) {
  constexpr unsigned width = 5;
  if (field.wire != WireType::lengthDelimited)
    return fail("expected protobuf field " + Twine(field.number) + " to be a message");
  std::string &out = model.skeleton;
  out.append(field.tag.data(), field.tag.size());
  size_t start = out.size() + width;
  out.resize(start);
  if (!message(field.body, kind, depth + 1))
    return false;
  uint64_t length = out.size() - start;
  if (length >> 31)
    return fail("expected a graph below 2 GiB without its tensors");
  for (unsigned i = 0; i < width; ++i)
    out[start - width + i] = static_cast<char>(((length >> (7 * i)) & 0x7f) | (i + 1 < width ? 0x80 : 0));
  return true;
}

bool Scanner::message(StringRef bytes, Message kind, unsigned depth) {
  // Below protobuf's own limit of 100, so that its parser never refuses what the scan passed.
  constexpr unsigned maxDepth = 90;
  if (depth > maxDepth)
    return fail("expected at most " + Twine(maxDepth) + " nested protobuf messages");
  if (!charge(messageCost(kind)))
    return false;
  Payload data;
  while (!bytes.empty()) {
    Field field;
    if (!take(bytes, field))
      return false;
    const Rule *rule = find_if(rules, [&](const Rule &r) { return r.in == kind && r.field == field.number; });
    if (rule == std::end(rules) || (rule->keep == Keep::Metadata && !keepMetadata))
      continue;
    if (rule->keep == Keep::Payload) {
      if (!payload(field, data))
        return false;
      continue;
    }
    if (rule->keep == Keep::Child || rule->keep == Keep::Metadata) {
      if (!child(field, rule->child, depth))
        return false;
      continue;
    }
    // A string costs its object and its bytes; a packed list at most sixteen bytes an element while it grows.
    if (!charge(rule->keep == Keep::Bytes ? 64 + field.body.size() : 16 * field.body.size()))
      return false;
    model.skeleton.append(field.whole.data(), field.whole.size());
  }
  if (!data.hasRaw && !data.field)
    return true;
  char index[6] = {TensorField::rawData << 3 | WireType::lengthDelimited, 4};
  support::endian::write32le(index + 2, static_cast<uint32_t>(model.payloads.size()));
  model.skeleton.append(index, sizeof(index));
  model.payloads.push_back(std::move(data));
  return true;
}

bool tenon::onnx_importer::scanModel(StringRef bytes, bool keepMetadata, ScannedModel &model, std::string &error) {
  // Parsed nodes cost this much, the ops made of them as much again: with the program itself that stays below 256 MiB.
  constexpr size_t fixedBudget = size_t(72) << 20;
  Scanner scanner(model, keepMetadata, error, bytes.size() + fixedBudget);
  return scanner.message(bytes, Message::Model, 0);
}
