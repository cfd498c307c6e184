// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits a serialised ONNX model into tensor payloads, which stay where they are, and a small skeleton that the generated
// protobuf classes parse.
//
// protoc copies every `bytes` field; a model of 1.3 GB would cost twice that. The scan walks the wire format once, notes where
// the payload of each tensor lies, and rewrites the rest without it. It is also the gate for hostile files: depth, lengths and the
// memory that the parsed classes will need are bounded before anything is allocated.
#ifndef TENON_LIB_IMPORTER_ONNX_WIRESCAN_H
#define TENON_LIB_IMPORTER_ONNX_WIRESCAN_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace tenon::onnx_importer {

/// A contiguous piece of one payload field. Unpacked runs hold tag-value pairs instead of values.
struct PayloadRun {
  llvm::StringRef bytes; // borrowed from the scanned file
  bool packed = true;
};

/// The data of one tensor: raw bytes, or the runs of one typed field.
struct Payload {
  bool hasRaw = false;
  llvm::StringRef raw;
  unsigned field = 0; // field number of the typed data; 0: none
  llvm::SmallVector<PayloadRun, 1> runs;
};

/// In the skeleton a tensor with a payload has a `raw_data` of four bytes: its little-endian index in `payloads`.
struct ScannedModel {
  std::string skeleton;
  std::vector<Payload> payloads;
};

/// Field numbers of TensorProto that hold payloads.
enum TensorField : unsigned { floatData = 4, int32Data = 5, int64Data = 7, rawData = 9, doubleData = 10, uint64Data = 11 };

/// Reads a base-128 varint from the front of `bytes` and drops it. False: truncated or longer than 10 bytes.
bool takeVarint(llvm::StringRef &bytes, uint64_t &value);

/// Scans `bytes`; on failure returns false and says why in `error`. Payloads borrow from `bytes`. `keepMetadata`: of nodes, tensors and
/// values too.
bool scanModel(llvm::StringRef bytes, bool keepMetadata, ScannedModel &model, std::string &error);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_WIRESCAN_H
