// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds a tensor's bytes (raw, typed or external), checks their number against the shape in checked arithmetic, and makes the
// attribute. Raw bytes and packed floats are used where they lie; varints are decoded into memory that a budget bounds.
#include "lib/Importer/Onnx/Tensors.h"

#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::any_of;
using llvm::checkedAddUnsigned;
using llvm::checkedMul;
using llvm::is_contained;
using onnx::TensorProto;

/// Constants up to this size live in the context as attributes: shapes, scalars, small biases.
static constexpr uint64_t kMaxDenseBytes = 4096;

Type tenon::onnx_importer::convertElementType(MLIRContext *context, int32_t dataType, std::string &reason) {
  auto integer = [&](unsigned width, bool isUnsigned = false) -> Type {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (dataType) {
  case TensorProto::FLOAT:
    return Float32Type::get(context);
  case TensorProto::DOUBLE:
    return Float64Type::get(context);
  case TensorProto::FLOAT16:
    return Float16Type::get(context);
  case TensorProto::BFLOAT16:
    return BFloat16Type::get(context);
  case TensorProto::FLOAT8E4M3FN:
    return Float8E4M3FNType::get(context);
  case TensorProto::FLOAT8E5M2:
    return Float8E5M2Type::get(context);
  case TensorProto::BOOL:
    return integer(1);
  case TensorProto::INT8:
    return integer(8);
  case TensorProto::INT16:
    return integer(16);
  case TensorProto::INT32:
    return integer(32);
  case TensorProto::INT64:
    return integer(64);
  case TensorProto::UINT8:
    return integer(8, true);
  case TensorProto::UINT16:
    return integer(16, true);
  case TensorProto::UINT32:
    return integer(32, true);
  case TensorProto::UINT64:
    return integer(64, true);
  default:
    reason = "element type " +
             (TensorProto::DataType_IsValid(dataType) ? TensorProto::DataType_Name(static_cast<TensorProto::DataType>(dataType))
                                                      : std::to_string(dataType)) +
             " is not supported";
    return {};
  }
}

/// Bytes of one element in a file and in memory: bool takes one.
static unsigned elementBytes(Type element) { return std::max(1u, element.getIntOrFloatBitWidth() / 8); }

/// The typed field that ONNX prescribes for an element type.
static unsigned typedField(Type element) {
  if (element.isF32())
    return TensorField::floatData;
  if (element.isF64())
    return TensorField::doubleData;
  if (element.isUnsignedInteger(32) || element.isUnsignedInteger(64))
    return TensorField::uint64Data;
  return element.isInteger(64) ? TensorField::int64Data : TensorField::int32Data;
}

bool TensorReader::locateExternal(const TensorProto &tensor, uint64_t size, Bytes &bytes, std::string &reason) {
  StringRef location;
  uint64_t offset = 0, length = size;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    uint64_t *number = entry.key() == "offset" ? &offset : entry.key() == "length" ? &length : nullptr;
    if (entry.key() == "location")
      location = entry.value();
    else if (number && StringRef(entry.value()).getAsInteger(10, *number)) {
      reason = "expected external " + entry.key() + " to be a number, got '" + entry.value() + "'";
      return false;
    }
  }
  Mapping file = external.map(location, reason);
  if (!file)
    return false;
  std::optional<uint64_t> end = checkedAddUnsigned(offset, length);
  if (!end || *end > file->getBufferSize() || length != size) {
    reason = ("expected " + Twine(size) + " bytes of external data, got " + Twine(length) + " at offset " + Twine(offset) + " of '" +
              location + "', a file of " + Twine(file->getBufferSize()) + " bytes")
                 .str();
    return false;
  }
  bytes = {file->getBuffer().substr(offset, size), file};
  return true;
}

/// Appends one decoded element in little-endian order; unsigned types and floats keep their bits.
static void appendElement(std::string &out, uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

bool TensorReader::decode(const Payload &payload, Type element, uint64_t size, Bytes &bytes, std::string &reason) {
  unsigned width = elementBytes(element), fixed = element.isF32() ? 4 : element.isF64() ? 8 : 0;
  if (payload.field && payload.field != typedField(element)) {
    reason = ("expected the data in field " + Twine(typedField(element)) + " of the tensor, got field " + Twine(payload.field)).str();
    return false;
  }
  if (fixed && payload.runs.size() == 1 && payload.runs[0].packed) {
    bytes = {payload.runs[0].bytes, model};
    return true;
  }
  if (size > decodeBudget) {
    reason = ("expected at most " + Twine(decodeBudget) + " bytes of tensors in typed fields, got " + Twine(size) +
              " more: store large tensors as raw or external data")
                 .str();
    return false;
  }
  decodeBudget -= size;
  auto values = std::make_shared<std::string>();
  values->reserve(size);
  for (const PayloadRun &run : payload.runs) {
    StringRef rest = run.bytes;
    while (!rest.empty()) {
      uint64_t value = 0;
      bool ok = run.packed || takeVarint(rest, value); // the tag
      if (fixed) {
        ok &= rest.size() >= fixed;
        for (unsigned i = 0; ok && i < fixed; ++i)
          value = (i ? value : 0) | static_cast<uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
        rest = rest.drop_front(std::min<size_t>(fixed, rest.size()));
      } else {
        ok &= takeVarint(rest, value);
      }
      if (!ok || values->size() + width > size) {
        reason =
            ok ? ("expected " + Twine(size / width) + " elements of data, got more").str() : "expected complete elements of typed data";
        return false;
      }
      appendElement(*values, value, width);
    }
  }
  bytes = {*values, values};
  return true;
}

bool TensorReader::locate(const TensorProto &tensor, Type element, uint64_t size, Bytes &bytes, std::string &reason) {
  if (tensor.data_location() == TensorProto::EXTERNAL)
    return locateExternal(tensor, size, bytes, reason);
  if (tensor.has_raw_data()) {
    // The scan put the payload's index here.
    const Payload &payload = payloads[llvm::support::endian::read32le(tensor.raw_data().data())];
    if (payload.hasRaw)
      bytes = {payload.raw, model};
    else if (!decode(payload, element, size, bytes, reason))
      return false;
  }
  if (bytes.data.size() == size)
    return true;
  reason = ("expected " + Twine(size) + " bytes of data, got " + Twine(bytes.data.size())).str();
  return false;
}

ElementsAttr TensorReader::makeAttribute(RankedTensorType type, const Bytes &bytes, StringRef name, std::string &reason) {
  ArrayRef<char> data(bytes.data.data(), bytes.data.size());
  if (type.getElementType().isInteger(1) && any_of(data, [](char c) { return c != 0 && c != 1; })) {
    reason = "expected bool data of bytes 0 and 1";
    return {};
  }
  if (data.size() <= kMaxDenseBytes) {
    if (type.getElementType().isInteger(1))
      return DenseElementsAttr::get(type, SmallVector<bool>(data.begin(), data.end()));
    // A one-byte aligned copy would be read as wider elements.
    std::vector<uint64_t> aligned((data.size() + 7) / 8);
    if (!data.empty())
      std::memcpy(aligned.data(), data.data(), data.size());
    return DenseElementsAttr::getFromRawBuffer(type, ArrayRef(reinterpret_cast<const char *>(aligned.data()), data.size()));
  }
  uintptr_t address = reinterpret_cast<uintptr_t>(data.data());
  size_t alignment = std::min<uintptr_t>(64, address & -address);
  auto keepAlive = [owner = bytes.owner](void *, size_t, size_t) {};
  unsigned number = blobs[name]++;
  std::string unique = number ? (name + "." + Twine(number)).str() : name.str();
  return DenseResourceElementsAttr::get(type, unique, AsmResourceBlob(data, alignment, std::move(keepAlive), /*dataIsMutable=*/false));
}

ElementsAttr TensorReader::read(const TensorProto &tensor, StringRef name, std::string &reason) {
  auto [entry, isNew] = known.try_emplace(&tensor);
  auto &[value, problem] = entry->second;
  if (isNew)
    value = readOnce(tensor, name, problem);
  reason = problem;
  return value;
}

ElementsAttr TensorReader::readOnce(const TensorProto &tensor, StringRef name, std::string &reason) {
  Type element = convertElementType(context, tensor.data_type(), reason);
  if (!element)
    return {};
  // One less than 2^62 leaves room for sums of two sizes in signed arithmetic.
  constexpr int64_t maxBytes = (int64_t(1) << 62) - 1;
  int64_t size = elementBytes(element);
  if (tensor.dims_size() > kMaxRank) {
    reason = ("expected at most rank " + Twine(kMaxRank) + ", got rank " + Twine(tensor.dims_size())).str();
    return {};
  }
  SmallVector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  for (int64_t dim : dims) {
    if (dim < 0) {
      reason = ("expected non-negative dims, got " + Twine(dim)).str();
      return {};
    }
    std::optional<int64_t> product = checkedMul(size, std::max<int64_t>(dim, 1));
    if (!product || *product > maxBytes) {
      reason = "expected a tensor below 2^62 bytes, got dims whose product overflows";
      return {};
    }
    size = *product;
  }
  if (is_contained(dims, 0))
    size = 0;
  if (tensor.has_segment()) {
    reason = "tensors in segments are not supported";
    return {};
  }
  Bytes bytes;
  if (!locate(tensor, element, size, bytes, reason))
    return {};
  return makeAttribute(RankedTensorType::get(dims, element), bytes, name, reason);
}
