// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's metadata_props as MLIR has them: the model's as an attribute of the module, those of what lies inside as metadata of its location.
//
// A location is no part of an op: two equal nodes with different stack traces are still one, and no pass or engine depends on them.
#ifndef TENON_LIB_IMPORTER_ONNX_METADATA_H
#define TENON_LIB_IMPORTER_ONNX_METADATA_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

namespace onnx {
class ModelProto;
class StringStringEntryProto;
} // namespace onnx
namespace google::protobuf {
template <typename T> class RepeatedPtrField;
}

namespace tenon::onnx_importer {

using Properties = google::protobuf::RepeatedPtrField<onnx::StringStringEntryProto>;

/// The properties of the model, and behind "graph." those of its graph.
mlir::DictionaryAttr modelMetadata(const onnx::ModelProto &model, mlir::MLIRContext *context);

/// Null if there are none; of equal keys the last one stays, an empty one is left out.
mlir::DictionaryAttr metadataOf(const Properties &properties, mlir::MLIRContext *context);

/// `loc` with `metadata`, which may be null.
mlir::Location withMetadata(mlir::Location loc, mlir::DictionaryAttr metadata);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_METADATA_H
