// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TensorProto -> ElementsAttr: dense up to 4 KiB, above that a resource blob over the mapped file.
#ifndef TENON_LIB_IMPORTER_ONNX_TENSORS_H
#define TENON_LIB_IMPORTER_ONNX_TENSORS_H

#include "lib/Importer/Onnx/ExternalFiles.h"
#include "lib/Importer/Onnx/WireScan.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace onnx {
class TensorProto;
}

namespace tenon::onnx_importer {

/// Ranks above this are refused: no model has them, and a chain of ops could double the rank at each step.
constexpr int kMaxRank = 64;

/// The element type of an ONNX data type number; null and a reason if `infer` has none.
mlir::Type convertElementType(mlir::MLIRContext *context, int32_t dataType, std::string &reason);

/// Reads tensors of one model. Not thread-safe.
class TensorReader {
public:
  TensorReader(mlir::MLIRContext *context, Mapping model, const std::vector<Payload> &payloads, llvm::StringRef folder)
      : context(context), model(std::move(model)), payloads(payloads), external(folder),
        decodeBudget(this->model->getBufferSize() + (64u << 20)) {}

  /// The value of `tensor`; null and a reason if its type, dims or data are wrong. `name` names the blob. A tensor is looked at once,
  /// however often functions use it.
  mlir::ElementsAttr read(const onnx::TensorProto &tensor, llvm::StringRef name, std::string &reason);

  uint64_t modelSize() const { return model->getBufferSize(); }

private:
  /// Where a tensor's bytes lie, and what keeps them there.
  struct Bytes {
    llvm::StringRef data;
    std::shared_ptr<void> owner;
  };
  mlir::ElementsAttr readOnce(const onnx::TensorProto &tensor, llvm::StringRef name, std::string &reason);
  bool locate(const onnx::TensorProto &tensor, mlir::Type element, uint64_t size, Bytes &bytes, std::string &reason);
  bool locateExternal(const onnx::TensorProto &tensor, uint64_t size, Bytes &bytes, std::string &reason);
  bool decode(const Payload &payload, mlir::Type element, uint64_t size, Bytes &bytes, std::string &reason);
  mlir::ElementsAttr makeAttribute(mlir::RankedTensorType type, const Bytes &bytes, llvm::StringRef name, std::string &reason);

  mlir::MLIRContext *context;
  Mapping model;
  const std::vector<Payload> &payloads;
  ExternalFiles external;
  /// What tensors were found to be: a value, or the reason why there is none.
  llvm::DenseMap<const onnx::TensorProto *, std::pair<mlir::ElementsAttr, std::string>> known;
  /// How many blobs have a name. The blob manager finds a free one by trying numbers from 1 on.
  llvm::StringMap<unsigned> blobs;
  /// Bytes that typed fields may take when they are decoded: varints can grow eightfold.
  uint64_t decodeBudget;
};

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_TENSORS_H
