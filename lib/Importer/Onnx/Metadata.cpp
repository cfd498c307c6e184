// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Importer/Onnx/Metadata.h"

#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace tenon::onnx_importer;

using Values = llvm::StringMap<StringRef>;

static void read(const Properties &properties, StringRef prefix, Values &values) {
  for (const onnx::StringStringEntryProto &entry : properties)
    if (!entry.key().empty())
      values[(prefix + entry.key()).str()] = entry.value();
}

static DictionaryAttr toDictionary(const Values &values, MLIRContext *context) {
  Builder builder(context);
  SmallVector<NamedAttribute> attributes;
  for (const auto &[key, value] : values)
    attributes.push_back(builder.getNamedAttr(key, builder.getStringAttr(value)));
  return builder.getDictionaryAttr(attributes);
}

DictionaryAttr tenon::onnx_importer::modelMetadata(const onnx::ModelProto &model, MLIRContext *context) {
  Values values;
  read(model.graph().metadata_props(), "graph.", values);
  read(model.metadata_props(), "", values);
  return toDictionary(values, context);
}

DictionaryAttr tenon::onnx_importer::metadataOf(const Properties &properties, MLIRContext *context) {
  Values values;
  read(properties, "", values);
  return values.empty() ? DictionaryAttr() : toDictionary(values, context);
}

Location tenon::onnx_importer::withMetadata(Location loc, DictionaryAttr metadata) {
  return metadata ? FusedLoc::get({loc}, metadata, loc.getContext()) : loc;
}
